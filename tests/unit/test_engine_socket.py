"""Asking an engine over its socket: when that is plain to do, and what can go wrong on the way."""

from __future__ import annotations

import json
import socket
import threading
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

import pytest

from runner.engine.docker import socket_images
from runner.engine.docker.socket_images import SocketImages, find_socket
from runner.engine.docker.unix_http import Request
from runner.model.errors import EngineLostError, ImageError

OK = b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nOK"


@dataclass
class Engine:
    """Something on a socket that sends the same bytes to whoever asks."""

    path: Path
    answer: bytes = OK
    asked: list[str] = field(default_factory=list)
    silent_s: float = 0.0
    """How long the connection stays open afterwards, if the test is not over before."""
    over: threading.Event = field(default_factory=threading.Event)

    @property
    def address(self) -> str:
        return f"unix://{self.path}"

    def serve(self, listening: socket.socket) -> None:
        while True:
            try:
                connection, _ = listening.accept()
            except OSError:
                return
            with connection:
                self.asked.append(connection.recv(4096).split(b" ")[1].decode())
                connection.sendall(self.answer)
                self.over.wait(self.silent_s)


@pytest.fixture
def engine(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Engine]:
    monkeypatch.setenv("HOME", str(tmp_path))
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    monkeypatch.chdir(tmp_path)
    found = Engine(Path("engine.sock"))
    with socket.socket(socket.AF_UNIX) as listening:
        listening.bind(str(found.path))
        listening.listen()
        thread = threading.Thread(target=found.serve, args=(listening,), daemon=True)
        thread.start()
        yield found
        found.over.set()
        listening.shutdown(socket.SHUT_RDWR)
        thread.join()


def no_note(text: str) -> None:
    raise AssertionError(text)


def said(status: str, body: bytes) -> bytes:
    return b"HTTP/1.1 %s\r\nContent-Length: %d\r\n\r\n%s" % (status.encode(), len(body), body)


def test_an_image_is_asked_for_once_by_its_whole_name(engine: Engine) -> None:
    engine.answer = said("200 OK", b'{"Id": "sha256:1"}')
    images = SocketImages(engine.address)
    for _ in range(2):
        assert images.inspect("host:5000/a b/c@sha256:1")["Id"] == "sha256:1"
    assert engine.asked == ["/images/host:5000/a%20b/c@sha256:1/json"]


def test_what_the_engine_has_not_and_what_it_refuses(engine: Engine) -> None:
    images = SocketImages(engine.address)
    engine.answer = said("404 Not Found", b'{"message": "No such image"}')
    with pytest.raises(
        ImageError, match=r"the engine at \S+ has no image a: build or pull it first"
    ):
        images.inspect("a")
    engine.answer = said("500 Internal Server Error", b'{"message": "unable\\nto read"}')
    with pytest.raises(ImageError, match="cannot inspect a: unable to read"):
        images.history("a")
    engine.answer = said("500 Internal Server Error", b"<html>")
    with pytest.raises(ImageError, match="cannot export a: <html>"):
        list(images.export("a"))


@pytest.mark.parametrize(
    "answer",
    [
        b"",
        b"SSH-2.0-OpenSSH\r\n",
        b"HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\n{}",
        b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nab",
    ],
)
def test_an_engine_that_breaks_off(engine: Engine, answer: bytes) -> None:
    engine.answer = answer
    images = SocketImages(engine.address)
    for ask in (images.inspect, images.history, lambda image: list(images.export(image))):
        with pytest.raises(EngineLostError, match="stopped answering: start it and run again"):
            ask("a")


def test_an_answer_that_is_no_json(engine: Engine) -> None:
    engine.answer = said("200 OK", b"hello")
    with pytest.raises(EngineLostError, match="stopped answering"):
        SocketImages(engine.address).inspect("a")


def test_docker_host_is_taken_at_its_word(engine: Engine) -> None:
    found = find_socket("auto", no_note, {"DOCKER_HOST": engine.address})
    assert found is not None
    assert found.address == engine.address
    assert find_socket("existing", no_note, {"DOCKER_HOST": engine.address}) is not None
    assert find_socket("embedded", no_note, {"DOCKER_HOST": engine.address}) is None
    assert find_socket("auto", no_note, {"DOCKER_HOST": "tcp://127.0.0.1:1"}) is None
    assert find_socket("existing", no_note, {"DOCKER_HOST": "unix:///nowhere/docker.sock"}) is None


@pytest.mark.parametrize(
    ("settings", "plain"),
    [
        ({}, True),
        ({"auths": {}}, True),
        ({"currentContext": "remote"}, False),
        ([], False),
        ("{", False),
    ],
)
def test_a_context_of_the_docker_command_needs_the_sdk(
    engine: Engine, monkeypatch: pytest.MonkeyPatch, settings: object, plain: bool
) -> None:
    monkeypatch.setattr(socket_images, "DEFAULT_SOCKET", engine.address)
    folder = engine.path.absolute().parent / ".docker"
    folder.mkdir()
    text = settings if isinstance(settings, str) else json.dumps(settings)
    (folder / "config.json").write_text(text)
    assert (find_socket("auto", no_note, {}) is not None) is plain
    assert find_socket("auto", no_note, {"DOCKER_CONTEXT": "remote"}) is None


def test_what_listens_and_is_no_engine(engine: Engine) -> None:
    engine.answer = said("403 Forbidden", b"")
    assert find_socket("existing", no_note, {"DOCKER_HOST": engine.address}) is None


@pytest.mark.parametrize(
    "answer",
    [
        b"HTTP/1.0 200 OK\r\n\r\n%s",
        b"HTTP/1.1 200 OK\r\ncontent-length:  7 \r\n\r\n%s and what nobody asked for",
        b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n"
        b"4;a=b\r\n[1, \r\n3\r\n%.0s2] \r\n0\r\n\r\n",
    ],
)
def test_every_way_in_which_an_answer_says_where_it_ends(engine: Engine, answer: bytes) -> None:
    body = b"[1, 2] "
    engine.answer = answer % body
    assert b"".join(SocketImages(engine.address).export("a")) == body


def test_a_long_answer_comes_in_large_pieces(engine: Engine) -> None:
    body = bytes(range(256)) * 12_000
    engine.answer = b"HTTP/1.0 200 OK\r\n\r\n" + body
    pieces = list(SocketImages(engine.address).export("a"))
    assert b"".join(pieces) == body
    assert len(pieces) <= 5


def test_an_engine_that_stops_in_the_middle_is_not_waited_for_without_end(engine: Engine) -> None:
    engine.answer, engine.silent_s = b"HTTP/1.0 200 OK\r\n\r\nsome", 1.0
    with Request(str(engine.path), "/images/a/get", timeout_s=0.05) as request:
        assert request.status() == 200
        with pytest.raises(TimeoutError):
            list(request.pieces())


@pytest.mark.parametrize("length", [b"-1", b"x", b""])
def test_a_length_that_is_none(engine: Engine, length: bytes) -> None:
    engine.answer = b"HTTP/1.1 200 OK\r\nContent-Length: %s\r\n\r\n{}" % length
    with pytest.raises(EngineLostError, match="stopped answering"):
        SocketImages(engine.address).inspect("a")
