"""Files of variables that a service opens and git ignores are in the container of its check."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from runner.compare.opened_env_file import with_env_file
from runner.model.project import Project
from runner.model.record import Failure
from runner.trial.check_plan import read_check

TEXTS = {".env.example": "A=1\n", "web/app.js": ""}


def secrets(line: str, texts: dict[str, str] = TEXTS) -> tuple[dict[str, str], list[str]]:
    failure = Failure("check: start", "the container exited with 1", 1, (line,))
    found, said = with_env_file(Project(name="shop"), [failure], texts, "/app")
    return dict(found.check.secrets), said


@pytest.mark.parametrize(
    "line",
    [
        "Error: ENOENT: no such file or directory, open '/app/.env'",
        "FileNotFoundError: [Errno 2] No such file or directory: '.env'",
        "open .env: no such file or directory",
        "2024/01/01 Error loading .env file",
    ],
)
def test_it_has_what_the_example_says(line: str) -> None:
    found, said = secrets(line)
    assert found == {"/app/.env": "A=1\n"}
    assert said[0].startswith("file of the check /app/.env: ")
    assert "what the example" in said[0]


def test_it_is_empty_without_an_example() -> None:
    found, said = secrets("ENOENT: no such file or directory, open '/app/.env'", {})
    assert found == {"/app/.env": ""}
    assert "empty" in said[0]


@pytest.mark.parametrize(
    "path", ["/app/config.json", "/app/../../etc/shadow", "/app/.env/../x", "/a b/.env"]
)
def test_no_other_file_is_made(path: str) -> None:
    assert secrets(f"ENOENT: no such file or directory, open '{path}'") == ({}, [])


def test_it_is_made_once() -> None:
    failure = Failure("check: start", "", 1, ("open .env: no such file or directory",))
    found, _ = with_env_file(Project(name="shop"), [failure], TEXTS, "/app")
    assert with_env_file(found, [failure], TEXTS, "/app") == (found, [])


def test_a_check_takes_an_absolute_path(tmp_path: Path) -> None:
    check = replace(Project(name="shop").check, secrets={"/app/.env": "A=1"})
    assert read_check(check, 80, tmp_path).secrets == {"/app/.env": "A=1"}
