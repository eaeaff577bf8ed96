"""How long a comparison may measure: what does not fit is not begun, what runs over is ended.

Waiting for the engine, while another run measures on it, does not count.
"""

from __future__ import annotations

import signal
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from types import FrameType

OVERTIME = 0.25
"""A trial may go on for this share of the budget beyond its end: mostly it is nearly done."""
_LEAST_S = 0.1


class BudgetOverError(KeyboardInterrupt):
    """A trial ran beyond the budget: it ends as at Ctrl-C, everything removed, without a record."""


class Budget:
    """The time that the trials of one command may take together, in seconds."""

    def __init__(self, limit_s: float, clock: Callable[[], float] = time.monotonic) -> None:
        self.limit_s = limit_s
        self.spent_s = 0.0
        self.waited_s = 0.0
        """For other runs' trials on the engine: not counted."""
        self.more_s = limit_s
        """What is left of the whole budget more that trials may take for which a choice waits."""
        self._clock = clock
        self._asked_s = clock()

    @property
    def left_s(self) -> float:
        """What is left; not positive when it is over."""
        return self.limit_s - self.spent_s

    def fits(self, expected_s: float | None) -> bool:
        """Whether a trial may begin that should take so long; None where nothing is known of it."""
        return self.left_s > 0 and (expected_s is None or expected_s <= self.left_s)

    def ask(self) -> None:
        """A trial is about to wait for the engine."""
        self._asked_s = self._clock()

    def may_double(self, expected_s: float | None) -> bool:
        """Whether a trial that a choice waits for may begin: together they may take a whole budget
        more."""
        if self.more_s <= 0:
            return False
        return expected_s is None or expected_s <= max(0.0, self.left_s) + self.more_s

    @contextmanager
    def trial(self, bounded: bool = True, overtime: float = OVERTIME) -> Iterator[None]:
        """One trial, from when it has the engine; raises `BudgetOverError` in it when it is over by
        more than this share of the budget, if it is `bounded`."""
        begun_s = self._clock()
        self.waited_s += begun_s - self._asked_s
        is_awaited = bounded and overtime >= 1
        usual_s = max(0.0, self.left_s)
        most_s = usual_s + self.more_s if is_awaited else self.left_s + overtime * self.limit_s
        try:
            if bounded:
                with ended_after(most_s):
                    yield
            else:
                yield
        finally:
            took_s = self._clock() - begun_s
            self.spent_s += took_s
            if is_awaited:
                self.more_s -= max(0.0, took_s - usual_s)


@contextmanager
def ended_after(seconds: float) -> Iterator[None]:
    """Raise `BudgetOverError` in the block if it takes longer; only where signals can be had: in
    the main thread, and not on Windows."""
    if threading.current_thread() is not threading.main_thread() or not hasattr(signal, "SIGALRM"):
        yield
        return

    def over(_: int, __: FrameType | None) -> None:
        raise BudgetOverError

    before = signal.signal(signal.SIGALRM, over)
    signal.setitimer(signal.ITIMER_REAL, max(_LEAST_S, seconds))
    try:
        yield
    finally:
        signal.setitimer(signal.ITIMER_REAL, 0)
        signal.signal(signal.SIGALRM, before)
