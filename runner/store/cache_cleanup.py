"""Removes what killed runs left half-written in the cache."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from filelock import FileLock, Timeout

from runner.engine.files import UNFINISHED, remove_unfinished
from runner.engine.scratch import sweep_work
from runner.engine.standins.build_context import remove_work
from runner.model.ownership import Owner
from runner.model.paths import CachePaths
from runner.store.atomic import remove_left_overs


def sweep_cache(cache: CachePaths) -> None:
    """Remove what killed runs left half-written in the cache; what another run holds stays."""
    sweep_work(cache)
    for folder in (cache.layers, cache.traces, cache.root / "drawn"):
        remove_left_overs(folder)
    for path in cache.root.glob(f"built/*/*{UNFINISHED}"):
        owner = Owner.marked(path.name)
        if owner and owner.is_gone(local=True):
            path.unlink(missing_ok=True)
    with _held(cache.bases / "lock") as is_held:
        if is_held:
            remove_unfinished(cache.bases)
            remove_work(cache.bases)
    for partial in cache.work.glob(".*.partial"):
        with _held(cache.work / f"{partial.name[1:].removesuffix('.partial')}.lock") as is_held:
            if is_held:
                shutil.rmtree(partial, ignore_errors=True)


@contextmanager
def _held(lock: Path) -> Iterator[bool]:
    """Hold a lock that is there and free; whether that is so."""
    found = FileLock(lock, timeout=0)
    is_held = False
    with suppress(OSError, Timeout):
        if lock.exists():
            found.acquire()
            is_held = True
    try:
        yield is_held
    finally:
        found.release()
