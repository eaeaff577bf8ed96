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


def can_help() -> bool:
    """Whether a second process would find a processor to run on."""
    return hasattr(os, "memfd_create") and len(os.sched_getaffinity(0)) > 1


class Aside(Generic[T]):
    """A result on its way, from the start of the block on; at its end nobody waits for it."""

    def __init__(self, find_out: Callable[[], T], kind: type[T], pays: bool = True) -> None:
        self._find_out = find_out
        self._kind = kind
        self._file = os.memfd_create("dockbench-aside") if pays and can_help() else -1
        self._process = 0

    def __enter__(self) -> Aside[T]:
        if self._file >= 0:
            self._process = os.fork()
            if not self._process:
                self._live()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        if self._process:
            os.kill(self._process, signal.SIGKILL)
            os.waitpid(self._process, 0)
        if self._file >= 0:
            os.close(self._file)

    def result(self) -> T:
        """Wait for it, or find it out here."""
        found = self.found()
        return self._find_out() if found is None else found

    def found(self) -> T | None:
        """Wait for it; None if there is no second process, or if it failed."""
        if not self._process:
            return None
        _, status = os.waitpid(self._process, 0)
        self._process = 0
        if status:
            return None
        try:
            with open(self._file, "rb", closefd=False) as file:
                file.seek(0)
                return msgpack.decode(file.read(), type=self._kind)
        except (OSError, MsgspecError):
            return None

    def _live(self) -> None:
        """The second process's whole life."""
        status = 1
        try:
            with open(self._file, "wb", closefd=False) as file:
                file.write(msgpack.encode(self._find_out()))
            status = 0
        finally:
            os._exit(status)
