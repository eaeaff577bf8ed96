"""Engines that drip, that never end an answer, or that answer with something else."""

from __future__ import annotations

import contextlib
import itertools
import socketserver
import threading
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path

import pytest

from runner.engine import defaults
from runner.engine.docker import client, messages, patience

LIMIT_S = 0.3
"""What the tests give a call instead of a minute."""
MOST_S = 20.0
"""What all of a call takes at most, on a slow machine too; no fault here ends by itself."""

HEAD = b"HTTP/1.1 200 OK\r\nConnection: close\r\nContent-Type: application/json\r\n"
PLAIN = HEAD + b"\r\n"
CHUNKED = HEAD + b"Transfer-Encoding: chunked\r\n\r\n"
VERSION = b'{"ApiVersion": "1.41", "Version": "20.10.24"}'
INSPECTED = b'{"Id": "sha256:1", "Size": 0, "RootFS": {"Layers": ["sha256:2"]}}'


def said(body: bytes) -> bytes:
    return HEAD + b"Content-Length: %d\r\n\r\n" % len(body) + body


def chunk(data: bytes) -> bytes:
    return b"%x\r\n%s\r\n" % (len(data), data)


class Engine:
    """Answers as one that is well, but for the requests whose path ends so."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self.faulty = ""
        self.fault: Callable[[], Iterable[bytes]] = list
        self.others: dict[str, Callable[[], Iterable[bytes]]] = {}
        """Further answers, by the end of the path."""
        self.over = threading.Event()

    @property
    def address(self) -> str:
        return f"unix://{self.path.absolute()}"

    def answer(self, path: str) -> Iterable[bytes]:
        if self.faulty and path.partition("?")[0].endswith(self.faulty):
            return self.fault()
        for end, give in self.others.items():
            if path.partition("?")[0].endswith(end):
                return give()
        if path.endswith("/_ping"):
            return [said(b"OK")]
        return [said(INSPECTED if path.endswith("/json") else VERSION)]

    def drip(self, data: Iterable[bytes]) -> Iterator[bytes]:
        """One piece every tenth of a second: none is ever waited for as long as a call may be."""
        for piece in data:
            yield piece
            if self.over.wait(0.1):
                return


class _Quiet:
    daemon_threads = True

    def handle_error(self, *_: object) -> None:
        """A client that went away."""


class UnixServer(_Quiet, socketserver.ThreadingUnixStreamServer):
    """On a socket."""


class TcpServer(_Quiet, socketserver.ThreadingTCPServer):
    """On a port of this machine."""


def handler_of(engine: Engine) -> type[socketserver.StreamRequestHandler]:
    """Answers each connection once, and closes it."""

    class Handler(socketserver.StreamRequestHandler):
        def handle(self) -> None:
            asked = self.rfile.readline().split()
            while self.rfile.readline().strip():
                pass
            with contextlib.suppress(OSError):
                for piece in engine.answer(asked[1].decode()):
                    self.wfile.write(piece)

    return Handler


@contextlib.contextmanager
def served(server: socketserver.BaseServer, engine: Engine) -> Iterator[Engine]:
    """The engine, as long as it answers."""
    with server:
        threading.Thread(target=server.serve_forever, args=(0.02,), daemon=True).start()
        yield engine
        engine.over.set()
        server.shutdown()


def impatient(monkeypatch: pytest.MonkeyPatch) -> None:
    """Give calls little time, and answers little room."""
    for module in (defaults, client):
        monkeypatch.setattr(module, "CALL_TIMEOUT_S", LIMIT_S)
    monkeypatch.setattr("runner.engine.docker.images.PULL_TIMEOUT_S", LIMIT_S)
    for module in (patience, messages):
        monkeypatch.setattr(module, "JSON_LIMIT_BYTES", 1 << 20)


def bytes_of(text: bytes) -> Iterator[bytes]:
    return (bytes([byte]) for byte in itertools.chain(text, itertools.repeat(32)))


def dripped_head(engine: Engine) -> Iterator[bytes]:
    return engine.drip(bytes_of(HEAD + b"X: "))


def dripped_body(engine: Engine) -> Iterator[bytes]:
    return itertools.chain([PLAIN], engine.drip(bytes_of(b"{")))


def dripped_length(engine: Engine) -> Iterator[bytes]:
    begun = HEAD + b"Content-Length: 100000\r\n\r\n"
    return itertools.chain([begun], engine.drip(bytes_of(b"{")))


def dripped_chunks(engine: Engine) -> Iterator[bytes]:
    return itertools.chain([CHUNKED], engine.drip(map(chunk, bytes_of(b"{"))))


def dripped_error(engine: Engine) -> Iterator[bytes]:
    begun = b"HTTP/1.1 500 Internal Server Error\r\n\r\n"
    return itertools.chain([begun], engine.drip(bytes_of(b'{"message": "')))


def endless(engine: Engine) -> Iterator[bytes]:
    piece = b" " * 65536
    return itertools.chain(
        [PLAIN + b'{"a": "'],
        itertools.takewhile(lambda _: not engine.over.is_set(), itertools.repeat(piece)),
    )


def endless_chunks(engine: Engine) -> Iterator[bytes]:
    piece = chunk(b" " * 65536)
    return itertools.chain(
        [CHUNKED + chunk(b'{"a": "')],
        itertools.takewhile(lambda _: not engine.over.is_set(), itertools.repeat(piece)),
    )


def huge_chunk(engine: Engine) -> Iterator[bytes]:
    piece = b" " * 65536
    return itertools.chain(
        [CHUNKED + b"7fffffffffff\r\n"],
        itertools.takewhile(lambda _: not engine.over.is_set(), itertools.repeat(piece)),
    )


def endless_error(engine: Engine) -> Iterator[bytes]:
    begun = b"HTTP/1.1 500 Internal Server Error\r\n\r\n"
    return itertools.chain([begun], itertools.islice(endless(engine), 1, None))


def deep(_: Engine) -> Iterator[bytes]:
    yield said(b"[" * 200_000)


SLOW = (dripped_head, dripped_body, dripped_length, dripped_chunks, dripped_error)
LONG = (endless, endless_chunks, huge_chunk, endless_error, deep)
