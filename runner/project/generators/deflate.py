"""The zlib format without compression: the same bytes from every version of every zlib."""

from __future__ import annotations

import zlib

_MOST_STORED = 0xFFFF


def stored(data: bytes) -> bytes:
    """`data` as a zlib stream (RFC 1950) of stored blocks (RFC 1951, section 3.2.4)."""
    starts = range(0, len(data), _MOST_STORED) if data else range(1)
    blocks = [_block(data[start : start + _MOST_STORED], start == starts[-1]) for start in starts]
    return b"\x78\x01" + b"".join(blocks) + zlib.adler32(data).to_bytes(4, "big")


def _block(data: bytes, is_last: bool) -> bytes:
    length = len(data)
    header = (length.to_bytes(2, "little"), (length ^ _MOST_STORED).to_bytes(2, "little"))
    return bytes([is_last]) + b"".join(header) + data
