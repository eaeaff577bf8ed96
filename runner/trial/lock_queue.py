"""Processes that wait for an engine's lock, in order of arrival: one ticket file for each.

A process holds a lock on its own ticket for as long as it waits, so a ticket that can be locked is
that of a process that has ended, and is removed. A stopped process is passed over until it goes on.
The queue only says who may try next; that one process measures at a time is the engine's lock.
"""

from __future__ import annotations

import os
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

from filelock import FileLock, Timeout

from runner.engine.lock_holder import is_stopped

UNFINISHED = "."
"""Begins the name of a ticket that its process has not locked yet; nobody looks at it."""


@contextmanager
def queued(queue: Path) -> Iterator[Callable[[], bool]]:
    """Wait in this directory; gives whether nobody who came earlier waits still.

    Raises `OSError` if no ticket can be written there.
    """
    queue.mkdir(parents=True, exist_ok=True)
    name = f"{time.time_ns():020d}-{os.getpid()}"
    ticket = queue / f"{UNFINISHED}{name}"
    held = FileLock(ticket)
    held.acquire(timeout=0)
    try:
        ticket = ticket.rename(queue / name)
        yield lambda: not any(_waits(earlier) for earlier in _earlier(queue, name))
    finally:
        ticket.unlink(missing_ok=True)
        held.release()


def _earlier(queue: Path, name: str) -> list[Path]:
    tickets = (path for path in queue.iterdir() if not path.name.startswith(UNFINISHED))
    return sorted(path for path in tickets if path.name < name)


def _waits(ticket: Path) -> bool:
    """Whether the process of a ticket still waits and would take its turn; else the ticket goes."""
    if not ticket.exists():
        return False
    try:
        with FileLock(ticket).acquire(timeout=0):
            ticket.unlink(missing_ok=True)
            return False
    except Timeout:
        return not is_stopped(int(ticket.name.partition("-")[2]))
