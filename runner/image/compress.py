"""How many bytes a layer has when a registry stores it: gzip, on all processors.

Docker engines compress a layer with the gzip of Go's standard library at its default level. On
three layers (Python packages, a standard library, executables: 446 MB) pushed to a registry,
zlib-ng at level 6 came within 0.15 % of what the registry stored, at twice the speed of zlib, whose
level 6 came out 0.9 to 2.8 % smaller. Blocks add less than 0.2 %.
"""

from __future__ import annotations

import os
import zlib
from collections import deque
from collections.abc import Callable
from typing import TYPE_CHECKING

from msgspec import Struct

if TYPE_CHECKING:
    from concurrent.futures import Executor, Future

LEVEL = 6

BLOCK_BYTES = 1 << 20
"""What one thread compresses at a time; each block knows the 32 KiB before it, as pigz does it."""

FRAME_BYTES = 18
"""Header and trailer of a gzip file."""

_WINDOW_BYTES = 1 << 15
_RAW = -15

Deflate = Callable[[bytes, bytes, bool], bytes]
"""A block, what came before it, whether it is the last → the block as a raw deflate stream."""

Sink = Callable[[bytes], object]
"""Takes the pieces of a raw deflate stream in order."""


class Compressor(Struct, frozen=True):
    """A deflate implementation and its name for records, with version and level."""

    name: str
    deflate: Deflate


def _zlib(block: bytes, before: bytes, last: bool) -> bytes:
    strategy = zlib.Z_DEFAULT_STRATEGY
    stream = zlib.compressobj(LEVEL, zlib.DEFLATED, _RAW, 8, strategy, before)
    end = zlib.Z_FINISH if last else zlib.Z_SYNC_FLUSH
    return stream.compress(block) + stream.flush(end)


def stdlib() -> Compressor:
    """zlib, where zlib-ng does not exist for the machine."""
    return Compressor(f"zlib {zlib.ZLIB_RUNTIME_VERSION} level {LEVEL}", _zlib)


def best() -> Compressor:
    """zlib-ng, else zlib."""
    try:
        from zlib_ng import zlib_ng
    except ImportError:
        return stdlib()

    def deflate(block: bytes, before: bytes, last: bool) -> bytes:
        strategy = zlib_ng.Z_DEFAULT_STRATEGY
        stream = zlib_ng.compressobj(LEVEL, zlib_ng.DEFLATED, _RAW, 8, strategy, before)
        end = zlib_ng.Z_FINISH if last else zlib_ng.Z_SYNC_FLUSH
        return bytes(stream.compress(block) + stream.flush(end))

    return Compressor(f"zlib-ng {zlib_ng.ZLIBNG_RUNTIME_VERSION} level {LEVEL}", deflate)


class CompressedSize:
    """Compresses one stream block after block, several at a time, and counts the bytes."""

    def __init__(self, compressor: Compressor, threads: Threads, sink: Sink | None = None) -> None:
        self._deflate = compressor.deflate
        self._threads = threads
        self._sink = sink
        self._running: deque[Future[bytes]] = deque()
        self._before = b""
        self._bytes = FRAME_BYTES

    def add(self, block: bytes) -> None:
        """Take the next block; waits while more blocks are under way than there are threads for."""
        self._submit(block, last=False)
        while len(self._running) > self._threads.ahead:
            self._collect()

    def finish(self) -> int:
        """Bytes of the whole stream as a gzip file."""
        self._submit(b"", last=True)
        while self._running:
            self._collect()
        return self._bytes

    def _submit(self, block: bytes, last: bool) -> None:
        self._running.append(self._threads.pool.submit(self._deflate, block, self._before, last))
        self._before = (self._before + block)[-_WINDOW_BYTES:]

    def _collect(self) -> None:
        piece = self._running.popleft().result()
        self._bytes += len(piece)
        if self._sink is not None:
            self._sink(piece)


class Threads:
    """A pool with one thread per processor; the compressors let go of Python's lock."""

    def __init__(self, count: int | None = None) -> None:
        from concurrent.futures import ThreadPoolExecutor  # not for those who only ask the cache

        count = count or os.cpu_count() or 1
        self.ahead = 2 * count
        self.pool: Executor = ThreadPoolExecutor(count, thread_name_prefix="compress")

    def __enter__(self) -> Threads:
        return self

    def __exit__(self, *_: object) -> None:
        self.pool.shutdown(cancel_futures=True)
