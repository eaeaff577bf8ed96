"""`dockbench edit`: what it prints, what it writes, and what it refuses."""

from __future__ import annotations

import re
import subprocess
from pathlib import Path

import pytest

from runner.cli.main import main
from runner.dockerfile.edits.registry import EDITS

TEXT = """\
FROM python:3.11
# the tools
RUN apt-get update && apt-get install -y gcc

RUN pip install flask
ADD src /src
ADD x.tar.gz /x
"""


@pytest.fixture
def file(tmp_path: Path) -> Path:
    path = tmp_path / "Dockerfile"
    path.write_text(TEXT)
    path.chmod(0o640)
    return path


def test_the_edited_file_goes_to_stdout_and_the_file_stays(
    file: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    levels = ["base=slim", "recommends=none", "cache=purge", "layers=merged", "add_copy=copy"]
    assert main(["edit", str(file), *levels]) == 0

    assert (
        capsys.readouterr().out
        == """\
FROM python:3.11-slim
# the tools
RUN apt-get update && apt-get install --no-install-recommends -y gcc libc6-dev \\
    && pip install flask \\
    && rm -rf /var/lib/apt/lists/* ~/.cache/pip
COPY src /src
ADD x.tar.gz /x
"""
    )
    assert file.read_text() == TEXT


def test_a_diff_can_be_applied(file: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["edit", "cache=flags", str(file), "--diff"]) == 0
    patch = capsys.readouterr().out

    subprocess.run(["patch", str(file)], input=patch, text=True, check=True, capture_output=True)
    assert "RUN pip install --no-cache-dir flask\n" in file.read_text()


def test_writing_keeps_permissions_and_a_second_time_changes_nothing(file: Path) -> None:
    assert main(["edit", "cache=purge", str(file), "--write"]) == 0
    once = file.read_text()
    assert main(["edit", "cache=purge", str(file), "--write"]) == 0

    assert once != TEXT
    assert file.read_text() == once
    assert file.stat().st_mode & 0o777 == 0o640


def test_a_level_that_does_not_apply_says_why(
    file: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["edit", str(file), "base=scratch"]) == 0
    said = capsys.readouterr()

    assert said.out == TEXT
    assert "base=scratch changes nothing: its last stage is not one of several" in said.err


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["nofile", "cache=purge"], "nofile: no such file"),
        (["cache=purge"], "name a Dockerfile"),
        (["Dockerfile"], "name what to do: base=full"),
        (["Dockerfile", "cache=gone"], "cache=gone: no such edit; there are base=full"),
        (["Dockerfile", "prune=trimmed"], "prune=trimmed: a root of its own for the interpreter"),
        (["Dockerfile", "mirror=custom"], "mirror=custom: a mirror is a setting of the machine"),
        (["Dockerfile", "layers=squashed"], "layers=squashed: it is called squash=one_layer here"),
        (["Dockerfile", "cache=keep"], "cache=keep: an edit improves, and leaves a Dockerfile as"),
        (["Dockerfile", "cache=purge", "cache=mount"], "cache=purge is asked for, too"),
        ([".", "cache=purge"], ".: not a regular file"),
        (["Dockerfile", "Dockerfile", "cache=purge"], "several files: say --write or --diff"),
        (["broken", "cache=purge"], "broken: line 2: expected an instruction, found '!!'"),
        (["binary", "cache=purge"], "binary: not UTF-8 at byte 4"),
    ],
)
def test_what_cannot_be_done_is_one_line(
    file: Path,
    words: list[str],
    said: str,
    capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.chdir(file.parent)
    Path("broken").write_text("FROM x\n!!\n")
    Path("binary").write_bytes(b"FROM\xff")

    assert main(["edit", *words]) == 2

    error = capsys.readouterr().err
    assert error.startswith("dockbench: ")
    assert said in error
    assert error.count("\n") == 1
    assert file.read_text() == TEXT


def test_manifests_of_dependencies_are_found_beside_the_dockerfile(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "requirements.txt").write_text("flask\n")
    file = tmp_path / "Dockerfile"
    file.write_text(
        "FROM python:3.11\nWORKDIR /app\nCOPY . .\nRUN pip install -r requirements.txt\n"
    )
    assert main(["edit", str(file), "order=deps_first"]) == 0
    lines = capsys.readouterr().out.splitlines()
    assert lines[-2:] == ["RUN pip install -r requirements.txt", "COPY . ."]
    assert "requirements.txt" in lines[2]


@pytest.mark.parametrize("text", ["", "hello world\n"])
def test_a_file_without_from_is_refused(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], text: str
) -> None:
    file = tmp_path / "notes"
    file.write_text(text)
    assert main(["edit", str(file), "cache=purge"]) == 2
    assert "not a Dockerfile: it has no FROM" in capsys.readouterr().err


def test_the_order_of_levels_on_the_command_line_does_not_matter(
    file: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    file.write_text('FROM python:3.11\nWORKDIR /a\nCOPY . .\nRUN pip install x\nCMD ["a"]\n')
    texts = []
    for levels in (["stages=multi", "bytecode=none"], ["bytecode=none", "stages=multi"]):
        assert main(["edit", str(file), *levels]) == 0
        texts.append(capsys.readouterr().out)
    assert texts[0] == texts[1]
    assert "FROM python:3.11 AS build" in texts[0]
    assert "--no-compile" in texts[0]


def test_the_table_of_the_documentation_is_in_the_order_of_the_registry() -> None:
    page = (Path(__file__).parents[2] / "docs" / "edits.md").read_text()
    rows = re.findall(r"^\| `(\w+)=", page, re.MULTILINE)
    factors = list(dict.fromkeys(rows))
    assert factors == [*EDITS, "ignore"]
