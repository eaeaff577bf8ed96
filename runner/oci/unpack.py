"""Layers as they are stored: plain, gzip or zstandard → the pieces of their tarball."""

from __future__ import annotations

import zlib
from collections.abc import Iterator
from enum import Enum
from typing import Any

from runner.model.entries import Limits
from runner.oci.damage import DamagedError, LimitError
from runner.oci.headers import BLOCK, checks
from runner.oci.iterator_io import pulled
from runner.oci.zstandard_frames import whole_frames

_PIECE_BYTES = 1 << 20
_GZIP_WINDOW = 31
_TOO_LARGE = "requires too much memory"
"""In zstandard's message about a window; its errors have no other mark."""

_PACK_AGAIN = "pack it again without --long (docs/archives.md has the limits)"
_ZSTANDARD_SKIPPED = tuple(bytes([low]) + b"\x2a\x4d\x18" for low in range(0x50, 0x60))


class Packing(Enum):
    """How a blob is stored."""

    plain = ""
    gzip = "gzip"
    zstandard = "zstd"
    unknown = "unknown"


def packing_of(head: bytes) -> Packing:
    """What a blob is, from its first 512 bytes; `plain` is a tarball, an empty one included."""
    if head.startswith(b"\x1f\x8b"):
        return Packing.gzip
    if head.startswith((b"\x28\xb5\x2f\xfd", *_ZSTANDARD_SKIPPED)):
        return Packing.zstandard
    if not any(head) or (len(head) >= BLOCK and checks(head[:BLOCK])):
        return Packing.plain
    return Packing.unknown


def unpacked(pieces: Iterator[bytes], packing: Packing) -> Iterator[bytes]:
    """The unpacked bytes, at most 1 MiB at a time; raises `DamagedError` for damaged ones,
    `LimitError` for a zstandard stream that needs a window beyond the limit `window_bytes`."""
    if packing is Packing.gzip:
        return _gunzip(pieces)
    if packing is Packing.zstandard:
        return _unzstd(pieces)
    return pieces


def _gzip_library() -> Any:
    """zlib-ng is twice as fast; zlib where it does not exist for the machine."""
    try:
        from zlib_ng import zlib_ng
    except ImportError:
        return zlib
    return zlib_ng


def _gunzip(pieces: Iterator[bytes]) -> Iterator[bytes]:
    """Member after member; zeros between or behind them are padding."""
    library = _gzip_library()
    stream = None
    try:
        for piece in pieces:
            rest = piece
            full = False
            while rest or full:
                if stream is None:
                    rest = rest.lstrip(b"\0")
                    if not rest:
                        break
                    stream = library.decompressobj(wbits=_GZIP_WINDOW)
                content = stream.decompress(rest, _PIECE_BYTES)
                full = len(content) == _PIECE_BYTES
                rest = stream.unused_data if stream.eof else stream.unconsumed_tail
                if stream.eof:
                    stream, full = None, False
                if content:
                    yield content
    except library.error as error:
        raise DamagedError(f"its gzip stream is damaged ({error})") from error
    if stream is not None:
        raise DamagedError("its gzip stream is cut off")


def _unzstd(pieces: Iterator[bytes]) -> Iterator[bytes]:
    """Frame after frame, skippable ones included."""
    import zstandard

    most_bytes = Limits().window_bytes
    unpacker = zstandard.ZstdDecompressor(max_window_size=most_bytes)
    try:
        with unpacker.stream_reader(
            pulled(whole_frames(pieces)),
            read_size=_PIECE_BYTES >> 2,
            read_across_frames=True,
            closefd=False,
        ) as stream:
            while content := stream.read(_PIECE_BYTES):
                yield content
    except zstandard.ZstdError as error:
        if _TOO_LARGE in str(error):
            raise LimitError("window_bytes", most_bytes, "zstandard", _PACK_AGAIN) from error
        raise DamagedError(f"its zstandard stream is damaged ({error})") from error
