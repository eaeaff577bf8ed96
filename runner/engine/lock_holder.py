"""Lock files whose holder can be named: who waits is told for whom, since when, and what to do.

The holder is written into the lock file itself. Waiting has an end: a process that is stopped would
hold everybody up for ever.
"""

from __future__ import annotations

import contextlib
import os
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path

import msgspec
from filelock import FileLock, Timeout

from runner.model.errors import DockbenchError

POLL_S = 0.2
USUAL_WAIT_S = 3600.0


class Holder(msgspec.Struct, frozen=True):
    """The process that holds a lock."""

    pid: int
    since_s: float
    """When it took the lock, in seconds since 1970."""

    @classmethod
    def current(cls) -> Holder:
        """This process, from now on."""
        return cls(os.getpid(), time.time())

    @classmethod
    def of(cls, lock: Path) -> Holder | None:
        """Who holds this lock file; None where that is not known."""
        try:
            return msgspec.json.decode(lock.read_bytes(), type=cls)
        except (OSError, msgspec.MsgspecError):
            return None

    def told(self, doing: str) -> str:
        """`process 4711, which measures there since 10:04:05 UTC (for 75 s)`."""
        since = datetime.fromtimestamp(self.since_s, UTC).strftime("%H:%M:%S UTC")
        stopped = ", and is stopped" if is_stopped(self.pid) else ""
        held_s = max(0.0, time.time() - self.since_s)
        return f"process {self.pid}, which {doing} since {since} (for {held_s:.0f} s){stopped}"

    @property
    def way_out(self) -> str:
        """What ends it, or lets it go on where it is stopped."""
        return f"kill -CONT {self.pid}" if is_stopped(self.pid) else f"kill {self.pid}"


def is_stopped(pid: int) -> bool:
    """Whether a process is stopped by a signal (Ctrl-Z, kill -STOP), where that can be seen."""
    try:
        state = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0]
    except (OSError, IndexError):
        return False
    return state in "Tt"


def write_holder(lock: Path) -> None:
    """Say that this process holds the lock. Who waits can do without knowing for whom: a disk that
    is full ends nothing."""
    with contextlib.suppress(OSError):
        lock.write_bytes(msgspec.json.encode(Holder.current()))


def remove_holder(lock: Path) -> None:
    """Say that nobody holds it; before it is released."""
    with contextlib.suppress(OSError):
        os.truncate(lock, 0)


class HeldError(DockbenchError):
    """A lock was not free in time."""


@contextmanager
def held(
    path: Path,
    doing: str,
    waiting: Callable[[str], None] = lambda _: None,
    wait_s: float = USUAL_WAIT_S,
) -> Iterator[None]:
    """Hold a lock file in the block, to do this there (`makes stand-ins there`).

    `waiting` is told once for whom it has to wait. Raises `HeldError` if the lock is not free
    within `wait_s` seconds, and `OSError` if it cannot be made.
    """
    lock = FileLock(path)
    try:
        lock.acquire(timeout=0)
    except Timeout:
        waiting(f"waiting for {_by(path, doing)}")
        try:
            lock.acquire(timeout=wait_s, poll_interval=POLL_S)
        except Timeout:
            raise HeldError(_not_free(path, doing, wait_s)) from None
    try:
        write_holder(path)
        yield
    finally:
        remove_holder(path)
        lock.release()


def _by(path: Path, doing: str) -> str:
    holder = Holder.of(path)
    return holder.told(doing) if holder else f"another process, which {doing}"


def _not_free(path: Path, doing: str, wait_s: float) -> str:
    holder = Holder.of(path)
    way = f" ({holder.way_out})" if holder else ""
    return (
        f"{path.parent} was not free within {wait_s:.0f} s: it is held by {_by(path, doing)}; end"
        f" or continue that run{way}"
    )
