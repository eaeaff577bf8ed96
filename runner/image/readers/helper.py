"""A second process that reads some of an image's layers.

Of several threads Python's lock would let only one at a time make entries.
Both processes take layers from one list, one after the other. Whatever goes wrong in the helper,
its layers are read anew here, which then tells what it is.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator

from msgspec import Struct

from runner.image.aside import Aside, can_help
from runner.image.readers.budget import NOTHING, Budget, Spent
from runner.model.entries import Entry

_TURN_BYTES = 2
_MOST_TURNS = 4096 // _TURN_BYTES
"""So many can be written to a pipe that nobody reads yet."""


class Layer(Struct, array_like=True):
    """A layer that was read, on its way from one process to the other."""

    entries: list[Entry]
    places: bytes = b""
    """Where the contents of a tarball's regular files lie in it, in machine words."""
    spent: Spent = NOTHING
    """What was taken of the limits for it."""


Read = Callable[[int], Layer]
"""A layer by its index."""


def read_layers(
    count: int,
    read: Read,
    budget: Budget,
    *,
    pays: bool = True,
    meanwhile: Callable[[], None] | None = None,
) -> list[Layer]:
    """All layers, some of them read by a helper where that `pays` and there is one to be had;
    `meanwhile` is called when it has begun.

    Raises what `read` raises, and `LimitError` as if all had been read here.
    """
    helped: dict[int, Layer] = {}
    here: dict[int, Layer] = {}
    if pays and is_worth_it(count):
        turns = Turns(count)
        try:
            with Aside(lambda: _spending(turns, read, budget), dict[int, Layer]) as helper:
                if meanwhile is not None:
                    meanwhile()
                here = {index: _counted(index, read, budget) for index in turns}
                helped = helper.found() or {}
        finally:
            turns.close()
    elif meanwhile is not None:
        meanwhile()
    for layer in helped.values():
        budget.take(layer.spent)
    known = {**here, **helped}
    return [
        known[index] if index in known else _counted(index, read, budget) for index in range(count)
    ]


def is_worth_it(layers: int) -> bool:
    """Whether a helper would find something to do, and a processor to do it on."""
    return 1 < layers <= _MOST_TURNS and can_help()


class Turns:
    """A list of layers of which whoever asks first gets the next one, in whatever process."""

    def __init__(self, layers: int) -> None:
        self._list, written = os.pipe()
        with open(written, "wb", buffering=0) as turns:  # noqa: PTH123 - a descriptor
            turns.write(b"".join(index.to_bytes(_TURN_BYTES, "big") for index in range(layers)))

    def __iter__(self) -> Iterator[int]:
        """Layers that nobody has taken yet."""
        while turn := os.read(self._list, _TURN_BYTES):
            yield int.from_bytes(turn, "big")

    def close(self) -> None:
        """Nobody asks any more."""
        os.close(self._list)


def _spending(turns: Turns, read: Read, budget: Budget) -> dict[int, Layer]:
    """What the helper reads."""
    return {index: _counted(index, read, budget) for index in turns}


def _counted(index: int, read: Read, budget: Budget) -> Layer:
    """A layer with what it took of the limits."""
    before = budget.spent()
    layer = read(index)
    layer.spent = budget.spent() - before
    return layer
