"""Installers that are fetched and run, where their host does not answer."""

from __future__ import annotations

import os
import subprocess
from pathlib import Path

import pytest

from runner.dockerfile.document import Document
from runner.dockerfile.installer_fallback import (
    with_pip_behind_added_installers,
    with_pip_behind_installers,
)

POETRY = "curl -sSL https://install.python-poetry.org | python3 -"


def run_of(line: str) -> str:
    """The shell that is run in the place of a RUN."""
    text = with_pip_behind_installers(Document(f"FROM a\nRUN {line}\n")).text
    return text.split("RUN ", 1)[1].rstrip("\n")


@pytest.mark.parametrize(
    ("line", "behind"),
    [
        (POETRY, "' -; fi"),
        (f"{POETRY} --version $POETRY_VERSION", "' - $POETRY_VERSION; fi"),
        (f"cd / && {POETRY} --version 1.8.2 && true", "' - 1.8.2; fi && true"),
        (
            "curl -sSL https://install.python-poetry.org \\\n  | POETRY_HOME=/opt/p python3 -",
            "else POETRY_HOME=/opt/p sh -c '",
        ),
        ("wget -qO- https://astral.sh/uv/0.9.5/install.sh | sh", "' - 0.9.5; fi"),
        (
            "curl -LsSf https://astral.sh/uv/install.sh | UV_INSTALL_DIR=/b sh",
            "UV_INSTALL_DIR=/b sh -c",
        ),
    ],
)
def test_pip_is_asked_where_the_installer_cannot_be_fetched(line: str, behind: str) -> None:
    assert behind in run_of(line)
    assert line.removeprefix("cd / && ").removesuffix(" && true") in run_of(line)
    assert subprocess.run(["sh", "-nc", run_of(line)], check=False).returncode == 0


@pytest.mark.parametrize(
    "line",
    [
        "curl -sSL https://example.com/install.sh | sh",
        f"{POETRY} --git https://example.com/poetry",
        "curl -sSL https://install.python-poetry.org -o x.py && python3 x.py",
        "curl -sSL https://install.python-poetry.org | tee x | python3 -",
        "echo https://install.python-poetry.org | python3 -",
        "curl https://install.python-poetry.org https://astral.sh/uv/install.sh | sh",
    ],
)
def test_others_stay(line: str) -> None:
    assert run_of(line) == line


@pytest.mark.parametrize("answers", [True, False])
@pytest.mark.parametrize(
    ("line", "installed"),
    [
        (f"{POETRY} --version 1.8.2", "install --no-cache-dir poetry==1.8.2"),
        ("curl -f https://astral.sh/uv/install.sh | python3", "--target /tmp/uv-by-pip uv"),
    ],
)
def test_only_an_answer_decides(tmp_path: Path, answers: bool, line: str, installed: str) -> None:
    log = tmp_path / "log"
    programs = {
        "curl": f"echo code; exit {0 if answers else 6}",
        "python3": f'echo "python3 $@" >>{log}; mkdir -p "$3/bin"; cp {tmp_path}/pip "$3/bin/pip"',
        "pip": f'echo "pip $@" >>{log}',
        **dict.fromkeys(("cp", "rm") if "uv" in line else (), "true"),
    }
    for name, text in programs.items():
        (tmp_path / name).write_text(f"#!/bin/sh\n{text}\n")
        (tmp_path / name).chmod(0o755)
    done = subprocess.run(
        ["sh", "-ec", run_of(line)],
        env={"PATH": f"{tmp_path}:{os.environ['PATH']}", "HOME": str(tmp_path)},
        cwd=tmp_path,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    assert (installed in log.read_text()) is not answers


@pytest.mark.parametrize("answers", [True, False])
def test_an_installer_that_add_fetches_is_written_where_its_host_does_not_answer(
    tmp_path: Path, answers: bool
) -> None:
    place = tmp_path / "uv-installer.sh"
    text = f"FROM a\nADD https://astral.sh/uv/0.8.13/install.sh {place}\nRUN sh {place}\n"
    lines = with_pip_behind_added_installers(Document(text)).text.splitlines()
    assert [lines[0], lines[2]] == ["FROM a", f"RUN sh {place}"]
    python = tmp_path / "python3"
    python.write_text(
        '#!/bin/sh\n[ "$3" ] && echo fetched >"$4"\n' if answers else "#!/bin/sh\nfalse\n"
    )
    python.chmod(0o755)
    path = {"PATH": f"{tmp_path}:{os.environ['PATH']}"}
    shell = ["sh", "-c", lines[1].removeprefix("RUN ")]
    assert subprocess.run(shell, check=False, env=path).returncode == 0
    if answers:
        assert place.read_text() == "fetched\n"
    else:
        assert "set -- 0.8.13; " in place.read_text()
        assert subprocess.run(["sh", "-n", str(place)], check=False).returncode == 0


@pytest.mark.parametrize(
    "line",
    [
        "ADD https://example.com/install.sh /x.sh",
        "ADD --chmod=755 https://astral.sh/uv/install.sh /x.sh",
        "ADD https://astral.sh/uv/install.sh $PLACE",
        "ADD install.sh /x.sh",
    ],
)
def test_other_adds_stay(line: str) -> None:
    text = f"FROM a\n{line}\n"
    assert with_pip_behind_added_installers(Document(text)).text == text
