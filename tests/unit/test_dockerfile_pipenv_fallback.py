"""`pipenv install --deploy` on another Python than the Pipfile asks for."""

from __future__ import annotations

import os
import subprocess
from pathlib import Path

import pytest

from runner.dockerfile.document import Document
from runner.dockerfile.pipenv_fallback import with_any_python_for_pipenv


def run_of(install: str) -> str:
    """The shell that is run in the place of a RUN."""
    text = with_any_python_for_pipenv(Document(f"FROM a\nRUN {install}\n")).text
    return text.split("RUN ", 1)[1].rstrip("\n")


@pytest.mark.parametrize(
    ("install", "synced"),
    [
        ("pipenv install --system --deploy", "pipenv sync --system; }"),
        ("pipenv install --deploy --ignore-pipfile", "pipenv sync; }"),
        (
            "PIPENV_VENV_IN_PROJECT=1 pipenv install --deploy",
            "&& PIPENV_VENV_IN_PROJECT=1 pipenv s",
        ),
        ("pip install pipenv && pipenv install --dev --deploy >/x", "pipenv sync --dev; } >/x"),
        ("pipenv --quiet install --deploy", "pipenv sync --quiet; }"),
        ("pipenv install --deploy --extra-pip-args='-q -q'", "sync --extra-pip-args='-q -q'; }"),
    ],
)
def test_the_lock_is_installed_as_it_is(install: str, synced: str) -> None:
    assert synced in run_of(install)
    assert "--deploy" not in run_of(install)
    assert subprocess.run(["sh", "-nc", run_of(install)], check=False).returncode == 0


@pytest.mark.parametrize(
    "install",
    [
        "pipenv install --system",
        "pipenv install --deploy --skip-lock",
        "pipenv install --deploy requests",
        "pipenv run install --deploy",
        "echo pipenv install --deploy",
    ],
)
def test_other_commands_stay(install: str) -> None:
    assert run_of(install) == install


@pytest.mark.parametrize(
    ("knows", "stale", "code"), [(True, False, 0), (True, True, 1), (False, True, 0)]
)
def test_a_stale_lock_ends_it_where_pipenv_can_tell(
    tmp_path: Path, knows: bool, stale: bool, code: int
) -> None:
    log = tmp_path / "log"
    program = tmp_path / "pipenv"
    program.write_text(
        f'#!/bin/sh\necho "$@" >>{log}\n[ "$1" = verify ] || exit 0\n'
        f'{"" if knows else "exit 2"}\n[ "$2" = --help ] || exit {int(stale)}\n'
    )
    program.chmod(0o755)
    done = subprocess.run(
        ["sh", "-ec", run_of("pipenv install --system --deploy && true")],
        env={"PATH": f"{tmp_path}:{os.environ['PATH']}"},
        check=False,
    )
    assert done.returncode == code
    assert ("sync --system" in log.read_text()) == (code == 0)
