"""Which programs the sources of a service start, in the languages that are read."""

from __future__ import annotations

import time

import pytest

from runner.ecosystems.source_programs import programs_of_sources


@pytest.mark.parametrize(
    ("path", "text"),
    [
        ("app.py", 'subprocess.run(["ffmpeg", "-i", name])'),
        ("app.py", 'out = check_output(\n    ("ffmpeg", "-version")\n)'),
        ("app.py", 'os.system(f"ffmpeg -i {name}")'),
        ("app.py", 'await asyncio.create_subprocess_exec("ffmpeg", name)'),
        ("app.py", 'if shutil.which("ffmpeg"): pass'),
        ("cmd/main.go", 'out := exec.Command("ffmpeg", "-i").Run()'),
        ("main.go", 'exec.CommandContext(ctx, "ffmpeg", "-i")'),
        ("main.go", 'exec.CommandContext(r.Context(), "ffmpeg")'),
        ("main.go", 'path, err := exec.LookPath("/usr/bin/ffmpeg")'),
        ("server.js", "const child = spawn('ffmpeg', ['-i', name])"),
        ("src/video.ts", "child_process.execSync(`ffmpeg -i ${name}`)"),
        ("lib/video.rb", 'system("ffmpeg", name)'),
        ("index.php", "shell_exec('ffmpeg -i ' . $name);"),
        ("src/main.rs", 'Command::new("ffmpeg").arg("-i")'),
        ("src/Main.java", 'new ProcessBuilder("ffmpeg", "-i")'),
    ],
)
def test_the_first_word_of_a_call_that_starts_a_program_counts(path: str, text: str) -> None:
    assert programs_of_sources({path: text}) == {"ffmpeg": path}


@pytest.mark.parametrize(
    ("path", "text"),
    [
        ("tests/test_app.py", 'subprocess.run(["ffmpeg"])'),
        ("main_test.go", 'exec.Command("ffmpeg")'),
        ("src/video.spec.ts", "spawn('ffmpeg')"),
        ("setup.py", 'subprocess.run(["ffmpeg"])'),
        ("vendor/a/b.go", 'exec.Command("ffmpeg")'),
        ("app.py", 'uvicorn.run("app:app", reload=True)'),
        ("app.py", "prerun('ffmpeg')"),
        ("app.py", 'name = "ffmpeg"\nrun(name)'),
        ("README.md", 'subprocess.run(["ffmpeg"])'),
    ],
)
def test_what_only_developers_run_and_what_starts_nothing_does_not(path: str, text: str) -> None:
    assert programs_of_sources({path: text}) == {}


def test_the_source_nearest_to_the_root_is_told() -> None:
    texts = {"a/deep/x.py": 'run("git log")', "z.py": 'run(["git"])'}
    assert programs_of_sources(texts) == {"git": "z.py"}


@pytest.mark.parametrize(
    "text", ["run(" * 50_000, "run(" + " \t" * 100_000, "run(" + "/a" * 99_999]
)
def test_hostile_texts_take_no_longer_than_they_are_long(text: str) -> None:
    started = time.process_time()
    programs_of_sources({"a.py": text})
    short = time.process_time() - started
    started = time.process_time()
    programs_of_sources({"a.py": text * 4})
    assert time.process_time() - started < 40 * short + 0.2
