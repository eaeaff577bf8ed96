"""An HTTP answer that is read with patience for all of it, over whatever kind of socket."""

from __future__ import annotations

import io
import time
from http import HTTPStatus
from http.client import HTTPResponse
from socket import socket
from typing import Any

from runner.engine.defaults import PULL_TIMEOUT_S
from runner.engine.docker.patience import Patience, patience_for, patience_for_error


class _PatientFile(io.RawIOBase):
    """What comes from a socket, which may be one of TLS; its reads share one patience."""

    def __init__(self, raw: io.RawIOBase, connected: socket, patience: Patience) -> None:
        self.patience = patience
        self._raw = raw
        self._sock = connected  # The SDK looks for it by this name.

    def readable(self) -> bool:
        return True

    def fileno(self) -> int:
        return self._raw.fileno()

    def readinto(self, buffer: Any) -> int | None:
        patience = self.patience
        if patience.left_s <= 0:
            raise patience.over()
        self._sock.settimeout(patience.left_s)
        begun_s = time.monotonic()
        try:
            count: int | None = self._raw.readinto(buffer)
        except TimeoutError as error:
            raise patience.over() from error
        patience.take(count or 0, time.monotonic() - begun_s)
        return count

    def close(self) -> None:
        self._raw.close()
        super().close()


class PatientResponse(HTTPResponse):
    """The answer to a request for a path; the socket's own limit is that of the whole answer."""

    def __init__(self, path: str, connected: socket, *arguments: Any, **settings: Any) -> None:
        """Read nothing yet."""
        super().__init__(connected, *arguments, **settings)
        self._limit_s = connected.gettimeout() or float(PULL_TIMEOUT_S)
        raw: Any = self.fp.detach()
        self._file = _PatientFile(raw, connected, patience_for(path, self._limit_s))
        self.fp = io.BufferedReader(self._file)

    def begin(self) -> None:
        """Read up to the body; what then follows may be the reason why there is no other answer."""
        super().begin()
        if self.status >= HTTPStatus.BAD_REQUEST:
            self._file.patience = patience_for_error(self._limit_s)
