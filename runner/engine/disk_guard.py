"""Ends a container that writes more than it may, where the engine's storage has no quotas."""

from __future__ import annotations

import contextlib
import os
import threading

from runner.engine.disk import root_of
from runner.engine.port import Container, Engine
from runner.model.errors import EngineError

LOOK_S = 0.25
"""How often it is looked how much room the engine's disk has."""

_SHARE = 4
"""The engine is asked what the container has written each time that the disk has lost one such part
of what that may be: asking makes the engine look through all of its files."""


class DiskGuard:
    """Looks after one container until it is dismissed; leaving room to others is not its task."""

    def __init__(self, engine: Engine, container: Container, limit_bytes: int, root: str) -> None:
        self.exceeded = False
        """Whether it ended the container."""
        self._engine = engine
        self._container = container
        self._limit_bytes = limit_bytes
        self._root = root
        self._over = threading.Event()
        self._thread = threading.Thread(target=self._look_after, name="disk", daemon=True)
        self._thread.start()

    @classmethod
    def of(cls, engine: Engine, container: Container, limit_bytes: int) -> DiskGuard | None:
        """A guard for this container; None where the engine's disk is not one of this machine."""
        root = root_of(engine)
        return cls(engine, container, limit_bytes, root) if root else None

    def dismiss(self) -> None:
        """Look no longer; does nothing the second time."""
        self._over.set()
        self._thread.join()

    def _look_after(self) -> None:
        with contextlib.suppress(EngineError, OSError):
            before = self._free_bytes()
            while not self._over.wait(LOOK_S):
                free = self._free_bytes()
                if before - free < self._limit_bytes / _SHARE:
                    before = max(before, free)
                elif self._written_bytes() > self._limit_bytes:
                    self.exceeded = True
                    self._container.kill()
                    return
                else:
                    before = free

    def _free_bytes(self) -> int:
        status = os.statvfs(self._root)
        return status.f_bfree * status.f_frsize

    def _written_bytes(self) -> int:
        found = self._engine.containers.search(container=self._container.id, size=True)
        return sum(int(item.get("SizeRw") or 0) for item in found)
