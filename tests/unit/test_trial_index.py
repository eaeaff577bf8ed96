"""An index that answers with errors or breaks off, told from a package that there is not."""

from __future__ import annotations

import http.server
import threading
from collections.abc import Iterator
from contextlib import contextmanager

import pytest

from runner.model.engine import BuildFailure, BuildResult
from runner.model.levels import Levels
from runner.trial import index_answer
from runner.trial.failures import build_ended
from runner.trial.index_answer import (
    ANSWERS,
    IndexState,
    answer_of,
    index_of,
    index_state,
    missing_package,
)

LOG = (
    "ERROR: Could not find a version that satisfies the requirement Zope.Interface==1",
    "ERROR: No matching distribution found for Zope.Interface==1",
)
PAGE = b"<html><a href='flask-1.tar.gz'>flask-1.tar.gz</a></html>"


@contextmanager
def index(*behaviours: str) -> Iterator[tuple[str, list[str]]]:
    """An index that behaves so, one request after the other and then as at last; and what it was
    asked for."""
    asked: list[str] = []

    class Handler(http.server.BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            behaviour = behaviours[min(len(asked), len(behaviours) - 1)]
            asked.append(self.path)
            self.send_response(int(behaviour) if behaviour.isdigit() else 200)
            length = len(PAGE) * (9 if behaviour == "cut" else 1)
            self.send_header("Content-Length", str(length))
            self.end_headers()
            self.wfile.write(PAGE)

        def log_message(self, *_: object) -> None: ...

    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        threading.Thread(target=server.serve_forever, args=(0.02,), daemon=True).start()
        yield f"http://127.0.0.1:{server.server_port}/simple", asked
        server.shutdown()


@pytest.fixture(autouse=True)
def no_pauses(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(index_answer, "PAUSES_S", (0.0, 0.0))


@pytest.mark.parametrize(
    ("behaviours", "state", "times"),
    [
        (("404",), ANSWERS, 1),
        (("200",), ANSWERS, 1),
        (("500",), IndexState("it answers with status 500"), 3),
        (("503",), IndexState("it answers with status 503"), 3),
        (("429",), IndexState("it answers with status 429"), 3),
        (("cut",), IndexState("its answer breaks off"), 3),
        (("500", "cut", "200"), IndexState(recovered=True), 3),
        (("500", "404"), IndexState(recovered=True), 2),
    ],
)
def test_what_the_index_says_of_a_package_that_pip_did_not_find(
    behaviours: tuple[str, ...], state: IndexState, times: int
) -> None:
    with index(*behaviours) as (address, asked):
        assert index_state(LOG, address) == state
    assert asked == ["/simple/zope-interface/"] * times


def test_an_index_that_is_not_there() -> None:
    with index("200") as (address, _):
        pass
    assert answer_of(f"{address}/flask/") == "Connection refused"


@pytest.mark.parametrize(
    "log",
    [
        ("ERROR: command failed",),
        (),
        ("Looking in indexes: https://elsewhere.example/simple", *LOG),
        ("Looking in indexes: http://one.example/simple, https://two.example/simple", *LOG),
    ],
)
def test_nothing_is_asked_where_that_would_say_nothing(log: tuple[str, ...]) -> None:
    def ask(_: str) -> str:
        raise AssertionError("asked")

    assert index_state(log, "http://one.example/simple", ask) == ANSWERS


@pytest.mark.parametrize(
    "name", ["../../admin", "@127.0.0.1/x", "x?y=1", "http://127.0.0.1:1/x", "%2e%2e", "x\\y"]
)
def test_a_log_leads_to_no_other_address(name: str) -> None:
    index, package = "https://one.example/simple", missing_package([LOG[1][:-20] + name], "")
    assert not package or package.replace(".", "").replace("-", "").isalnum()
    asked: list[str] = []

    def ask(url: str) -> str:
        asked.append(url)
        return ""

    index_state([f"ERROR: No matching distribution found for {name}"], index, ask)
    assert all(url.startswith(f"{index}/") and url.count("/") == 5 for url in asked)


def test_the_index_is_that_of_the_configuration() -> None:
    levels = Levels()
    assert index_of(levels).endswith("/simple")
    levels.mirror.index_url = "https://mirror.example/simple/"
    assert index_of(levels) == "https://mirror.example/simple"


def test_the_failure_names_the_fault() -> None:
    failure = BuildFailure("RUN pip install zope.interface", "did not complete", 1, log_tail=LOG)
    end = build_ended(BuildResult("", 1.0, failure=failure), "it answers with status 500")
    assert end.failure.message.startswith(
        "exit code 1: the package index does not answer (it answers with status 500): check the"
    )
