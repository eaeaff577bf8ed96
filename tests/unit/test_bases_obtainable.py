"""Whether a stand-in can be made here, where it is made from a file of another archive."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, HTTPServer
from typing import cast

import pytest

from runner.engine.port import Engine
from runner.engine.standins import obtainable
from runner.engine.standins.compiled_python_recipe import sources_path
from runner.engine.standins.on_others import fetched_from
from runner.engine.standins.ubuntu_archive import address_in


class Handler(BaseHTTPRequestHandler):
    def do_HEAD(self) -> None:
        self.send_response(200 if self.path == "/there" else 404)
        self.end_headers()

    def log_message(self, *_: object) -> None:
        pass


@pytest.fixture
def url() -> Iterator[str]:
    with HTTPServer(("127.0.0.1", 0), Handler) as server:
        thread = threading.Thread(target=server.serve_forever, daemon=True)
        thread.start()
        yield f"http://127.0.0.1:{server.server_address[1]}"
        server.shutdown()


def test_an_archive_is_asked_for_the_file(url: str) -> None:
    assert obtainable.answers(f"{url}/there")
    assert not obtainable.answers(f"{url}/elsewhere")
    assert not obtainable.answers("http://127.0.0.1:9/nothing")


def test_nothing_is_asked_for_what_comes_from_the_mirror(monkeypatch: pytest.MonkeyPatch) -> None:
    engine = cast(Engine, None)
    monkeypatch.setattr(obtainable, "answers", lambda _: False)
    monkeypatch.setattr(obtainable, "ubuntu_archive", lambda: "http://archive.example/ubuntu")
    monkeypatch.setattr(obtainable, "find_image", lambda *_: None)
    assert obtainable.can_be_made("python:3.13-slim", engine)
    assert obtainable.can_be_made("company/base:1", engine)
    assert not obtainable.can_be_made("python:3.12-slim", engine)
    monkeypatch.setattr(obtainable, "find_image", lambda *_: {})
    assert obtainable.can_be_made("python:3.12-slim", engine), "it was made before"


def test_only_some_pythons_are_made_from_ubuntus_archive() -> None:
    path = "pool/main/p/python3.12/python3.12_3.12.3.orig.tar.xz"
    assert sources_path("python3.12-slim") == path
    assert fetched_from("uv-python3.12-slim") == path
    assert sources_path("python3.13") == fetched_from("node20") == fetched_from("") == ""


@pytest.mark.parametrize(
    ("program", "address"),
    [
        ("  $mirror    = 'http://archive.example/ubuntu';\n", "http://archive.example/ubuntu"),
        ("  $mirror = 'http://archive.example/debian';\n", ""),
        ("", ""),
    ],
)
def test_the_archive_is_the_one_that_mmdebstrap_names(program: str, address: str) -> None:
    assert address_in(program) == address


def test_nothing_is_asked_where_no_archive_is_known(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(obtainable, "find_image", lambda *_: None)
    monkeypatch.setattr(obtainable, "ubuntu_archive", str)
    assert not obtainable.can_be_made("python:3.12-slim", cast(Engine, None))
