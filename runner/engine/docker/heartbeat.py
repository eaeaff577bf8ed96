"""Whether an engine answers while it builds: one that was silent for seconds did not build either.

A machine that swaps, a daemon that was stopped, a disk that hangs: the build goes on afterwards and
is right, but its time is not that of the Dockerfile.
"""

from __future__ import annotations

import threading
import time
from typing import Self

from runner.engine.docker.sockets import UNIX
from runner.engine.docker.unix_http import AnswerError, Request

SILENT_S = 3.0
"""From here on a silence is too long for a time to be believed; a busy engine answers sooner."""

_INTERVAL_S = 0.5
_PATIENCE_S = 1.0


class Heartbeat:
    """Asks an engine behind a Unix socket again and again; of any other nothing is known."""

    def __init__(self, address: str) -> None:
        self._path = address.removeprefix(UNIX) if address.startswith(UNIX) else ""
        self._over = threading.Event()
        self._thread = threading.Thread(target=self._listen, daemon=True)
        self._heard_s = 0.0
        self._longest_s = 0.0

    @property
    def silent_s(self) -> float:
        """The longest that it gave no answer, in seconds; 0 if that was never long."""
        return self._longest_s if self._longest_s >= SILENT_S else 0.0

    def __enter__(self) -> Self:
        self._heard_s = time.monotonic()
        if self._path:
            self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._over.set()
        if self._path:
            self._thread.join()
            self._note_silence()

    def _listen(self) -> None:
        while not self._over.wait(_INTERVAL_S):
            answered = self._is_answered()
            self._note_silence()
            if answered:
                self._heard_s = time.monotonic()

    def _note_silence(self) -> None:
        waited_s = time.monotonic() - self._heard_s - _INTERVAL_S
        self._longest_s = max(self._longest_s, waited_s)

    def _is_answered(self) -> bool:
        try:
            with Request(self._path, "/_ping", _PATIENCE_S) as request:
                return request.status() == 200
        except (OSError, AnswerError):
            return False
