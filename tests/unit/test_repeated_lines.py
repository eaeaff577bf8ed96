"""The end of a log in which each request of a check is logged."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from runner.trial.repeated_lines import FLOOD, end_without_repeats


def test_what_was_said_before_a_flood_of_requests_is_kept() -> None:
    requests = [
        f"[pid: 8|req: {n}] GET / => 21 bytes in {n} msecs (HTTP/1.1 500)" for n in range(99)
    ]
    log = ["Traceback (most recent call last):", "ImportError: no Markup", *requests]

    assert end_without_repeats(log, 40) == [*log[:2], requests[-1]]


def test_a_log_without_a_flood_is_its_last_lines() -> None:
    log = [f"line {'x' * n}" for n in range(60)]

    assert end_without_repeats(log, 40) == log[-40:]


@given(st.lists(st.sampled_from(("one", "two", "three 3", "three 4"))), st.integers(1, 50))
def test_lines_stay_in_order_and_none_is_made_up(log: list[str], count: int) -> None:
    kept = end_without_repeats(log, count)

    rest = iter(log)
    assert all(line in rest for line in kept)
    assert len(kept) <= count
    if len(log) < FLOOD:
        assert kept == log[-count:]
