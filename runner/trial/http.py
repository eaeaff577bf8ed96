"""One HTTP request over a socket that is connected already, with a limit on the whole of it."""

from __future__ import annotations

import contextlib
import http.client
import socket
import threading
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from urllib.parse import quote, urljoin, urlsplit

REDIRECTS = (301, 302, 303, 307, 308)

_PLAIN = "".join(chr(number) for number in range(0x21, 0x7F))
"""What a path may hold as it is."""

ANSWER_LIMIT_BYTES = 64 << 20
"""An answer larger than this is an error: it would be compared in memory."""


@dataclass(frozen=True)
class HttpRequest:
    """What is asked for."""

    method: str
    path: str
    body: bytes | None = None
    headers: Mapping[str, str] = field(default_factory=dict)

    def __str__(self) -> str:
        return f"{self.method} {self.path}"


@dataclass(frozen=True)
class HttpAnswer:
    """What came back."""

    status: int
    body: bytes
    location: str = ""
    """Where a redirect leads; empty for none."""

    @property
    def is_success(self) -> bool:
        """Whether the status is one of 200 to 299."""
        return 200 <= self.status < 300


def exchange(connection: socket.socket, request: HttpRequest, timeout_s: float) -> HttpAnswer:
    """Send the request and read the whole answer; closes the connection.

    Raises `TimeoutError` when that takes longer than `timeout_s` in total, however steadily the
    other side drips, and `OSError` or `http.client.HTTPException` for a connection that breaks off
    or an answer that is not HTTP.
    """
    with connection, _cut_off(connection, timeout_s) as expired:
        try:
            return _exchange(connection, request, timeout_s)
        except (OSError, http.client.HTTPException) as error:
            # The socket has the same patience: on a busy machine it may be the first to lose it.
            if expired.is_set() or isinstance(error, TimeoutError):
                raise TimeoutError(f"no full answer within {timeout_s:g} s") from error
            raise


def _exchange(connection: socket.socket, request: HttpRequest, timeout_s: float) -> HttpAnswer:
    connection.settimeout(timeout_s)
    client = http.client.HTTPConnection("localhost", timeout=timeout_s)
    client.sock = connection
    headers = {"Connection": "close", "Accept": "application/json", **request.headers}
    client.request(request.method, request.path, request.body, headers)
    response = client.getresponse()
    body = response.read(ANSWER_LIMIT_BYTES + 1)
    if len(body) > ANSWER_LIMIT_BYTES:
        raise http.client.HTTPException(f"the answer is larger than {ANSWER_LIMIT_BYTES} bytes")
    if response.length:
        raise http.client.IncompleteRead(body, response.length)
    return HttpAnswer(response.status, body, response.getheader("Location", ""))


def follow(
    connect: Callable[[], socket.socket], request: HttpRequest, timeout_s: float, most: int
) -> HttpAnswer:
    """As `exchange`, and at most so many redirects within the same service after it, each of which
    is asked for with GET; `connect` makes a connection.

    Raises `http.client.HTTPException` for one that leads elsewhere, and for one too many.
    """
    answer = exchange(connect(), request, timeout_s)
    for _ in range(most):
        if answer.status not in REDIRECTS or not answer.location:
            return answer
        request = HttpRequest("GET", _path_of(answer.location, request.path))
        answer = exchange(connect(), request, timeout_s)
    if most and answer.status in REDIRECTS:
        raise http.client.HTTPException(f"more than {most} redirects, the last to {request.path}")
    return answer


def _path_of(location: str, path: str) -> str:
    """The path that a redirect leads to, seen from another path of the service; what no request can
    hold is encoded, as browsers do it."""
    try:
        target = urlsplit(urljoin(path, location))
    except ValueError as error:
        raise http.client.HTTPException(f"it redirects to {location!a}: {error}") from error
    if target.hostname not in (None, "localhost", "127.0.0.1"):
        raise http.client.HTTPException(f"it redirects to {target.hostname}, which is elsewhere")
    found = (target.path or "/") + (f"?{target.query}" if target.query else "")
    return quote(found, _PLAIN, "latin-1", "replace")  # http.client reads headers as Latin-1


@contextlib.contextmanager
def _cut_off(connection: socket.socket, after_s: float) -> Iterator[threading.Event]:
    """Shut the connection down when the time is over, and say so."""
    expired = threading.Event()

    def cut() -> None:
        expired.set()
        with contextlib.suppress(OSError):
            connection.shutdown(socket.SHUT_RDWR)

    timer = threading.Timer(after_s, cut)
    timer.daemon = True
    timer.start()
    try:
        yield expired
    finally:
        timer.cancel()
