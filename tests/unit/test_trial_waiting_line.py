"""What a container says that waits for another service."""

from __future__ import annotations

import pytest

from runner.trial.failures import waiting_line


@pytest.mark.parametrize(
    ("log", "line"),
    [
        (["Waiting for db...", "Waiting for db..."], "Waiting for db..."),
        (["+ nc -z db 5432", "Waiting for db:5432", "+ sleep 1"] * 3, "Waiting for db:5432"),
        (["Postgres is unavailable - sleeping", "x"] * 2, "Postgres is unavailable - sleeping"),
        (["Waiting for db...", "ready", "Booting"], ""),
        (["GET / 404", "GET / 404"], ""),
        ([], ""),
    ],
)
def test_it_is_said_again_and_again(log: list[str], line: str) -> None:
    assert waiting_line(log) == line
