"""An engine over TCP or TLS has no more patience from us than one behind a socket."""

from __future__ import annotations

import itertools
import shutil
import ssl
import subprocess
import time
from collections.abc import Callable, Generator, Iterable, Iterator
from pathlib import Path
from typing import Any

import certifi
import docker
import pytest
from docker.tls import TLSConfig

from runner.engine.docker.client import open_client
from runner.engine.docker.engine import DockerEngine
from runner.engine.port import BuildRefusedError, BuildTimedOutError
from runner.model.engine import BuildRequest
from runner.model.errors import EngineError, ImageError
from tests.hostile.engines import (
    CHUNKED,
    HEAD,
    MOST_S,
    SLOW,
    Engine,
    TcpServer,
    dripped_chunks,
    endless_chunks,
    handler_of,
    impatient,
    said,
    served,
)


@pytest.fixture(scope="session")
def certificate(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Path]:
    """A certificate for this machine, and its key."""
    if shutil.which("openssl") is None:
        pytest.skip("there is no openssl to make a certificate with")
    folder = tmp_path_factory.mktemp("tls")
    cert, key = folder / "cert.pem", folder / "key.pem"
    made = ["openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "2"]
    subject = ["-subj", "/CN=127.0.0.1", "-addext", "subjectAltName=IP:127.0.0.1"]
    subprocess.run([*made, *subject, "-keyout", key, "-out", cert], check=True, capture_output=True)
    return cert, key


@pytest.fixture(params=["tcp", "tls"])
def remote(
    request: pytest.FixtureRequest, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> Iterator[tuple[Engine, DockerEngine]]:
    impatient(monkeypatch)
    found = Engine(tmp_path)
    server = TcpServer(("127.0.0.1", 0), handler_of(found))
    address, tls = f"tcp://127.0.0.1:{server.server_address[1]}", None
    if request.param == "tls":
        cert, key = request.getfixturevalue("certificate")
        monkeypatch.setenv("REQUESTS_CA_BUNDLE", certifi.where())
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(cert, key)
        server.socket = context.wrap_socket(server.socket, server_side=True)
        tls = TLSConfig(client_cert=(str(cert), str(key)), ca_cert=str(cert), verify=True)
    with served(server, found):
        client: docker.DockerClient = open_client(address, tls)
        yield found, DockerEngine(client, address)
        client.close()


class NoContext:
    def blocks(self) -> Generator[bytes]:
        yield from ()


def last(pieces: Iterable[object]) -> object:
    return [piece for piece in itertools.islice(pieces, 10_000) if piece is None]


def build(engine: DockerEngine) -> list[Any]:
    return list(engine.build_messages(BuildRequest(NoContext(), timeout_s=1.0), {}))


CALLS: dict[str, tuple[str, Callable[[DockerEngine], object]]] = {
    "inspect": ("/json", lambda engine: engine.images.inspect("a")),
    "export": ("/get", lambda engine: last(engine.images.export("a"))),
    "pull": ("/images/create", lambda engine: last(engine.images.pull("a:1"))),
    "build": ("/build", build),
    "info": ("/info", lambda engine: engine.info()),
}


@pytest.mark.parametrize(
    ("call", "fault"),
    [
        *((call, dripped_chunks) for call in CALLS),
        *(("inspect", fault) for fault in SLOW if fault is not dripped_chunks),
        ("inspect", endless_chunks),
        ("build", endless_chunks),
    ],
)
def test_no_answer_holds_a_call(
    remote: tuple[Engine, DockerEngine], call: str, fault: Callable[[Engine], Iterable[bytes]]
) -> None:
    answering, engine = remote
    answering.faulty, ask = CALLS[call]
    answering.fault = lambda: fault(answering)
    begun_s = time.monotonic()
    with pytest.raises((EngineError, ImageError, BuildRefusedError, BuildTimedOutError)) as found:
        ask(engine)
    assert time.monotonic() - begun_s < MOST_S
    assert "\n" not in str(found.value)


def test_an_answer_that_comes_in_time_is_read(remote: tuple[Engine, DockerEngine]) -> None:
    answering, engine = remote
    assert engine.images.inspect("a")["Id"] == "sha256:1"
    pieces = [b"x" * 100_000] * 30
    chunks = [b"%x\r\n%s\r\n" % (len(piece), piece) for piece in pieces]
    answering.faulty, answering.fault = "/get", lambda: [CHUNKED, *chunks, b"0\r\n\r\n"]
    assert b"".join(engine.images.export("a")) == b"".join(pieces)


def test_it_leads_nowhere_else(remote: tuple[Engine, DockerEngine]) -> None:
    """Each address would have the whole limit again, and would be told what the engine is told."""
    answering, engine = remote
    asked: list[str] = []

    def elsewhere() -> list[bytes]:
        asked.append("")
        to = f"{engine.client.api.base_url}/v1.41/images/b/json".encode()
        return [HEAD.replace(b"200 OK", b"302 Found") + b"Location: " + to + b"\r\n\r\n"]

    answering.faulty, answering.fault = "/json", elsewhere
    with pytest.raises(EngineError, match="leads elsewhere"):
        engine.images.inspect("a")
    assert len(asked) == 1


def test_an_archive_that_is_not_taken_in_time(
    remote: tuple[Engine, DockerEngine], tmp_path: Path
) -> None:
    """The SDK gives an import no limit at all."""
    answering, engine = remote
    archive = tmp_path / "root.tar"
    with archive.open("wb") as file:
        file.truncate(64 << 20)
    answering.faulty, answering.fault = "/images/create", lambda: answering.drip(iter([b""] * 300))
    begun_s = time.monotonic()
    with pytest.raises(EngineError):
        engine.images.import_root(archive, "a", "b", [])
    answering.faulty = "/images/load"
    with pytest.raises(EngineError):
        last(engine.images.load(iter([b"x" * 65536] * 1000)))
    assert time.monotonic() - begun_s < MOST_S
    answering.faulty = "/images/create"
    answering.fault = lambda: answering.drip([said(b'{"error": "no room"}'), *[b""] * 5])
    with pytest.raises(EngineError, match="no room"):
        engine.images.import_root(Path(__file__), "a", "b", [])
