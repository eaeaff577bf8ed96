"""A bench whose output nobody reads to its end, and what it keeps of credentials in its request."""

from __future__ import annotations

import subprocess
from pathlib import Path

from tests.e2e.commands import DOCKBENCH, PAGE, PATIENCE_S, UNWATCHED, CommandLine

SECRET = "S3cr_tVal"


def test_a_bench_of_which_one_line_is_read_measures_all(here: CommandLine) -> None:
    asked = (*here.usual, UNWATCHED, "experiment.name=unread", "-m", "cache=keep,flags")
    url = f"tags=[https://user:{SECRET}@index.example/simple]"
    shell = '"$@" 2>&1 | head -1; exit "${PIPESTATUS[0]}"'
    done = subprocess.run(
        ["bash", "-c", shell, "bash", DOCKBENCH, "bench", *PAGE, *asked, url],
        cwd=here.folder,
        capture_output=True,
        text=True,
        timeout=PATIENCE_S,
    )
    assert done.returncode == 0, done.stderr
    assert done.stdout.count("\n") == 1
    results = here.results("unread")
    results.assert_whole(2)
    held = {path: path.read_bytes() for path in results.paths.root.rglob("*") if path.is_file()}
    assert any(b"https://***@index.example" in content for content in held.values())
    assert [path for path, content in held.items() if SECRET.encode() in content] == []


def test_a_linked_directory_of_hydras_is_not_entered(here: CommandLine, tmp_path: Path) -> None:
    results = here.results("linked").paths
    outside = tmp_path / "outside"
    for directory in (results.root, outside):
        directory.mkdir(parents=True)
    (results.root / "hydra").symlink_to(outside)
    done = here.bench(UNWATCHED, "experiment.name=linked", expect=2)
    assert "symbolic link" in done.error
    assert list(outside.iterdir()) == []
