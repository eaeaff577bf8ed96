"""`make setup` in bad luck: one line that names the cause and the next step, no traceback."""

from __future__ import annotations

import errno
import os
import shutil
import subprocess
import sys
import venv
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from runner import bootstrap

Says = Callable[[str, int], None]


@pytest.fixture
def pip(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Says:
    """An environment whose pip says these words on stderr and ends so."""

    class Builder:
        def __init__(self, with_pip: bool) -> None:
            assert with_pip

        def create(self, environment: Path) -> None:
            python = environment / "bin" / "python"
            python.parent.mkdir(parents=True)
            python.write_text(f"#!/bin/sh\ncat {tmp_path}/words >&2\nexit $(cat {tmp_path}/code)\n")
            python.chmod(0o755)

    def says(words: str, exit_code: int) -> None:
        (tmp_path / "words").write_text(words)
        (tmp_path / "code").write_text(str(exit_code))

    monkeypatch.setattr(venv, "EnvBuilder", Builder)
    return says


def setup(folder: Path) -> int:
    return bootstrap.main([str(folder / "env"), "requirements.lock"])


def last_line(capfd: pytest.CaptureFixture[str]) -> str:
    """The one line of our own that it ended with."""
    said = capfd.readouterr().err
    assert "Traceback" not in said
    line = said.splitlines()[-1]
    assert line.startswith("setup: ")
    return line


RETRYING = (
    "WARNING: Retrying (Retry(total=0)) after connection broken by 'NewConnectionError(': Failed to"
    " establish a new connection: [Errno 111] Connection refused')': /simple/docker/\n"
    "ERROR: Could not find a version that satisfies the requirement docker==7.2\n"
    "ERROR: No matching distribution found for docker==7.2\n"
)
FAILURES = {
    "an index that is down": (RETRYING, ["package index does not answer", "make setup"]),
    "a full disk": (
        "ERROR: Could not install packages due to an OSError: [Errno 28] No space left on device\n",
        ["no space left", "free some", "make setup"],
    ),
    "anything else": ("ERROR: Failed building editable for dockbench\n", ["pip says above"]),
}


@pytest.mark.parametrize(("words", "told"), FAILURES.values(), ids=FAILURES.keys())
def test_what_pip_fails_of_is_told(
    pip: Says, tmp_path: Path, capfd: pytest.CaptureFixture[str], words: str, told: list[str]
) -> None:
    pip(words, 1)
    assert setup(tmp_path) == 2
    captured = capfd.readouterr()
    assert words in captured.err, "what pip says is shown"
    *_, line = captured.err.splitlines()
    assert line.startswith("setup: ")
    assert all(word in line for word in told)
    if words != RETRYING:
        assert "index" not in line


def test_all_is_well(pip: Says, tmp_path: Path, capfd: pytest.CaptureFixture[str]) -> None:
    pip("", 0)
    assert setup(tmp_path) == 0
    assert len(capfd.readouterr().err.splitlines()) == 2, "the environment, the installation"


def raising(error: BaseException) -> Callable[..., Any]:
    def run(*_: object, **__: object) -> None:
        raise error

    return run


@pytest.mark.parametrize(
    ("error", "told"),
    [
        (OSError(errno.ENOSPC, os.strerror(errno.ENOSPC)), "no space left"),
        (OSError(errno.EACCES, os.strerror(errno.EACCES)), "Permission denied"),
        (
            subprocess.CalledProcessError(
                1, "ensurepip", output=b"OSError: No space left on device"
            ),
            "no space left",
        ),
        (subprocess.CalledProcessError(1, "ensurepip", output=b"hm"), "could not make"),
    ],
    ids=["full", "not writable", "full for pip", "ensurepip fails"],
)
def test_an_environment_that_cannot_be_made(
    monkeypatch: pytest.MonkeyPatch,
    tmp_path: Path,
    capfd: pytest.CaptureFixture[str],
    error: Exception,
    told: str,
) -> None:
    monkeypatch.setattr(venv.EnvBuilder, "create", raising(error))
    assert setup(tmp_path) == 2
    assert told in last_line(capfd)


@pytest.mark.parametrize("busy", [venv.EnvBuilder, subprocess], ids=["making it", "installing"])
def test_ctrl_c(
    monkeypatch: pytest.MonkeyPatch,
    tmp_path: Path,
    capfd: pytest.CaptureFixture[str],
    busy: object,
) -> None:
    monkeypatch.setattr(venv.EnvBuilder, "create", lambda *_: None)
    name = "Popen" if busy is subprocess else "create"
    monkeypatch.setattr(bootstrap, "has_ensurepip", lambda: True)
    monkeypatch.setattr(busy, name, raising(KeyboardInterrupt()))
    assert setup(tmp_path) == 130
    assert last_line(capfd) == "setup: interrupted: run `make setup` again"


def test_without_the_module_that_makes_environments(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(bootstrap, "has_ensurepip", lambda: False)
    monkeypatch.setattr(os, "geteuid", lambda: 1000)
    assert setup(tmp_path) == 2
    version = ".".join(map(str, sys.version_info[:2]))
    assert f"install python{version}-venv and try again" in last_line(capfd)


@pytest.mark.parametrize("failing", ["update", "install", ""])
def test_root_on_debian_gets_it_installed(
    monkeypatch: pytest.MonkeyPatch,
    tmp_path: Path,
    capfd: pytest.CaptureFixture[str],
    pip: Says,
    failing: str,
) -> None:
    asked: list[str] = []

    def run(command: list[str], **_: object) -> subprocess.CompletedProcess[bytes]:
        asked.append(command[1])
        return subprocess.CompletedProcess(command, 100 if command[1] == failing else 0)

    pip("", 0)
    monkeypatch.setattr(bootstrap, "has_ensurepip", lambda: False)
    monkeypatch.setattr(os, "geteuid", lambda: 0)
    monkeypatch.setattr(shutil, "which", lambda _: "/usr/bin/apt-get")
    monkeypatch.setattr(subprocess, "run", run)
    assert setup(tmp_path) == (2 if failing else 0)
    assert asked == (["update"] if failing == "update" else ["update", "install"])
    if failing:
        assert f"apt-get {failing}" in last_line(capfd)


def test_a_python_that_is_too_old(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(sys, "version_info", (3, 10, 2))
    assert setup(tmp_path) == 2
    line = last_line(capfd)
    assert "3.10.2" in line
    assert "make PYTHON=" in line
