"""One trial at a time on each engine, whatever started it: a lock file named by the engine."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from filelock import FileLock, Timeout

from runner.model.errors import EngineError
from runner.model.paths import CachePaths
from runner.model.progress import Progress

POLL_S = 0.1


@contextmanager
def turn(cache: CachePaths, engine_id: str, progress: Progress) -> Iterator[None]:
    """Hold the engine's lock; says so when another run has it, and waits until that is over.

    Raises `EngineError` if the lock file cannot be made.
    """
    path = cache.engine_lock(engine_id)
    lock = FileLock(path, poll_interval=POLL_S)
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        try:
            lock.acquire(timeout=0)
        except Timeout:
            progress.note("another dockbench run measures on this engine: waiting for its turn")
            lock.acquire()
    except OSError as error:
        raise EngineError(
            f"cannot lock {path} ({error.strerror}): make room there, or set XDG_CACHE_HOME to a"
            " folder that can be written"
        ) from error
    try:
        yield
    finally:
        lock.release()
