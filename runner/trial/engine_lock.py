"""One trial at a time on each engine, whatever started it: a lock file named by the engine.

Trials get it in order of arrival. Who holds the lock is written next to it, so that one who waits
can be told for whom, and what to do about a holder that hangs.
"""

from __future__ import annotations

import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from filelock import FileLock, Timeout

from runner.engine.lock_holder import USUAL_WAIT_S, Holder, remove_holder, write_holder
from runner.model.errors import EngineError
from runner.model.paths import CachePaths
from runner.model.progress import Progress
from runner.trial.lock_queue import queued

POLL_S = 0.1
_DOING = "measures there"


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
        remove_holder(path)
        lock.release()


def _acquire(lock: FileLock, path: Path, progress: Progress, wait_s: float) -> None:
    with queued(path.with_suffix(".queue")) as is_first:
        if not (is_first() and _is_acquired(lock)):
            holder = Holder.of(path)
            by = f" ({holder.told(_DOING)})" if holder else ""
            progress.note(
                f"another trial is measured on this engine{by}: waiting for its turn, at"
                f" most {wait_s:.0f} s (run.wait_s)"
            )
            deadline = time.monotonic() + wait_s
            while not (is_first() and _is_acquired(lock)):
                if time.monotonic() > deadline:
                    raise EngineError(_hangs(Holder.of(path), wait_s))
                time.sleep(POLL_S)
        write_holder(path)


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
    return (
        f"the engine was not free within {wait_s:.0f} s: it is held by {holder.told(_DOING)}; end"
        f" or continue that run ({holder.way_out}), or wait longer (run.wait_s=7200)"
    )
