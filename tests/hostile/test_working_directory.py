"""A directory full of traps, in which somebody calls dockbench: none of its files is ever run.

Python finds modules in the current directory, and PATH may name it: every name that a child process
might take from there lies there, and each leaves a trace when it is run.
"""

from __future__ import annotations

import ast
import json
import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

import runner
from runner import bootstrap
from runner.engine import child
from runner.engine.standins.build_context import _download_wheels
from runner.engine.standins.machine import Machine
from runner.engine.standins.recipe import Recipe
from runner.model.errors import BaseError
from runner.model.paths import ResultPaths
from runner.store.records import RecordStore
from runner.trial.provenance import git_commit
from tests.unit.records import path_records

MODULES = ("pip", "docker", "json", "ensurepip", "sitecustomize", "usercustomize", "runner", "re")
PROGRAMS = (
    "git", "apt-get", "apt-config", "dpkg-query", "dockerd", "npm", "nginx", "sh", "python3", "pip",
    "mmdebstrap", "docker-credential-trap",
)  # fmt: skip
ROOT = Path(runner.__file__).parent
INSIDE = {"python", "in_build", "mongo"}
"""Directories of files that run inside images only."""
STARTS = {"subprocess", "multiprocessing", "pty", "popen2"}
"""Modules that start processes."""
CALLS = ("exec", "spawn", "posix_spawn", "system", "popen")
"""How the names of functions of `os` begin that do."""

WATCHED = """
import json, sys
started = []
def hook(event, told):
    if event in ("subprocess.Popen", "os.exec", "os.posix_spawn", "os.system", "os.spawn"):
        started.append([str(told[0]), [str(word) for word in told[1]], str(told[2] or "")])
sys.addaudithook(hook)
from runner.cli.main import main
main(sys.argv[2:])
open(sys.argv[1], "w").write(json.dumps(started))
"""


KILLED = """
import os
from pathlib import Path
from types import SimpleNamespace
from runner.model.paths import CachePaths
from runner.sweep.watchdog import Watchdog
place = SimpleNamespace(address="unix:///nowhere/docker.sock")
Watchdog.of(place, CachePaths(Path("/nowhere")))
os._exit(9)
"""


@pytest.fixture
def trap(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """The directory, which is the current one and stands first on PATH; nothing in it was run."""
    folder = tmp_path / "found"
    folder.mkdir()
    canary = tmp_path / "canary"
    for name in MODULES:
        (folder / f"{name}.py").write_text(f"open({str(canary)!r}, 'a').write({name!r})\n")
    for name in PROGRAMS:
        program = folder / name
        program.write_text(f"#!/bin/sh\necho {name} >> {canary}\n")
        program.chmod(0o755)
    (folder / "config.json").write_text('{"credsStore": "trap"}')
    monkeypatch.chdir(folder)
    monkeypatch.setenv("PATH", f":.:{os.environ['PATH']}:")
    yield folder
    assert not canary.exists(), f"run: {canary.read_text()}"


def command(*arguments: str, home: Path) -> subprocess.CompletedProcess[str]:
    """A command with a cache of its own and no engine, its processes written into a file."""
    environment = os.environ | {
        "XDG_CACHE_HOME": str(home / "cache"),
        "DOCKER_HOST": "unix:///nowhere/docker.sock",
    }
    watched = [sys.executable, "-P", "-c", WATCHED, str(home / "started.json"), *arguments]
    return subprocess.run(watched, env=environment, capture_output=True, text=True, timeout=120)


@pytest.mark.usefixtures("trap")
def test_no_command_starts_an_interpreter_that_is_not_isolated(tmp_path: Path) -> None:
    done = command("doctor", home=tmp_path)
    assert "Traceback" not in done.stderr
    started = json.loads((tmp_path / "started.json").read_text())
    assert len(started) >= 2, "pip is asked, and dockerd or apt"
    for program, words, _ in started:
        assert Path(program).is_absolute()
        if Path(program).name.startswith("python"):
            assert words[1] == "-I", words


@pytest.mark.usefixtures("trap")
def test_the_watchdog_of_a_killed_run_wakes_up_isolated() -> None:
    done = subprocess.run(
        [sys.executable, "-P", "-c", KILLED], stderr=subprocess.PIPE, text=True, timeout=60
    )
    assert done.stderr.startswith("dockbench: killed: its engine does not answer"), done.stderr


@pytest.mark.usefixtures("trap")
def test_wheels_are_downloaded_by_the_real_pip(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name, value in {"INDEX_URL": "http://127.0.0.1:1/", "RETRIES": "0"}.items():
        monkeypatch.setenv(f"PIP_{name}", value)
    machine = Machine("x86_64")
    with pytest.raises(BaseError, match="pip could not download") as caught:
        _download_wheels(Recipe("slim", machine), tmp_path / "wheels")
    assert "No module" not in str(caught.value)


@pytest.mark.parametrize(
    "arguments", [("compare", "."), ("bench", "base=slim"), ("inspect", "x.tar"), ("doctor",)]
)
def test_a_directory_that_is_gone_is_one_line(tmp_path: Path, arguments: tuple[str, ...]) -> None:
    script = f'mkdir {tmp_path}/gone && cd {tmp_path}/gone && rmdir {tmp_path}/gone && exec "$@"'
    words = ["/bin/sh", "-c", script, "-", sys.executable, "-P", "-m", "runner", *arguments]
    done = subprocess.run(words, capture_output=True, text=True, timeout=60)
    assert done.returncode == 2
    assert done.stderr.splitlines() == [
        "dockbench: the current directory was removed: change to one that is there"
    ]


SETTINGS = ("matplotlibrc", ".netrc", "pip.conf", "uv.toml", ".env", "pandas.cfg")
OPENED = """
import sys
def hook(event, told):
    if event == "open" and isinstance(told[0], str) and not told[0].startswith("/"):
        print("opened", told[0], file=sys.stderr)
sys.addaudithook(hook)
from runner.cli.main import main
sys.exit(main(sys.argv[1:]))
"""


@pytest.mark.parametrize(
    "settings", [None, b"\xff\xfe", b"backend: module://pip\ntext.usetex: 1\n"]
)
def test_settings_of_libraries_in_the_current_directory_are_not_read(
    trap: Path, settings: bytes | None
) -> None:
    """A pipe would be waited for without end."""
    for name in SETTINGS:
        os.mkfifo(trap / name) if settings is None else (trap / name).write_bytes(settings)
    records = RecordStore(ResultPaths(Path("results")))
    for held in path_records(2):
        records.write(held)
    words = [sys.executable, "-P", "-c", OPENED, "report", "results"]
    done = subprocess.run(words, capture_output=True, text=True, timeout=60)
    assert done.returncode == 0, done.stderr
    opened = {line.removeprefix("opened ") for line in done.stderr.splitlines()}
    assert "." in opened, "what is opened is heard of"
    assert not opened & set(SETTINGS)
    assert (trap / "results" / "report.html").is_file()


@pytest.mark.usefixtures("trap")
def test_git_is_the_systems_and_reads_the_checkout_that_it_is_given(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    checkout = tmp_path / "checkout"
    subprocess.run(["/usr/bin/git", "init", "-q", str(checkout)], check=True)
    monkeypatch.setenv("GIT_DIR", str(ROOT.parent / ".git"))
    git_commit.cache_clear()
    assert git_commit(checkout) == ""


@pytest.mark.usefixtures("trap")
def test_set_up_asks_the_real_interpreter() -> None:
    assert bootstrap.has_ensurepip() in (True, False)


@pytest.mark.usefixtures("trap")
@pytest.mark.parametrize("name", PROGRAMS)
def test_a_program_is_found_in_absolute_directories_only(name: str) -> None:
    found = child.find_program(name)
    assert found is None or found.is_absolute()
    assert found is None or found.parent != Path.cwd()


@pytest.mark.usefixtures("trap")
def test_a_childs_own_path_has_no_relative_entries() -> None:
    done = child.run(["sh", "-c", "echo $PATH; pwd"], timeout_s=10)
    path, place = done.stdout.splitlines()
    assert all(entry.startswith("/") for entry in path.split(":"))
    assert place == "/"


def modules() -> list[Path]:
    """Everything of the program but the one module that starts processes."""
    return sorted(path for path in ROOT.rglob("*.py") if path != Path(child.__file__))


def starting(tree: ast.AST) -> Iterator[str]:
    """What of a module starts processes."""
    for node in ast.walk(tree):
        match node:
            case ast.Import():
                yield from (name.name for name in node.names if name.name.split(".")[0] in STARTS)
            case ast.ImportFrom(module="multiprocessing.util"):
                pass  # finalizers: nothing is started there
            case ast.ImportFrom(module=str(module)) if module.split(".")[0] in STARTS:
                yield module
            case ast.Attribute(value=ast.Name(id="os")) if node.attr.startswith(CALLS):
                yield f"os.{node.attr}"


def test_one_module_starts_processes() -> None:
    """Set-up comes before anything is installed and is on its own."""
    outside = {Path(bootstrap.__file__)}
    found = {
        path: list(starting(ast.parse(path.read_text(encoding="utf-8"))))
        for path in modules()
        if path not in outside and not INSIDE & set(path.parts)
    }
    assert {str(path): names for path, names in found.items() if names} == {}


def test_set_up_isolates_every_interpreter() -> None:
    tree = ast.parse(Path(bootstrap.__file__).read_text(encoding="utf-8"))
    for node in ast.walk(tree):
        if isinstance(node, ast.List):
            words = [item.value for item in node.elts if isinstance(item, ast.Constant)]
            if "-m" in words or "-c" in words:
                assert words[0] == "-I", ast.unparse(node)
