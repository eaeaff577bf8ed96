"""Bytes and choices that follow from a seed alone, on every machine and version of Python."""

from __future__ import annotations

import hashlib
import struct
from collections.abc import Iterator, Sequence
from typing import TypeVar

Item = TypeVar("Item")

_CHUNK_BYTES = 1 << 20


def seeded_chunks(seed: str, size_bytes: int) -> Iterator[bytes]:
    """Incompressible bytes in pieces of at most 1 MiB: SHAKE-128 (FIPS 202) in counter mode."""
    for index, start in enumerate(range(0, size_bytes, _CHUNK_BYTES)):
        length = min(_CHUNK_BYTES, size_bytes - start)
        yield hashlib.shake_128(f"{seed}/{index}".encode()).digest(length)


def seeded_bytes(seed: str, size_bytes: int) -> bytes:
    """Incompressible bytes, `size_bytes` of them."""
    return b"".join(seeded_chunks(seed, size_bytes))


class Choices:
    """A stream of choices."""

    def __init__(self, seed: str) -> None:
        self._seed = seed
        self._block = 0
        self._numbers: Iterator[int] = iter(())

    def number(self, below: int) -> int:
        """A number from 0 to `below` - 1 (the slight bias of the remainder is of no concern)."""
        number = next(self._numbers, None)
        if number is None:
            block = hashlib.shake_128(f"{self._seed}#{self._block}".encode()).digest(1 << 14)
            self._block += 1
            self._numbers = iter(struct.unpack("<4096I", block))
            number = next(self._numbers)
        return number % below

    def pick(self, items: Sequence[Item]) -> Item:
        """One of the items."""
        return items[self.number(len(items))]
