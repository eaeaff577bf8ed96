"""sha256 digests beside the reading: hashlib lets go of Python's lock, so threads do them."""

from __future__ import annotations

import os
import threading
from collections import deque
from collections.abc import Callable, Iterator
from functools import cached_property, partial
from types import TracebackType
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from runner.image.readers.workers import Task, Workers

_READ_BYTES = 4 << 20
"""What is read and digested at a time: a thread waits for Python's lock twice in it."""

_MOST_THREADS = 8
"""Two for each processor, up to so many: of few large layers the last one is not left over to one
thread while other processors are idle."""

_AHEAD = 16

Digest = Callable[[], str]
"""Gives `sha256:…`, waiting for it if need be."""


class Digests:
    """Threads that digest while the image is read; leaving the block stops them.

    There are none, nor is anything imported for them, until something is to be digested.
    """

    def __init__(self) -> None:
        self._pools: list[Workers] = []
        self._stopped = threading.Event()

    @cached_property
    def _parts(self) -> Workers:
        return self._pool(min(_MOST_THREADS, 2 * (os.cpu_count() or 1)), "digest")

    @cached_property
    def _streams(self) -> Workers:
        return self._pool(1, "digest-stream")

    def _pool(self, workers: int, name: str) -> Workers:
        from runner.image.readers.workers import Workers

        self._pools.append(Workers(workers, name))
        return self._pools[-1]

    def __enter__(self) -> Digests:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._stopped.set()
        for pool in self._pools:
            pool.stop()

    def of_part(self, descriptor: int, offset: int, size: int) -> Digest:
        """The digest of a part of an open file."""
        return self._parts.submit(partial(self._part, descriptor, offset, size)).result

    def of_stream(self, pieces: Iterator[bytes]) -> tuple[Iterator[bytes], Digest]:
        """The same pieces, and the digest of them all; to be asked for after the last piece."""
        import hashlib

        summed = hashlib.sha256()
        running: deque[Task[None]] = deque()

        def passed_on() -> Iterator[bytes]:
            for piece in pieces:
                running.append(self._streams.submit(partial(summed.update, piece)))
                if len(running) > _AHEAD:
                    running.popleft().result()
                yield piece

        def digest() -> str:
            while running:
                running.popleft().result()
            return f"sha256:{summed.hexdigest()}"

        return passed_on(), digest

    def _part(self, descriptor: int, offset: int, size: int) -> str:
        import hashlib

        summed = hashlib.sha256()
        buffer = memoryview(bytearray(min(size, _READ_BYTES)))
        end = offset + size
        while offset < end and not self._stopped.is_set():
            count = os.preadv(descriptor, [buffer[: min(len(buffer), end - offset)]], offset)
            if not count:
                break
            summed.update(buffer[:count])
            offset += count
        return f"sha256:{summed.hexdigest()}"
