"""Signals that ask a command to end: SIGTERM and SIGHUP end it as Ctrl-C does, all cleaned up."""

from __future__ import annotations

import signal
import time
from collections.abc import Iterator
from contextlib import contextmanager
from types import FrameType

STOPPING = (signal.SIGTERM, signal.SIGHUP)
"""What `timeout`, a cancelled CI job and a terminal that is closed send."""

SAME_S = 1.0
"""SIGINT that comes again so soon is the same Ctrl-C: of the terminal, and of `uv run`, `make` or
another program between it and us that passes it on."""

_BASE_EXIT_CODE = 128
"""Shells report a program that a signal ended as 128 and the signal's number."""


class Stopped(KeyboardInterrupt):
    """Somebody asked this process to end; who is ready for Ctrl-C is ready for this."""

    def __init__(self, number: int) -> None:
        super().__init__(signal.Signals(number).name)
        self.exit_code = _BASE_EXIT_CODE + number


@contextmanager
def stoppable() -> Iterator[None]:
    """Raise `Stopped` in the block at the first such signal; more of them change nothing. Ctrl-C
    raises `KeyboardInterrupt` each time that it is pressed.

    `timeout` sends its signal twice, and the second must not cut the cleaning up short. A signal
    that was ignored when we were started (`nohup`) stays ignored.
    """
    came: list[int] = []
    pressed_s: list[float] = []

    def stop(number: int, _: FrameType | None) -> None:
        came.append(number)
        if len(came) == 1:
            raise Stopped(number)

    def interrupt(_: int, __: FrameType | None) -> None:
        now_s = time.monotonic()
        if not pressed_s or now_s - pressed_s[-1] > SAME_S:
            pressed_s.append(now_s)
            raise KeyboardInterrupt

    before = {number: signal.getsignal(number) for number in (*STOPPING, signal.SIGINT)}
    for number, handler in before.items():
        if handler is signal.SIG_DFL:
            signal.signal(number, stop)
        elif handler is signal.default_int_handler:
            signal.signal(number, interrupt)
    try:
        yield
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)
