"""Workers of gunicorn that are in each other's way when they make a new database."""

from __future__ import annotations

import pytest

from runner.compare.racing_workers import with_one_load
from runner.model.project import Project
from runner.model.record import Failure

SHOP = Project(name="shop")
BOOT = "[1] [ERROR] Reason: Worker failed to boot."


def ended(*log: str, step: str = "check: start") -> Failure:
    return Failure(step, "the container exited with 3 before it was healthy", 3, log)


@pytest.mark.parametrize(
    "line",
    [
        "sqlite3.IntegrityError: UNIQUE constraint failed: user.email",
        "sqlite3.OperationalError: table user already exists",
        'psycopg2.errors.UniqueViolation: duplicate key value violates unique constraint "x"',
        "pymysql.err.IntegrityError: (1062, \"Duplicate entry 'a' for key 'b'\")",
    ],
)
def test_the_application_is_loaded_once(line: str) -> None:
    told, said = with_one_load(SHOP, [ended(line, BOOT)])
    assert told.check.environment == {"GUNICORN_CMD_ARGS": "--preload"}
    assert "start gunicorn with --preload" in said[0]
    assert with_one_load(told, [ended(line, BOOT)]) == (told, [])


@pytest.mark.parametrize(
    "failure",
    [
        ended("table user already exists"),
        ended(BOOT, "no such table: user"),
        ended("mkdir: a already exists", BOOT, step="[2/3] RUN gunicorn"),
    ],
)
def test_any_other_failure_is_something_else(failure: Failure) -> None:
    assert with_one_load(SHOP, [failure]) == (SHOP, [])
