"""A second process that reads some of an image's layers.

Of several threads Python's lock would let only one at a time make entries.
Both processes take layers from one list, one after the other. Whatever goes wrong in the helper,
its layers are read anew here, which then tells what it is.
"""

from __future__ import annotations

import os
import signal
from collections.abc import Callable, Iterator
from types import TracebackType

from msgspec import MsgspecError, msgpack

from runner.model.entries import Entry

_TURN_BYTES = 2
_MOST_TURNS = 4096 // _TURN_BYTES
"""So many can be written to a pipe that nobody reads yet."""

Read = Callable[[int], list[Entry]]
"""The entries of a layer by its index."""


def is_worth_it(layers: int) -> bool:
    """Whether a helper would find something to do, and a processor to do it on."""
    if not hasattr(os, "memfd_create"):
        return False
    return 1 < layers <= _MOST_TURNS and len(os.sched_getaffinity(0)) > 1


class Helper:
    """The other process, from the start of the block on; killed if it is not done at the end."""

    def __init__(self, layers: int, read: Read) -> None:
        self._read = read
        self._turns, list_of_turns = os.pipe()
        with open(list_of_turns, "wb", buffering=0) as turns:  # noqa: PTH123 - a descriptor
            turns.write(b"".join(index.to_bytes(_TURN_BYTES, "big") for index in range(layers)))
        self._found = os.memfd_create("dockbench-layers")
        self._pid = 0

    def __enter__(self) -> Helper:
        self._pid = os.fork()
        if not self._pid:
            self._help()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        if self._pid:
            os.kill(self._pid, signal.SIGKILL)
            os.waitpid(self._pid, 0)
        os.close(self._turns)
        os.close(self._found)

    def turns(self) -> Iterator[int]:
        """Layers that nobody has taken yet."""
        while turn := os.read(self._turns, _TURN_BYTES):
            yield int.from_bytes(turn, "big")

    def found(self) -> dict[int, list[Entry]]:
        """The layers that the helper has read; none if it failed."""
        _, status = os.waitpid(self._pid, 0)
        self._pid = 0
        if status:
            return {}
        try:
            with open(self._found, "rb", closefd=False) as file:
                file.seek(0)
                return msgpack.decode(file.read(), type=dict[int, list[Entry]])
        except (OSError, MsgspecError):
            return {}

    def _help(self) -> None:
        """The helper's whole life."""
        status = 1
        try:
            layers = {index: self._read(index) for index in self.turns()}
            with open(self._found, "wb", closefd=False) as file:
                file.write(msgpack.encode(layers))
            status = 0
        finally:
            os._exit(status)
