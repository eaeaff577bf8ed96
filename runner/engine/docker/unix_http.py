"""GET requests over a Unix socket, by the standard library's client.

A request says that it is HTTP/1.0: the answer then ends with the connection and comes in large
pieces, where a newer one comes in chunks of a few kilobytes, each to be taken apart.
"""

from __future__ import annotations

import http.client
from collections.abc import Iterator
from functools import partial
from http.client import HTTPException
from socket import AF_UNIX, socket
from typing import Any

from runner.engine.docker.patient_response import PatientResponse

_PIECE_BYTES = 1 << 20

AnswerError = HTTPException
"""What came back is not HTTP, or breaks off."""


class _Connection(http.client.HTTPConnection):
    _http_vsn = 10
    _http_vsn_str = "HTTP/1.0"

    def __init__(self, socket_path: str, path: str, timeout_s: float) -> None:
        super().__init__("localhost", timeout=timeout_s)
        self._socket_path = socket_path
        self.response_class: Any = partial(PatientResponse, path)

    def connect(self) -> None:
        self.sock = socket(AF_UNIX)
        self.sock.settimeout(self.timeout)
        self.sock.connect(self._socket_path)


class Request:
    """A request that was sent, and its answer; a context manager that closes the connection."""

    def __init__(self, socket_path: str, path: str, timeout_s: float) -> None:
        """Send it; raises `OSError` where nothing listens."""
        self._connection = _Connection(socket_path, path, timeout_s)
        self._response: http.client.HTTPResponse | None = None
        try:
            self._connection.request("GET", path)
        except BaseException:
            self._connection.close()
            raise

    def __enter__(self) -> Request:
        return self

    def __exit__(self, *_: object) -> None:
        if self._response is not None:
            self._response.close()
        self._connection.close()

    def status(self) -> int:
        """Wait for the answer and read up to its body; raises `AnswerError` or `OSError`."""
        return self._answer().status

    def body(self) -> bytes:
        """All of the answer's body; raises `AnswerError` or `OSError`."""
        return b"".join(self.pieces())

    def pieces(self) -> Iterator[bytes]:
        """The body piece by piece; raises `AnswerError` if it breaks off, or `OSError`."""
        answer = self._answer()
        if answer.length is None and not answer.chunked and "Content-Length" in answer.headers:
            raise HTTPException(f"{answer.headers['Content-Length'][:20]!r} is not a length")
        while piece := answer.read(_PIECE_BYTES):
            yield piece
        if answer.length:
            raise http.client.IncompleteRead(b"", answer.length)

    def _answer(self) -> http.client.HTTPResponse:
        if self._response is None:
            self._response = self._connection.getresponse()
        return self._response
