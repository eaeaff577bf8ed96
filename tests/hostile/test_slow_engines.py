"""Engines that drip, that never end an answer, or that answer with something else: one line each,
in a time and a memory that are bounded."""

from __future__ import annotations

import contextlib
import itertools
import socketserver
import threading
import time
from collections.abc import Callable, Generator, Iterable, Iterator
from pathlib import Path
from typing import Any

import pytest

from runner.cli.main import main
from runner.engine import defaults
from runner.engine.docker import messages, patience
from runner.engine.docker.client import open_client
from runner.engine.docker.engine import DockerEngine
from runner.engine.docker.socket_images import SocketImages
from runner.engine.port import BuildRefusedError, BuildTimedOutError
from runner.model.engine import BuildRequest
from runner.model.errors import EngineError, ImageError

LIMIT_S = 0.3
"""What the tests give a call instead of a minute."""
MOST_S = 20.0
"""What all of a call takes at most, on a slow machine too; no fault here ends by itself."""

HEAD = b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\n"
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
        self.over = threading.Event()

    @property
    def address(self) -> str:
        return f"unix://{self.path.absolute()}"

    def answer(self, path: str) -> Iterable[bytes]:
        if self.faulty and path.partition("?")[0].endswith(self.faulty):
            return self.fault()
        if path.endswith("/_ping"):
            return [said(b"OK")]
        return [said(INSPECTED if path.endswith("/json") else VERSION)]

    def drip(self, data: Iterable[bytes]) -> Iterator[bytes]:
        """One piece every tenth of a second: none is ever waited for as long as a call may be."""
        for piece in data:
            yield piece
            if self.over.wait(0.1):
                return


class _Server(socketserver.ThreadingUnixStreamServer):
    daemon_threads = True


@pytest.fixture
def engine(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Engine]:
    for module in (defaults, __import__("runner.engine.docker.client", fromlist=["client"])):
        monkeypatch.setattr(module, "CALL_TIMEOUT_S", LIMIT_S)
    monkeypatch.setattr("runner.engine.docker.images.PULL_TIMEOUT_S", LIMIT_S)
    for module in (patience, messages):
        monkeypatch.setattr(module, "JSON_LIMIT_BYTES", 1 << 20)
    monkeypatch.chdir(tmp_path)
    found = Engine(Path("engine.sock"))

    class Handler(socketserver.StreamRequestHandler):
        def handle(self) -> None:
            asked = self.rfile.readline().split()
            with contextlib.suppress(OSError):
                for piece in found.answer(asked[1].decode()):
                    self.wfile.write(piece)

    with _Server(str(found.path), Handler) as server:
        threading.Thread(target=server.serve_forever, args=(0.02,), daemon=True).start()
        yield found
        found.over.set()
        server.shutdown()


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


def by_socket(engine: Engine) -> SocketImages:
    return SocketImages(engine.address)


def by_sdk(engine: Engine) -> DockerEngine:
    return DockerEngine(open_client(engine.address), engine.address)


def build(engine: Engine) -> list[Any]:
    request = BuildRequest(NoContext(), timeout_s=1.0)
    return list(by_sdk(engine).build_messages(request, {}))


class NoContext:
    def blocks(self) -> Generator[bytes]:
        yield from ()


CALLS: dict[str, tuple[str, Callable[[Engine], object]]] = {
    "inspect by socket": ("/json", lambda engine: by_socket(engine).inspect("a")),
    "history by socket": ("/history", lambda engine: by_socket(engine).history("a")),
    "export by socket": ("/get", lambda engine: last(by_socket(engine).export("a"))),
    "inspect": ("/json", lambda engine: by_sdk(engine).images.inspect("a")),
    "history": ("/history", lambda engine: by_sdk(engine).images.history("a")),
    "export": ("/get", lambda engine: last(by_sdk(engine).images.export("a"))),
    "find": ("/json", lambda engine: by_sdk(engine).images.find("a")),
    "containers": ("/containers/json", lambda engine: by_sdk(engine).containers.search("a")),
    "root": ("/export", lambda engine: last(by_sdk(engine).containers.export("a", 4096))),
    "info": ("/info", lambda engine: by_sdk(engine).info()),
    "pull": ("/images/create", lambda engine: last(by_sdk(engine).images.pull("a:1"))),
    "load": ("/images/load", lambda engine: last(by_sdk(engine).images.load([b"x"]))),
    "build": ("/build", build),
}
STREAMS = ("export by socket", "export", "root")
"""What may be as long as it likes."""


def last(pieces: Iterable[object]) -> object:
    return [piece for piece in itertools.islice(pieces, 10_000) if piece is None]


MAY_BE_LONG = {endless, endless_chunks, huge_chunk, deep}
DIFFERENT = ("inspect by socket", "export by socket", "inspect", "export", "pull", "build")
"""Calls of which no two take the same way."""


@pytest.mark.parametrize(
    ("call", "fault"),
    [
        (call, fault)
        for call, fault in itertools.product(CALLS, (*SLOW, *LONG))
        if (call not in STREAMS or fault not in MAY_BE_LONG)
        and (call in DIFFERENT or fault in (dripped_chunks, endless_chunks))
    ],
)
def test_no_answer_holds_a_call(
    engine: Engine, call: str, fault: Callable[[Engine], Iterable[bytes]]
) -> None:
    engine.faulty, ask = CALLS[call]
    engine.fault = lambda: fault(engine)
    begun_s = time.monotonic()
    with pytest.raises((EngineError, ImageError, BuildRefusedError, BuildTimedOutError)) as found:
        ask(engine)
    assert time.monotonic() - begun_s < MOST_S
    assert "\n" not in str(found.value)
    assert len(str(found.value)) < 1000


@pytest.mark.parametrize(
    "answer",
    [
        b"[]",
        b"null",
        b"1",
        b'{"Id": 1}',
        b'{"Id": "a", "RootFS": []}',
        b'{"Id": "a", "Size": "x"}',
        b'{"Id": "a", "RootFS": {"Layers": {"a": 1}}}',
        b'{"Id": "a", "Config": {"Env": "A=1"}}',
        b'{"Id": "a", "GraphDriver": {"Data": []}}',
        b'{"Id": "a", "Config": {"Healthcheck": []}}',
    ],
)
def test_an_answer_of_another_shape_is_named(engine: Engine, answer: bytes) -> None:
    engine.faulty, engine.fault = "/json", lambda: [said(answer)]
    for images in (by_socket(engine), by_sdk(engine).images):
        with pytest.raises(EngineError, match="something else than what was asked for"):
            images.inspect("a")


@pytest.mark.parametrize("fault", [dripped_body, endless, deep])
def test_inspect_ends_with_one_line(
    engine: Engine,
    fault: Callable[[Engine], Iterable[bytes]],
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    engine.faulty, engine.fault = "/json", lambda: fault(engine)
    monkeypatch.setenv("DOCKER_HOST", engine.address)
    assert main(["inspect", "a:1", "--engine", "existing"]) == 2
    (line,) = capsys.readouterr().err.splitlines()
    assert line.startswith(f"dockbench: the engine at {engine.address} stopped answering")


def test_patience_is_renewed_by_what_comes() -> None:
    kept = patience.Patience(10, renewed_by_bytes=100)
    for _ in range(5):
        kept.take(60, waited_s=6)
        kept.take(60, waited_s=3)
        assert kept.left_s == 10
    kept.take(99, waited_s=9)
    assert kept.left_s == 1


def test_messages_are_split_wherever_they_are_cut() -> None:
    written = b'{"a": 1}\r\n\n[1]\n{"b": "' + b"x" * 100 + b'"}\n{"c": 3}'
    for size in (1, 2, 7, 50, 1000):
        pieces = [written[at : at + size] for at in range(0, len(written), size)]
        assert [set(message) for message in messages.split_messages(pieces)] == [
            {"a"},
            {"b"},
            {"c"},
        ]


@pytest.mark.parametrize(
    "answer",
    [
        b"[]",
        b"null",
        b'"x"',
        b"[1]",
        b'{"NCPU": "x"}',
        b'{"ID": []}',
        b'{"MemTotal": 1e400}',
        b'{"DriverStatus": [1]}',
        b'{"SecurityOptions": 5}',
    ],
)
def test_what_an_engine_says_of_itself_has_to_read_like_that(engine: Engine, answer: bytes) -> None:
    engine.faulty, engine.fault = "/info", lambda: [said(answer)]
    for ask in (by_sdk(engine).info, by_sdk(engine).system):
        with pytest.raises(EngineError, match="something else than what was asked for"):
            ask()


@pytest.mark.parametrize("answer", [b"{}", b"[1]", b'[{"Id": 5}]', b'[{"Id": "a", "Labels": []}]'])
def test_a_list_of_another_shape_is_named(engine: Engine, answer: bytes) -> None:
    engine.faulty, engine.fault = "/json", lambda: [said(answer)]
    for ask in (by_sdk(engine).containers.search, by_sdk(engine).images.search):
        with pytest.raises(EngineError, match="something else than what was asked for"):
            ask("a")
