"""GET requests over a Unix socket in the few words of HTTP that they need.

The standard library's client takes longer to import (mail headers, TLS) than a small image takes to
read. A request says that it is HTTP/1.0: the answer then ends with the connection and comes in
large pieces, where a newer one comes in chunks of a few kilobytes, each to be taken apart.
"""

from __future__ import annotations

import socket
from collections.abc import Iterator
from types import TracebackType

_PIECE_BYTES = 1 << 20
_LONGEST_LINE = 1 << 16
_MOST_HEADERS = 100


class AnswerError(Exception):
    """What came back is no HTTP, or breaks off."""


class Request:
    """A request that was sent, and its answer; a context manager that closes the connection."""

    def __init__(self, socket_path: str, path: str, timeout_s: float) -> None:
        """Send it; raises `OSError` where nothing listens."""
        self._socket = socket.socket(socket.AF_UNIX)
        try:
            self._socket.settimeout(timeout_s)
            self._socket.connect(socket_path)
            self._socket.sendall(f"GET {path} HTTP/1.0\r\nHost: localhost\r\n\r\n".encode("ascii"))
            self._stream = self._socket.makefile("rb")
        except BaseException:
            self._socket.close()
            raise
        self._headers: dict[str, str] = {}

    def __enter__(self) -> Request:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._stream.close()
        self._socket.close()

    def status(self) -> int:
        """Wait for the answer and read up to its body; raises `AnswerError` or `OSError`."""
        version, _, said = self._line().partition(" ")
        status = said.partition(" ")[0]
        if not version.startswith("HTTP/1.") or not (status.isascii() and status.isdigit()):
            raise AnswerError("no HTTP")
        while line := self._line():
            name, _, value = line.partition(":")
            self._headers[name.lower()] = value.strip()
            if len(self._headers) > _MOST_HEADERS:
                raise AnswerError("more headers than any engine sends")
        return int(status)

    def body(self) -> bytes:
        """All of the answer's body; raises `AnswerError` or `OSError`."""
        return b"".join(self.pieces())

    def pieces(self) -> Iterator[bytes]:
        """The body piece by piece; raises `AnswerError` if it breaks off, or `OSError`."""
        length = self._headers.get("content-length")
        if self._headers.get("transfer-encoding", "").lower() == "chunked":
            yield from self._chunks()
        elif length is None:
            yield from self._to_the_end()
        else:
            yield from self._exactly(_number(length, 10))

    def _to_the_end(self) -> Iterator[bytes]:
        """Whole pieces, each by one call of the kernel: a thread that reads them waits for Python's
        lock once for each, and the engine with it. The time-out is the kernel's then."""
        if piece := self._stream.read1(_PIECE_BYTES):
            yield piece
        timeval = _timeval(self._socket.gettimeout() or 0)
        self._socket.settimeout(None)
        self._socket.setsockopt(socket.SOL_SOCKET, socket.SO_RCVTIMEO, timeval)
        while piece := self._socket.recv(_PIECE_BYTES, socket.MSG_WAITALL):
            yield piece

    def _chunks(self) -> Iterator[bytes]:
        """What servers send that take no notice of the version."""
        while size := _number(self._line().partition(";")[0], 16):
            yield from self._exactly(size)
            self._line()

    def _exactly(self, left: int) -> Iterator[bytes]:
        while left:
            piece = self._stream.read(min(left, _PIECE_BYTES))
            if not piece:
                raise AnswerError("it breaks off")
            left -= len(piece)
            yield piece

    def _line(self) -> str:
        line = self._stream.readline(_LONGEST_LINE)
        if not line.endswith(b"\n"):
            raise AnswerError("it breaks off inside a line")
        return line.rstrip(b"\r\n").decode("latin-1")


def _timeval(seconds: float) -> bytes:
    """A time-out as the kernel takes it; 0 is none."""
    import struct  # only for exports

    return struct.pack("@ll", int(seconds), int(seconds % 1 * 1_000_000))


def _number(text: str, base: int) -> int:
    """A length; raises `AnswerError` for what is none."""
    try:
        number = int(text.strip(), base)
    except ValueError:
        number = -1
    if number < 0:
        raise AnswerError(f"{text[:20]!r} is not a length")
    return number
