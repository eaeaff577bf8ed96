"""Threads for digests: results, errors, and an end that waits for nothing."""

from __future__ import annotations

import threading
from functools import partial

import pytest

from runner.image.readers.workers import Workers


def test_results_and_errors_come_back_as_often_as_they_are_asked_for() -> None:
    workers = Workers(2, "test")
    squares = [workers.submit(partial(pow, number, 2)) for number in range(50)]
    wrong = workers.submit(lambda: 1 // 0)
    for _ in range(2):
        assert [task.result() for task in squares] == [number**2 for number in range(50)]
        with pytest.raises(ZeroDivisionError):
            wrong.result()
    workers.stop()


def test_what_has_not_begun_when_they_are_stopped_is_left() -> None:
    workers = Workers(1, "test")
    begun, go_on = threading.Event(), threading.Event()

    def wait() -> bool:
        begun.set()
        return go_on.wait(60)

    first, second = workers.submit(wait), workers.submit(lambda: True)
    begun.wait(60)
    threading.Timer(0.1, go_on.set).start()
    workers.stop()
    assert first.result()
    with pytest.raises(RuntimeError, match="stopped"):
        second.result()
