"""How much room an engine has left: a build that had none says nothing about its variant, and
programs in it often hide that they had none."""

from __future__ import annotations

import os
import re
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from typing import Self

from runner.engine.port import Engine
from runner.model.amounts import size
from runner.model.errors import EngineError, EngineFullError
from runner.model.redact import redacted
from runner.model.text import one_line

LEAST_BYTES = 32 << 20
"""Below this a build cannot be believed: Python, for one, silently does without bytecode."""
SCARCE_BYTES = 1 << 30
"""Where there was more all the time, a disk that a program calls full is not the engine's."""
SCARCE_FILES = 1000
"""The same of the files that a file system may still hold."""
LOOK_S = 0.1
"""How often it is looked."""

_FULL = re.compile(
    r"no space left on device|disk quota exceeded|\bENOSPC\b|enough free space", re.IGNORECASE
)
_QUOTA = re.compile(r"disk quota exceeded", re.IGNORECASE)
MAKE_ROOM = (
    "nothing is recorded of it; make room there (`dockbench clean` removes what earlier runs left"
    " on it) and run the same command again"
)


def says_full(text: str) -> bool:
    """Whether a program's words are about a disk that is full."""
    return bool(_FULL.search(text))


def full(what: str, where: str = "") -> EngineFullError:
    """The error of an engine without room: what failed by that, and what its disk is known by."""
    disk = f" ({where})" if where else ""
    said = one_line(redacted(what))
    return EngineFullError(f"no space left on the engine's disk{disk}: {said}; {MAKE_ROOM}")


class Room:
    """Looks how little room the engine's disk has while something runs on the engine."""

    def __init__(self, engine: Engine) -> None:
        self._root = root_of(engine)
        self._over = threading.Event()
        self._thread = threading.Thread(target=self._watch, name="room", daemon=True)
        self.least_bytes: int | None = None
        """The least that was free; None where the disk is not one of this machine."""
        self.least_files: int | None = None
        """The least files that it could still hold; None where that is not limited."""

    def __enter__(self) -> Self:
        if self._root:
            self._look()
            self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._over.set()
        if self._root:
            self._thread.join()
            self._look()

    @contextmanager
    def looked_at_end(self) -> Iterator[None]:
        """Look once more when the block ends, before what it has written is removed."""
        try:
            yield
        finally:
            if self._root:
                self._look()

    def require(self, what: str, said: str = "") -> None:
        """Raise `EngineFullError` if there was none for what was done. `said` is what programs and
        the engine said when it failed; empty where it did not."""
        if self._ran_out(said):
            known = self.least_bytes is not None
            where = f"{self._root}, {size(self.least_bytes or 0)} were free" if known else ""
            raise full(what, where)

    def _ran_out(self, said: str) -> bool:
        if self.least_bytes is None:
            return says_full(said)
        if self.least_bytes < LEAST_BYTES or _QUOTA.search(said):
            return True
        files = self.least_files
        scarce = self.least_bytes < SCARCE_BYTES or (files is not None and files < SCARCE_FILES)
        return scarce and says_full(said)

    def _watch(self) -> None:
        while not self._over.wait(LOOK_S):
            self._look()

    def _look(self) -> None:
        with suppress(OSError):
            status = os.statvfs(self._root)
            free = status.f_bavail * status.f_frsize
            self.least_bytes = free if self.least_bytes is None else min(free, self.least_bytes)
            if status.f_files:
                files = status.f_favail
                self.least_files = (
                    files if self.least_files is None else min(files, self.least_files)
                )


def root_of(engine: Engine) -> str:
    """The directory that holds the engine's images; empty where it is not one of this machine."""
    if not engine.is_local:
        return ""
    try:
        root = str(engine.system().get("DockerRootDir") or "")
        os.statvfs(root)
    except (EngineError, OSError):
        return ""
    return root
