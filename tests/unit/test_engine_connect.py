"""Which engine is taken, in which order, and what is said when there is none."""

from __future__ import annotations

import hashlib
import http.server
import json
import os
import socket
import socketserver
import threading
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from runner.engine import connect as connecting
from runner.engine.connect import connect
from runner.engine.docker import existing
from runner.engine.docker.existing import candidates, find_existing
from runner.engine.docker.sockets import DEFAULT_SOCKET
from runner.model.errors import EngineError


class Notes:
    """Remembers what was noted."""

    def __init__(self) -> None:
        self.lines: list[str] = []

    def begin(self, what: str, estimate_s: float | None = None) -> None: ...
    def detail(self, text: str) -> None: ...
    def end(self, result: str = "") -> None: ...
    def note(self, text: str) -> None:
        self.lines.append(text)


class FakeApi(http.server.BaseHTTPRequestHandler):
    """As much of an engine's API as a client needs to say hello."""

    protocol_version = "HTTP/1.1"

    def do_GET(self) -> None:
        body = json.dumps({"ApiVersion": "1.41", "ID": "fake", "Driver": "overlay2"}).encode()
        self.send_response(200)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_: Any) -> None: ...

    def address_string(self) -> str:
        return "unix"


class FakeServer(socketserver.ThreadingUnixStreamServer):
    """Listens on a Unix socket."""

    daemon_threads = True

    def get_request(self) -> tuple[Any, tuple[str, int]]:
        return super().get_request()[0], ("unix", 0)


@pytest.fixture
def fake_engine(tmp_path: Path) -> Iterator[Callable[[str], str]]:
    """Starts an engine's API on a socket of that name; returns its address."""
    servers: list[FakeServer] = []

    def serve(name: str) -> str:
        server = FakeServer(os.path.relpath(tmp_path / name), FakeApi)
        threading.Thread(target=server.serve_forever, args=(0.02,), daemon=True).start()
        servers.append(server)
        return f"unix://{tmp_path / name}"

    yield serve
    for server in servers:
        server.shutdown()
        server.server_close()


@pytest.fixture
def docker_config(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Callable[[str, str], None]:
    """Writes a docker CLI context with an address and makes it the current one."""
    folder = tmp_path / "docker-config"
    folder.mkdir()
    monkeypatch.setenv("DOCKER_CONFIG", str(folder))
    monkeypatch.delenv("DOCKER_HOST", raising=False)

    def write(name: str, address: str) -> None:
        meta = folder / "contexts" / "meta" / hashlib.sha256(name.encode()).hexdigest()
        meta.mkdir(parents=True)
        content = {"Name": name, "Metadata": {}, "Endpoints": {"docker": {"Host": address}}}
        (meta / "meta.json").write_text(json.dumps(content))
        (folder / "config.json").write_text(json.dumps({"currentContext": name}))

    return write


def test_docker_host_is_the_only_word(docker_config: Callable[[str, str], None]) -> None:
    docker_config("mine", "unix:///from/context.sock")
    found = candidates({"DOCKER_HOST": "unix:///from/host.sock"})
    assert [(item.origin, item.address) for item in found] == [
        ("DOCKER_HOST", "unix:///from/host.sock")
    ]


def test_the_context_comes_before_the_default_socket(
    docker_config: Callable[[str, str], None],
) -> None:
    docker_config("mine", "unix:///from/context.sock")
    found = candidates({})
    assert [(item.origin, item.address) for item in found] == [
        ("context mine", "unix:///from/context.sock"),
        ("default socket", DEFAULT_SOCKET),
    ]


@pytest.mark.usefixtures("docker_config")
def test_a_context_that_is_not_there_is_passed_over() -> None:
    found = candidates({"DOCKER_CONTEXT": "nosuch"})
    assert [item.origin for item in found] == ["default socket"]


def test_the_first_that_answers_is_taken(
    fake_engine: Callable[[str], str],
    docker_config: Callable[[str, str], None],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    docker_config("dead", "unix:///nowhere/docker.sock")
    address = fake_engine("default.sock")
    monkeypatch.setattr(existing, "DEFAULT_SOCKET", address)
    found, silent = find_existing({})
    assert found is not None
    assert found.address == address
    assert silent == ["context dead unix:///nowhere/docker.sock: No such file or directory"]
    assert not found.info().readable
    found.client.close()


@pytest.mark.parametrize("address", ["nonsense://x", "unix://", "ssh://nowhere.invalid", "tcp://"])
def test_an_address_that_makes_no_sense_is_a_silent_engine(address: str) -> None:
    found, silent = find_existing({"DOCKER_HOST": address})
    assert found is None
    assert silent[0].startswith(f"DOCKER_HOST {address}: ")


def test_an_engine_that_accepts_and_says_nothing_is_given_up(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(existing, "PROBE_TIMEOUT_S", 0.2)
    with socket.socket(socket.AF_UNIX) as mute:
        mute.bind("mute.sock")
        mute.listen()
        found, silent = find_existing({"DOCKER_HOST": f"unix://{tmp_path}/mute.sock"})
    assert found is None
    assert "timed out" in silent[0]


@pytest.fixture
def no_engine(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """A machine on which nothing answers and this user is not root."""
    monkeypatch.setenv("DOCKER_HOST", "unix:///nowhere/docker.sock")
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))
    monkeypatch.setattr(os, "geteuid", lambda: 1000)


@pytest.mark.usefixtures("no_engine")
def test_without_engine_and_root_one_line_says_what_is_missing() -> None:
    with pytest.raises(EngineError) as missing:
        connect(Notes())
    text = str(missing.value)
    assert "no Docker engine answers" in text
    assert "not root" in text
    assert "make figures" in text
    assert "\n" not in text


@pytest.mark.usefixtures("no_engine")
def test_existing_never_falls_back() -> None:
    with pytest.raises(EngineError, match=r"DOCKER_HOST unix:///nowhere/docker\.sock"):
        connect(Notes(), prefer="existing")


def test_existing_before_embedded(
    fake_engine: Callable[[str], str], monkeypatch: pytest.MonkeyPatch
) -> None:
    address = fake_engine("docker.sock")
    monkeypatch.setenv("DOCKER_HOST", address)
    engine = connect(Notes())
    assert engine.address == address
    assert engine.build_network == "default"
    engine.client.close()


@pytest.mark.usefixtures("no_engine")
def test_a_silent_docker_host_is_noted_when_the_embedded_engine_is_used(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    started: list[object] = []

    class FakeEmbedded:
        def attach(self) -> bool:
            return False

        def start(self, _: object) -> None:
            started.append(self)

    monkeypatch.setattr(os, "geteuid", lambda: 0)
    monkeypatch.setattr(connecting, "EmbeddedEngine", FakeEmbedded)
    notes = Notes()
    assert [connect(notes)] == started
    assert "DOCKER_HOST" in notes.lines[0]
