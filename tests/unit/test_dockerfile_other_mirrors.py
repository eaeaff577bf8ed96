"""Mirrors that a Dockerfile names, in the copy that is built where they may not answer."""

from __future__ import annotations

import os
import subprocess
from pathlib import Path

import pytest

from runner.dockerfile.document import Document
from runner.dockerfile.other_mirrors import with_mirrors_that_answer

INDEX = "https://mirror.example/simple"


def run_of(shell: str) -> str:
    """The shell that is run in the place of a RUN."""
    text = with_mirrors_that_answer(Document(f"FROM a\nRUN {shell}\n")).text
    return text.split("RUN ", 1)[1].removesuffix("\n")


@pytest.mark.parametrize(
    ("shell", "said"),
    [
        (
            "sed -i 's/deb.example.org/mirror.example/g' /etc/apt/sources.list && apt-get update",
            "true && apt-get update",
        ),
        (r"sed -i s@//.*archive\.example\.com@//a.example@ /etc/apt/sources.list.d/x", "true"),
        ("sed -i -e 's/apk.example.org/a.example/' /etc/apk/repositories", "true"),
        (
            f"pip install -i {INDEX} -r r.txt",
            f"{{ PIP_RETRIES=0 pip install -i {INDEX} -r r.txt || pip install -r r.txt; }}",
        ),
        (
            f"pip3 install -r r.txt --index-url={INDEX}",
            f"{{ PIP_RETRIES=0 pip3 install -r r.txt --index-url={INDEX}"
            " || pip3 install -r r.txt; }",
        ),
        (
            "npm config set registry https://npm.example/ && npm ci",
            "{ npm ping --fetch-retries=0 --registry=https://npm.example/ >/dev/null 2>&1"
            " && npm config set registry https://npm.example/ || true; } && npm ci",
        ),
    ],
)
def test_the_build_goes_on_without_it(shell: str, said: str) -> None:
    assert run_of(shell) == said


@pytest.mark.parametrize(
    "shell",
    [
        "sed -i 's/main/main contrib/' /etc/apt/sources.list",
        "sed -i 's/a.example/b.example/' app.conf",
        "pip install -r r.txt",
        "pip download -i https://a.example x",
        f"pip config set global.timeout {INDEX}",
        "npm config set registry $REGISTRY",
    ],
)
def test_other_commands_stay(shell: str) -> None:
    assert run_of(shell) == shell


@pytest.mark.parametrize("answers", [True, False])
def test_an_index_that_answers_is_asked(tmp_path: Path, answers: bool) -> None:
    log, pip = tmp_path / "log", tmp_path / "pip"
    pip.write_text(
        f'#!/bin/sh\necho "$@" >>{log}\n'
        f'case "$*" in *mirror*) {"exit 0" if answers else "exit 1"};; esac\n'
    )
    pip.chmod(0o755)
    path = {"PATH": f"{tmp_path}:{os.environ['PATH']}"}
    shell = run_of(f"pip install \\\n    -i {INDEX} \\\n    -r r.txt && echo behind >>{log}")
    subprocess.run(["sh", "-ec", shell], env=path, check=True)
    first = f"install -i {INDEX} -r r.txt"
    assert log.read_text().splitlines() == [
        first,
        *([] if answers else ["install -r r.txt"]),
        "behind",
    ]


def test_a_pip_that_is_configured_is_so_where_that_index_answers(tmp_path: Path) -> None:
    shell = run_of(f"pip config set global.index-url {INDEX}")
    python = tmp_path / "python3"
    python.write_text("#!/bin/sh\nexit 1\n")
    python.chmod(0o755)
    path = {"PATH": f"{tmp_path}:{os.environ['PATH']}"}
    assert subprocess.run(["sh", "-ec", shell], env=path, check=False).returncode == 0
