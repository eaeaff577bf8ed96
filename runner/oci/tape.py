"""Bytes that are read from front to back with long skips: a part of a file, or a stream."""

from __future__ import annotations

import os
from collections.abc import Iterator
from typing import Protocol

WINDOW_BYTES = 1 << 14
"""What is read of a file at once: several small members, or little more than a header."""

PIECE_BYTES = 1 << 18


class Tape(Protocol):
    """Bytes from 0 on; what lies before a position that was asked for is gone."""

    def at(self, position: int, size: int) -> tuple[bytes, int]:
        """A window and the position of its first byte; the window holds `size` bytes from
        `position` on, fewer only where the tape ends."""

    def piece(self, position: int, most: int) -> bytes:
        """Some bytes from a position on, in whatever length is cheap; none where it ends."""

    def ends_before(self, position: int) -> bool:
        """Whether the tape is shorter; asked only after it gave less than was wanted."""


class FileTape:
    """A part of an open file; only what is asked for is read."""

    def __init__(self, descriptor: int, offset: int, size: int) -> None:
        self._descriptor = descriptor
        self._offset = offset
        self._size = size

    def at(self, position: int, size: int) -> tuple[bytes, int]:
        """Read at the position."""
        wanted = min(max(size, WINDOW_BYTES), self._size - position)
        if wanted <= 0:
            return b"", position
        window = os.pread(self._descriptor, wanted, self._offset + position)
        while size > len(window) < wanted:
            more = os.pread(
                self._descriptor, wanted - len(window), self._offset + position + len(window)
            )
            if not more:
                break
            window += more
        return window, position

    def piece(self, position: int, most: int) -> bytes:
        """Read up to `PIECE_BYTES`."""
        wanted = min(most, PIECE_BYTES, self._size - position)
        return os.pread(self._descriptor, wanted, self._offset + position) if wanted > 0 else b""

    def ends_before(self, position: int) -> bool:
        """Whether the part is shorter."""
        return self._size < position


class StreamTape:
    """Pieces of bytes as they come; one piece is held at a time."""

    def __init__(self, pieces: Iterator[bytes]) -> None:
        self._pieces = filter(None, pieces)  # none of no bytes: that would be the end
        self._piece = b""
        self._start = 0

    def at(self, position: int, size: int) -> tuple[bytes, int]:
        """Pull pieces up to the position."""
        while position >= self._start + len(self._piece):
            if not self._pull():
                return b"", position
        missing = position + size - self._start - len(self._piece)
        if missing <= 0:
            return self._piece, self._start
        parts = [self._piece[position - self._start :]]
        self._start = position
        while missing > 0:
            piece = next(self._pieces, b"")
            if not piece:
                break
            parts.append(piece)
            missing -= len(piece)
        self._piece = b"".join(parts)
        return self._piece, position

    def piece(self, position: int, most: int) -> bytes:
        """What is left of the piece at hand, or the next."""
        window, start = self.at(position, 1)
        place = position - start
        return window if not place and len(window) <= most else window[place : place + most]

    def ends_before(self, position: int) -> bool:
        """Whether the pieces ended before."""
        return self._start + len(self._piece) < position

    def drain(self) -> None:
        """Read to the end, so that counters and digests see all pieces."""
        while self._pull():
            pass

    def _pull(self) -> bool:
        self._start += len(self._piece)
        self._piece = next(self._pieces, b"")
        return bool(self._piece)


def pieces_of(tape: Tape, position: int, size: int) -> Iterator[bytes]:
    """`size` bytes of a tape from a position on, in pieces; fewer only where the tape ends."""
    end = position + size
    while position < end:
        piece = tape.piece(position, end - position)
        if not piece:
            return
        yield piece
        position += len(piece)


def bytes_of(tape: Tape, position: int, size: int) -> bytes:
    """`size` bytes of a tape from a position on, to be small; fewer only where the tape ends."""
    return b"".join(pieces_of(tape, position, size))


def _proof(file: FileTape, stream: StreamTape) -> tuple[Tape, Tape]:
    return file, stream
