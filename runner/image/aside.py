"""Something that a second process finds out while this one goes on, where that pays.

Whatever goes wrong there, it is found out here.
"""

from __future__ import annotations

import os
import signal
from collections.abc import Callable
from types import TracebackType
from typing import Generic, TypeVar

from msgspec import MsgspecError, msgpack

T = TypeVar("T")

_MOST_BYTES = 4096
"""A pipe takes as much in one piece, which is then read in one; a longer result is lost."""


class Aside(Generic[T]):
    """A short result on its way; a context manager, as nobody waits for it where others failed."""

    def __init__(self, find_out: Callable[[], T], kind: type[T], pays: bool) -> None:
        self._find_out = find_out
        self._kind = kind
        self._process: tuple[int, int] | None = None
        if pays and hasattr(os, "sched_getaffinity") and len(os.sched_getaffinity(0)) > 1:
            self._process = self._begun()

    def __enter__(self) -> Aside[T]:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        if self._process is not None:
            identity, pipe = self._process
            os.close(pipe)
            os.kill(identity, signal.SIGKILL)
            os.waitpid(identity, 0)

    def result(self) -> T:
        """Wait for it."""
        if self._process is None:
            return self._find_out()
        _, pipe = self._process
        data = os.read(pipe, _MOST_BYTES)
        try:
            return msgpack.decode(data, type=self._kind)
        except MsgspecError:
            return self._find_out()

    def _begun(self) -> tuple[int, int]:
        read, write = os.pipe()
        identity = os.fork()
        if identity:
            os.close(write)
            return identity, read
        try:
            os.write(write, msgpack.encode(self._find_out())[:_MOST_BYTES])
        finally:
            os._exit(0)
