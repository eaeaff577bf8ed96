"""A service that has crashed under a reloader, which waits for an edit."""

from __future__ import annotations

import pytest

from runner.trial.crashed import SILENT_S, Crash, has_crashed

RAISED = ["Started reloader", "Traceback (most recent call last):", "  File x", "KeyError: 'A'"]


@pytest.mark.parametrize(
    ("words", "crashed"),
    [
        (RAISED, True),
        ([*RAISED, ""], True),
        ([*RAISED, "Waiting for the database"], False),
        (["KeyError: 'A'"], False),
        (["Traceback (most recent call last):", "pydantic.errors.PydanticUserError: x"], True),
        (["[nodemon] app crashed - waiting for file changes before starting..."], True),
        (["Failed running 'a.js'. Waiting for file changes before restarting..."], True),
        ([], False),
    ],
)
def test_a_log_that_ends_with_an_exception(words: list[str], crashed: bool) -> None:
    assert has_crashed(words) is crashed


def test_it_is_seen_once_nothing_more_was_said_for_a_while() -> None:
    crash = Crash()
    assert not crash.seen(RAISED, 20.0)
    assert not crash.seen(RAISED, 20.0 + SILENT_S - 1)
    assert crash.seen(RAISED, 20.0 + SILENT_S)


def test_a_service_that_tries_again_is_waited_for() -> None:
    crash = Crash()
    assert not crash.seen(RAISED, 20.0)
    assert not crash.seen([*RAISED, "Trying again"], 20.0 + SILENT_S)
    assert not crash.seen([*RAISED, "Trying again", *RAISED], 21.0 + SILENT_S)
    assert not crash.seen([*RAISED, "Trying again", *RAISED], 20.0 + 2 * SILENT_S)
