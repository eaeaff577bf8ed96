"""Bytes that a thread fetches or unpacks while others are looked at."""

from __future__ import annotations

import queue
import sys
import threading
from collections.abc import Iterator

_DEPTH = 8
_POLL_S = 0.2
_PATIENCE_S = 5.0
"""How long the end of the thread is waited for."""

_HAND_OVER_S = 0.0005
"""How long the thread waits for Python's lock when it has a piece: a tenth of what is usual, since
whoever sends the pieces waits too."""


class Ahead(Iterator[bytes]):
    """The same pieces, made by a thread a few pieces ahead of their use; `close` ends it early."""

    def __init__(self, pieces: Iterator[bytes]) -> None:
        self._pieces = pieces
        self._usual_s = sys.getswitchinterval()
        sys.setswitchinterval(min(self._usual_s, _HAND_OVER_S))
        self._queue: queue.Queue[bytes | BaseException | None] = queue.Queue(_DEPTH)
        self._closed = threading.Event()
        self._thread = threading.Thread(target=self._run, name="ahead", daemon=True)
        self._thread.start()

    def __next__(self) -> bytes:
        item = self._queue.get()
        if isinstance(item, bytes):
            return item
        self._queue.put(item)
        if item is None:
            raise StopIteration
        raise item

    def close(self) -> None:
        """Stop the thread; one that waits for somebody who sends nothing ends with that."""
        self._closed.set()
        self._thread.join(_PATIENCE_S)
        sys.setswitchinterval(self._usual_s)

    def _run(self) -> None:
        try:
            for piece in self._pieces:
                if not self._put(piece):
                    return
            self._put(None)
        except BaseException as error:  # noqa: BLE001 - raised again where the pieces are used
            self._put(error)

    def _put(self, item: bytes | BaseException | None) -> bool:
        while not self._closed.is_set():
            try:
                self._queue.put(item, timeout=_POLL_S)
            except queue.Full:
                continue
            return True
        return False
