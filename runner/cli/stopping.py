"""Signals that ask a command to end: SIGTERM and SIGHUP end it as Ctrl-C does, all cleaned up."""

from __future__ import annotations

import signal
from collections.abc import Iterator
from contextlib import contextmanager
from types import FrameType

STOPPING = (signal.SIGTERM, signal.SIGHUP)
"""What `timeout`, a cancelled CI job and a terminal that is closed send."""

_BASE_EXIT_CODE = 128
"""Shells report a program that a signal ended as 128 and the signal's number."""


class Stopped(KeyboardInterrupt):
    """Somebody asked this process to end; who is ready for Ctrl-C is ready for this."""

    def __init__(self, number: int) -> None:
        super().__init__(signal.Signals(number).name)
        self.exit_code = _BASE_EXIT_CODE + number


@contextmanager
def stoppable() -> Iterator[None]:
    """Raise `Stopped` in the block at the first such signal; more of them change nothing.

    `timeout` sends its signal twice, and the second must not cut the cleaning up short. A signal
    that was ignored when we were started (`nohup`) stays ignored.
    """
    came: list[int] = []

    def stop(number: int, _: FrameType | None) -> None:
        came.append(number)
        if len(came) == 1:
            raise Stopped(number)

    heeded = [number for number in STOPPING if signal.getsignal(number) is signal.SIG_DFL]
    for number in heeded:
        signal.signal(number, stop)
    try:
        yield
    finally:
        for number in heeded:
            signal.signal(number, signal.SIG_DFL)
