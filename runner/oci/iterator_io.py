"""An iterator of byte strings as a file that is read from front to back."""

from __future__ import annotations

import io
from collections.abc import Iterable
from typing import BinaryIO


class _Pulled(io.RawIOBase):
    def __init__(self, pieces: Iterable[bytes]) -> None:
        self._pieces = iter(pieces)
        self._left = memoryview(b"")

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: bytearray | memoryview) -> int:  # type: ignore[override]
        while not self._left:
            piece = next(self._pieces, None)
            if piece is None:
                return 0
            self._left = memoryview(piece)
        count = min(len(buffer), len(self._left))
        buffer[:count] = self._left[:count]
        self._left = self._left[count:]
        return count


def pulled(pieces: Iterable[bytes], buffer_bytes: int = 1 << 18) -> BinaryIO:
    """A binary file over `pieces`; `read(n)` gives n bytes wherever there are so many left."""
    return io.BufferedReader(_Pulled(pieces), buffer_bytes)
