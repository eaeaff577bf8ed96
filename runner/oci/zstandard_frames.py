"""Whether a zstandard stream ends where a frame does: the library takes a stream that is cut off
for one that has ended. Only headers are looked at (RFC 8878, section 3)."""

from __future__ import annotations

from collections.abc import Iterator

from runner.oci.damage import DamagedError

_MAGIC = b"\x28\xb5\x2f\xfd"
_SKIPPED = b"\x2a\x4d\x18"
_ID_BYTES = (0, 1, 2, 4)
_CONTENT_SIZE_BYTES = (0, 2, 4, 8)
_RUN_LENGTH = 1
"""The type of a block that holds one byte, whatever size it says."""


def whole_frames(pieces: Iterator[bytes]) -> Iterator[bytes]:
    """The same pieces; raises `DamagedError` behind the last one if they end inside a frame."""
    frames = _Frames()
    for piece in pieces:
        frames.take(piece)
        yield piece
    if frames.inside:
        raise DamagedError("its zstandard stream is cut off")


class _Frames:
    """Follows a stream from header to header; what is no frame is left to the library."""

    def __init__(self) -> None:
        self._next = self._magic
        """What reads the next header."""
        self._wanted = len(_MAGIC)
        self._seen = b""
        self._skipped = 0
        """Bytes until that header."""
        self._checksum_bytes = 0
        self._known = True

    @property
    def inside(self) -> bool:
        """Whether the stream goes on, as far as it is known."""
        between = self._next == self._magic and not self._seen and not self._skipped
        return self._known and not between

    def take(self, piece: bytes) -> None:
        """The next bytes of the stream."""
        at = 0
        while self._known and at < len(piece):
            jump = min(self._skipped, len(piece) - at)
            self._skipped -= jump
            at += jump
            if self._skipped:
                return
            part = piece[at : at + self._wanted - len(self._seen)]
            self._seen += part
            at += len(part)
            if len(self._seen) == self._wanted:
                header, self._seen = self._seen, b""
                self._next(header)

    def _magic(self, header: bytes) -> None:
        if header == _MAGIC:
            self._next, self._wanted = self._descriptor, 1
        elif header[1:] == _SKIPPED and 0x50 <= header[0] < 0x60:
            self._next, self._wanted = self._skippable, 4
        else:
            self._known = False

    def _skippable(self, header: bytes) -> None:
        self._end(int.from_bytes(header, "little"))

    def _descriptor(self, header: bytes) -> None:
        (bits,) = header
        size, single = bits >> 6, bits >> 5 & 1
        self._checksum_bytes = 4 if bits >> 2 & 1 else 0
        content_size_bytes = _CONTENT_SIZE_BYTES[size] or single
        self._skipped = (1 - single) + _ID_BYTES[bits & 3] + content_size_bytes
        self._next, self._wanted = self._block, 3

    def _block(self, header: bytes) -> None:
        bits = int.from_bytes(header, "little")
        content_bytes = 1 if bits >> 1 & 3 == _RUN_LENGTH else bits >> 3
        if bits & 1:
            self._end(content_bytes + self._checksum_bytes)
        else:
            self._skipped = content_bytes

    def _end(self, left_bytes: int) -> None:
        self._skipped = left_bytes
        self._next, self._wanted = self._magic, len(_MAGIC)
