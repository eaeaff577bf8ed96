"""One trial at a time on each engine, whatever started it: a lock file named by the engine.

Trials get it in order of arrival. Who holds the lock is written next to it, so that one who waits
can be told for whom, and what to do about a holder that hangs.
"""

from __future__ import annotations

import contextlib
import os
import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path

import msgspec
from filelock import FileLock, Timeout

from runner.model.errors import EngineError
from runner.model.paths import CachePaths
from runner.model.progress import Progress
from runner.trial.lock_queue import is_stopped, queued

POLL_S = 0.1
USUAL_WAIT_S = 3600.0


class Holder(msgspec.Struct, frozen=True):
    """The process that holds an engine's lock."""

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
            return msgspec.json.decode(_note(lock).read_bytes(), type=cls)
        except (OSError, msgspec.MsgspecError):
            return None

    def __str__(self) -> str:
        """`process 4711, which measures there since 10:04:05 UTC (for 75 s)`."""
        since = datetime.fromtimestamp(self.since_s, UTC).strftime("%H:%M:%S UTC")
        stopped = ", and is stopped" if is_stopped(self.pid) else ""
        held_s = max(0.0, time.time() - self.since_s)
        return (
            f"process {self.pid}, which measures there since {since} (for {held_s:.0f} s){stopped}"
        )


@contextmanager
def turn(
    cache: CachePaths, engine_id: str, progress: Progress, wait_s: float = USUAL_WAIT_S
) -> Iterator[None]:
    """Hold the engine's lock; says so when another trial has it, and waits until that is over.

    Raises `EngineError` if the lock file cannot be made, and if another trial still holds it after
    `wait_s` seconds.
    """
    path = cache.engine_lock(engine_id)
    lock = FileLock(path)
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        _acquire(lock, path, progress, wait_s)
    except OSError as error:
        raise EngineError(
            f"cannot lock {path} ({error.strerror}): make room there, or set XDG_CACHE_HOME to a"
            " directory that can be written"
        ) from error
    try:
        yield
    finally:
        _note(path).unlink(missing_ok=True)
        lock.release()


def _acquire(lock: FileLock, path: Path, progress: Progress, wait_s: float) -> None:
    with queued(path.with_suffix(".queue")) as is_first:
        if not (is_first() and _is_acquired(lock)):
            holder = Holder.of(path)
            by = f" ({holder})" if holder else ""
            progress.note(
                f"another trial is measured on this engine{by}: waiting for its turn, at"
                f" most {wait_s:.0f} s (run.wait_s)"
            )
            deadline = time.monotonic() + wait_s
            while not (is_first() and _is_acquired(lock)):
                if time.monotonic() > deadline:
                    raise EngineError(_hangs(Holder.of(path), wait_s))
                time.sleep(POLL_S)
        # Who waits can do without knowing for whom; a disk that is full ends nothing here.
        with contextlib.suppress(OSError):
            _note(path).write_bytes(msgspec.json.encode(Holder.current()))


def _is_acquired(lock: FileLock) -> bool:
    try:
        lock.acquire(timeout=0)
    except Timeout:
        return False
    return True


def _hangs(holder: Holder | None, wait_s: float) -> str:
    if holder is None:
        return (
            f"another trial held the engine for more than {wait_s:.0f} s: end it, or wait longer"
            " (run.wait_s=7200)"
        )
    way = f"kill -CONT {holder.pid}" if is_stopped(holder.pid) else f"kill {holder.pid}"
    return (
        f"the engine was not free within {wait_s:.0f} s: it is held by {holder}; end or continue"
        f" that run ({way}), or wait longer (run.wait_s=7200)"
    )


def _note(lock: Path) -> Path:
    return lock.with_suffix(".holder.json")
