"""`poetry install` that goes on with pip where the index lacks what Poetry asks for."""

from __future__ import annotations

import os
import subprocess
from pathlib import Path

import pytest

from runner.dockerfile.document import Document
from runner.dockerfile.poetry_fallback import SAYS, as_written, with_pip_behind_poetry


def run_of(install: str) -> str:
    """The shell that is run in the place of a RUN."""
    return with_pip_behind_poetry(Document(f"FROM a\nRUN {install}\n")).text.split("RUN ", 1)[1]


LOCK = 'name = "setuptools"\nversion = "67.7.2"\n\nname = "six"\nversion = "1"\n'
MAIN = "poetry.txt && sed -n"
"""Export's own choice: the main dependencies."""


@pytest.mark.parametrize(
    ("install", "export"),
    [
        ("poetry install --no-root --only main", MAIN),
        ("poetry install --only=main -n", MAIN),
        ("poetry install --no-dev", MAIN),
        ("poetry install --without dev", MAIN),
        ("poetry install --only main,web", "poetry.txt --only=main,web && sed -n"),
        ("poetry install --extras 'a b'", "poetry.txt --extras='a b' --all-groups"),
        ("poetry install", "poetry.txt --all-groups || "),
        ("poetry install --with docs -E a", "poetry.txt -E a --all-groups || "),
    ],
)
def test_what_the_options_choose_is_exported(install: str, export: str) -> None:
    assert export in run_of(install)
    assert run_of(install).count(install) == 4, "it is tried again once pip has installed"


def test_what_the_export_leaves_out_is_installed_by_name(tmp_path: Path) -> None:
    log, program = tmp_path / "log", tmp_path / "poetry"
    program.write_text(
        f'#!/bin/sh\necho "$@" >>{log}\n[ "$1" != run ] || cat {tmp_path}/poetry.txt >>{log}\n'
        '[ "$1" = install ] || exit 0\n'
        f'grep -q "uvloop==0.19.0" {log} && exit\necho "   | {SAYS} for uvloop (0.19.0)"; exit 1\n'
    )
    program.chmod(0o755)
    (tmp_path / "poetry.lock").write_text(LOCK)
    shell = run_of("poetry install --no-root").replace("/tmp/", f"{tmp_path}/")
    path = {"PATH": f"{tmp_path}:{os.environ['PATH']}"}
    done = subprocess.run(["sh", "-ec", shell], cwd=tmp_path, env=path, check=False)
    assert done.returncode == 0
    lines = log.read_text().splitlines()
    assert lines.count("install --no-root") == 3
    assert lines.count("uvloop==0.19.0") == 1


def test_variables_in_front_of_it_say_where_it_is_installed() -> None:
    told = 'PATH="/venv/bin:$PATH" VIRTUAL_ENV=/venv '
    shell = run_of(f"virtualenv venv && {told}poetry install --no-root")
    assert f"&& {told}poetry run pip install --no-deps" in shell
    assert shell.count(f"{told}poetry install --no-root") == 4


@pytest.mark.parametrize("length", [60, 100, 5000])
def test_a_step_is_told_as_its_author_wrote_it(length: int) -> None:
    written = "virtualenv venv && A=1 poetry install --no-root && echo"
    shell = run_of(written).strip()
    shown = f"RUN {shell if len(shell) < length else f'{shell[:length]}…'}: exit code 1"
    assert as_written(shown).startswith("RUN virtualenv venv && A=1 poetry install --no-root")
    assert "/tmp/" not in as_written(shown)


@pytest.mark.parametrize(
    "install",
    ["poetry install --dry-run", "poetry run x", "pip install poetry", "poetry export > a.txt"],
)
def test_other_commands_stay(install: str) -> None:
    assert run_of(install) == f"{install}\n"


@pytest.mark.parametrize(
    ("says", "code", "exported"), [("ok", 0, False), (SAYS, 0, True), ("another reason", 1, False)]
)
def test_only_that_reason_is_gone_on_from(
    tmp_path: Path, says: str, code: int, exported: bool
) -> None:
    log = tmp_path / "log"
    program = tmp_path / "poetry"
    program.write_text(
        f'#!/bin/sh\necho "$@" >>{log}\n[ "$1" != run ] || cat {tmp_path}/poetry.txt >>{log}\n'
        '[ "$1" = install ] || exit 0\n'
        f'echo "{says}"; [ "{says}" = ok ] || grep -q "run pip" {log}\n'
    )
    program.chmod(0o755)
    (tmp_path / "poetry.lock").write_text(LOCK)
    shell = run_of("poetry install --no-root --only main && echo behind")
    done = subprocess.run(
        ["sh", "-ec", shell.replace("/tmp/", f"{tmp_path}/")],
        cwd=tmp_path,
        env={"PATH": f"{tmp_path}:{os.environ['PATH']}"},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == code, done.stderr
    assert says in done.stdout
    assert ("behind" in done.stdout) == (code == 0)
    assert ("run pip install" in log.read_text()) == exported
    given = "setuptools==67.7.2" in log.read_text()
    assert given == exported, "what Poetry itself leaves out of an export"
    if code == 0:
        assert not [*tmp_path.glob("poetry.out"), *tmp_path.glob("poetry.txt")], (
            "nothing of it stays in the layer"
        )


@pytest.mark.parametrize("command", ["export --output r.txt", "lock", "install --no-root"])
def test_versions_are_looked_for_on_the_pages_of_an_index_that_has_no_more(
    tmp_path: Path, command: str
) -> None:
    log, program = tmp_path / "log", tmp_path / "poetry"
    program.write_text(
        f"#!{tmp_path}/python\n"
        '[ -z "$POETRY_PYPI_MIRROR_URL" ] || { echo it is there; exit 0; }\n'
        "echo; echo 'Package asgi-lifespan (2.1.0) not found.'; exit 1\n"
    )
    python = tmp_path / "python"
    python.write_text(f'#!/bin/sh\n[ -f "$1" ] && exec sh "$@"\necho "$@" >>{log}; echo an-index\n')
    for made in (program, python):
        made.chmod(0o755)
    shell = run_of(f"poetry {command}").replace("/tmp/", f"{tmp_path}/")
    path = {"PATH": f"{tmp_path}:{os.environ['PATH']}"}
    done = subprocess.run(
        ["sh", "-ec", shell], cwd=tmp_path, env=path, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr
    assert "it is there" in done.stdout
    assert "-m pip install --quiet poetry-plugin-pypi-mirror" in log.read_text()
    assert as_written(f"RUN {run_of(f'poetry {command}').strip()}") == f"RUN poetry {command}"


class TestPlugins:
    @pytest.mark.parametrize(
        ("asked", "installed"),
        [
            ("poetry-plugin-export", "poetry-plugin-export"),
            (
                "poetry-plugin-export==1.8.0 poetry-dotenv",
                "poetry-plugin-export==1.8.0 poetry-dotenv",
            ),
            ("-q poetry-plugin-export@1.8", "poetry-plugin-export==1.8"),
            ("poetry-plugin-export@latest", "poetry-plugin-export"),
        ],
    )
    def test_pip_installs_what_poetry_does_not_find(self, asked: str, installed: str) -> None:
        text = f"FROM a\nRUN pip install poetry && poetry self add {asked}\n"
        result = with_pip_behind_poetry(Document(text)).text
        assert f"&& {{ poetry self add {asked} >/tmp/poetry.out 2>&1" in result
        assert f"-m pip install --quiet {installed};" in result

    def test_a_constraint_of_poetry_s_own_is_left_to_it(self) -> None:
        text = "FROM a\nRUN poetry self add 'poetry-plugin-export@^1.8'\n"
        assert with_pip_behind_poetry(Document(text)).text == text
