"""sha256 digests next to the reading: hashlib lets go of Python's lock, so threads do them."""

from __future__ import annotations

import os
import sys
import threading
from collections import deque
from collections.abc import Callable, Iterator
from functools import cached_property
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from concurrent.futures import Future, ThreadPoolExecutor

_READ_BYTES = 2 << 20
"""What is read and digested at a time: a thread waits for Python's lock twice in it."""

_MOST_THREADS = 8
"""Two for each processor, up to so many: of few large layers the last one is not left over to one
thread while other processors are idle."""

_AHEAD = 16

_HAND_OVER_S = 0.0005
"""How long a digesting thread waits for Python's lock, which it needs for microseconds between two
pieces: with the usual 5 ms the threads idle most of the time, and 1 GB takes twice as long."""

Digest = Callable[[], str]
"""Gives `sha256:…`, waiting for it if need be."""


class Digests:
    """Threads that digest while the image is read; leaving the block stops them.

    There are none, nor is anything imported for them, before something is to be digested: nothing
    of an image in an engine's directories is.
    """

    def __init__(self) -> None:
        self._pools: list[ThreadPoolExecutor] = []
        self._stopped = threading.Event()
        self._usual_s = sys.getswitchinterval()

    @cached_property
    def _parts(self) -> ThreadPoolExecutor:
        return self._pool(min(_MOST_THREADS, 2 * (os.cpu_count() or 1)), "digest")

    @cached_property
    def _streams(self) -> ThreadPoolExecutor:
        return self._pool(1, "digest-stream")

    def _pool(self, threads: int, name: str) -> ThreadPoolExecutor:
        from concurrent.futures import ThreadPoolExecutor

        self._pools.append(ThreadPoolExecutor(threads, name))
        return self._pools[-1]

    def __enter__(self) -> Digests:
        sys.setswitchinterval(min(self._usual_s, _HAND_OVER_S))
        return self

    def __exit__(self, *_: object) -> None:
        self._stopped.set()
        for pool in self._pools:
            pool.shutdown(cancel_futures=True)
        sys.setswitchinterval(self._usual_s)

    def of_part(self, descriptor: int, offset: int, size: int) -> Digest:
        """The digest of a part of an open file."""
        return self._parts.submit(self._part, descriptor, offset, size).result

    def of_stream(self, pieces: Iterator[bytes]) -> tuple[Iterator[bytes], Digest]:
        """The same pieces, and the digest of them all; to be asked for after the last piece."""
        import hashlib

        summed = hashlib.sha256()
        running: deque[Future[None]] = deque()

        def passed_on() -> Iterator[bytes]:
            for piece in pieces:
                running.append(self._streams.submit(summed.update, piece))
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
