"""The check against real sockets: every way in which a service can fail to be what it should."""

from __future__ import annotations

import json
import math
import socket
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import suppress
from dataclasses import dataclass, field, replace
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import pytest

from runner.engine.linux.listeners import Listener
from runner.model.confinement import Confinement
from runner.model.errors import ProjectError
from runner.model.project import Check
from runner.model.record import CheckRecord, Status
from runner.trial.check import POLL_S, reservations, run_check
from runner.trial.check_plan import ANY, CheckPlan, read_check
from runner.trial.failures import TrialEnded
from runner.trial.http import HttpRequest, exchange
from runner.trial.json_compare import digest

EXPECTED = {"people": {"Ada": 2}, "total": 2}


@dataclass
class Service:
    """What the fake container's service does; changed by a test, read by the handler."""

    health: list[int] = field(default_factory=lambda: [200])
    """Statuses of the health page, one after the other; the last one stays."""
    health_answers: float = math.inf
    """How often the health page answers; after that it hangs."""
    status: int = 200
    answer: bytes = json.dumps(EXPECTED).encode()
    promised_bytes: int | None = None
    drip_s: float = 0.0
    asked: list[tuple[str, str, bytes]] = field(default_factory=list)


class FakeContainer:
    """A container whose service is a thread of this process, reached over a real socket."""

    network = "none"
    confinement = Confinement()

    def __init__(self, service: Service, starts_after_s: float = 0.0) -> None:
        self.service = service
        self.exited: int | None = None
        self.says = ""
        self.words: list[str] = ["gunicorn", "app"]
        self.variables: list[str] = []
        self.seen: list[Listener] | None = None
        self.is_out_of_memory = False
        self.opens_at = time.monotonic() + starts_after_s
        self.server = ThreadingHTTPServer(("127.0.0.1", 0), handler(service))
        self.server.daemon_threads = True
        self.thread = threading.Thread(target=self.server.serve_forever, args=(0.01,))
        self.thread.start()

    def connect_socket(self, port: int, timeout_s: float = 5.0) -> socket.socket:
        assert port == 8000
        if self.exited is not None or time.monotonic() < self.opens_at:
            raise ConnectionRefusedError("connection refused")
        return socket.create_connection(self.server.server_address[:2], timeout_s)  # type: ignore[arg-type]

    def exit_code(self) -> int | None:
        return self.exited

    def health(self) -> str:
        return self.says

    def listeners(self) -> list[Listener] | None:
        return self.seen

    def command(self) -> list[str]:
        return self.words

    def has_variable(self, name: str) -> bool:
        return name in self.variables

    def wrote_too_much(self) -> bool:
        return False

    def ran_out_of_memory(self) -> bool:
        return self.is_out_of_memory

    def logs(self, tail: int = 40) -> list[str]:
        return ["starting", "Traceback https://me:s3cret@index/"][-tail:]

    def close(self) -> None:
        self.server.shutdown()
        self.thread.join()
        self.server.server_close()


def handler(service: Service) -> type[BaseHTTPRequestHandler]:
    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            service.health_answers -= 1
            if service.health_answers < 0:
                time.sleep(1.5)
            status = service.health.pop(0) if len(service.health) > 1 else service.health[0]
            self.reply(status, b"{}")

        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers.get("Content-Length", 0)))
            service.asked.append((self.path, self.headers.get("Content-Type", ""), body))
            self.reply(service.status, service.answer, service.promised_bytes)

        def reply(self, status: int, body: bytes, promised_bytes: int | None = None) -> None:
            self.send_response(status)
            self.send_header("Content-Length", str(promised_bytes or len(body)))
            with suppress(ConnectionError):  # a check that has waited too long hangs up
                self.end_headers()
                self.send_body(body)

        def send_body(self, body: bytes) -> None:
            if not (service.drip_s and self.command == "POST"):
                self.wfile.write(body)
                return
            for place in range(len(body)):
                self.wfile.write(body[place : place + 1])
                time.sleep(service.drip_s)

        def log_message(self, format: str, *args: Any) -> None:  # noqa: A002
            pass

    return Handler


@pytest.fixture
def service() -> Service:
    return Service()


@pytest.fixture
def start(service: Service) -> Iterator[Callable[..., FakeContainer]]:
    """Starts the container of the service; it is closed when the test is over."""
    running: list[FakeContainer] = []

    def begin(starts_after_s: float = 0.0) -> FakeContainer:
        running.append(FakeContainer(service, starts_after_s))
        return running[-1]

    yield begin
    for container in running:
        container.close()


def plan(timeout_s: float = 5.0, expected: Any = EXPECTED) -> CheckPlan:
    return CheckPlan(
        health=HttpRequest("GET", "/health"),
        question=HttpRequest(
            "POST", "/entities", b'{"text": "Ada"}', {"Content-Type": "application/json"}
        ),
        expected=expected,
        port=8000,
        timeout_s=timeout_s,
    )


def checked(container: FakeContainer, checks: CheckPlan | None = None) -> CheckRecord:
    return run_check(container, checks or plan(), time.monotonic())


def failed(container: FakeContainer, checks: CheckPlan | None = None) -> TrialEnded:
    with pytest.raises(TrialEnded) as caught:
        checked(container, checks)
    assert caught.value.failure.log_tail == ("starting", "Traceback https://***@index/")
    return caught.value


def test_the_right_answer(start: Callable[..., FakeContainer], service: Service) -> None:
    record = checked(start())
    assert record.network == "none"
    assert record.answer_digest == digest(EXPECTED)
    assert 0 < record.healthy_s < 2
    assert service.asked == [("/entities", "application/json", b'{"text": "Ada"}')]


def test_the_order_of_keys_does_not_matter(
    start: Callable[..., FakeContainer], service: Service
) -> None:
    service.answer = b'\n {"total": 2,\n "people": {"Ada": 2}}'
    assert checked(start()).answer_digest == digest(EXPECTED)


def test_the_time_to_the_first_healthy_answer(
    start: Callable[..., FakeContainer], service: Service
) -> None:
    service.health = [503, 500, 404, 200]
    container, started_s = start(starts_after_s=0.3), time.monotonic()
    record = run_check(container, plan(), started_s)
    assert container.opens_at + 3 * POLL_S <= started_s + record.healthy_s < started_s + 2
    assert len(service.asked) == 1


@pytest.mark.parametrize(
    ("answer", "says"),
    [
        (b'{"people": {"Ada": 3}, "total": 2}', "differs at $.people.Ada: expected 2, got 3"),
        (b'{"people": {"Ada": 2}}', "differs at $.total: expected 2, got nothing"),
        (b"<html>", "is not JSON: <html>"),
        (b"", "is not JSON"),
    ],
)
def test_a_wrong_answer(
    start: Callable[..., FakeContainer], service: Service, answer: bytes, says: str
) -> None:
    service.answer = answer
    end = failed(start())
    assert end.status is Status.check_failed
    assert end.failure.step == "check: POST /entities"
    assert says in end.failure.message


def test_a_status_that_is_no_success(start: Callable[..., FakeContainer], service: Service) -> None:
    service.status = 500
    end = failed(start())
    assert end.status is Status.check_failed
    assert end.failure.message.startswith("answered with status 500: {")


def test_an_answer_that_breaks_off(start: Callable[..., FakeContainer], service: Service) -> None:
    service.promised_bytes = 1000
    end = failed(start(), plan(timeout_s=1.0))
    assert end.status in (Status.check_failed, Status.check_timeout)


def test_an_answer_that_drips_for_ever(
    start: Callable[..., FakeContainer], service: Service
) -> None:
    """Each byte is in time for the socket's own limit; the whole is not."""
    service.answer, service.drip_s = b"x" * 1000, 0.05
    begun = time.monotonic()
    end = failed(start(), plan(timeout_s=0.6))
    assert end.status is Status.check_timeout
    assert end.failure.message == "no full answer within 0.6 s"
    assert time.monotonic() - begun < 3


def test_never_healthy(start: Callable[..., FakeContainer], service: Service) -> None:
    service.health = [503]
    end = failed(start(), plan(timeout_s=0.4))
    assert end.status is Status.check_timeout
    assert end.failure.message == "not healthy within 0.4 s: it answered with status 503"


def test_a_last_look_that_is_cut_short_does_not_hide_what_was_answered(
    start: Callable[..., FakeContainer], service: Service
) -> None:
    """The first health request is answered; no later one is, until the time is over."""
    service.health, service.health_answers = [503], 1
    end = failed(start(), plan(timeout_s=0.4))
    assert end.status is Status.check_timeout
    assert end.failure.message == "not healthy within 0.4 s: it answered with status 503"


def test_a_service_that_takes_connections_and_never_answers(
    start: Callable[..., FakeContainer], service: Service
) -> None:
    service.health_answers = 0
    end = failed(start(), plan(timeout_s=1.0))
    assert end.status is Status.check_timeout
    assert "no full answer" in end.failure.message


def test_a_socket_that_loses_patience_first_is_told_of_the_same_way(
    start: Callable[..., FakeContainer], service: Service, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(threading.Timer, "run", lambda _: None)
    service.health_answers = 0
    end = failed(start(), plan(timeout_s=0.2))
    assert "no full answer" in end.failure.message


def test_no_connection_at_all(start: Callable[..., FakeContainer]) -> None:
    begun = time.monotonic()
    end = failed(start(starts_after_s=60), plan(timeout_s=0.4))
    assert end.status is Status.check_timeout
    assert "accepted no connection" in end.failure.message
    assert time.monotonic() - begun < 1.5


def test_a_container_that_has_ended(start: Callable[..., FakeContainer]) -> None:
    container = start()
    container.exited = 137
    begun = time.monotonic()
    end = failed(container, plan(timeout_s=30))
    assert end.status is Status.check_failed
    assert end.failure.exit_code == 137
    assert end.failure.step == "check: start"
    assert time.monotonic() - begun < 1, "nobody waits for what is over"


def test_being_healthy_can_be_enough(start: Callable[..., FakeContainer], service: Service) -> None:
    assert checked(start(), plan(expected=ANY)).answer_digest == ""
    assert service.asked == []


def test_a_service_that_is_not_http() -> None:
    ours, theirs = socket.socketpair()
    theirs.sendall(b"220 mail.example ESMTP\r\n")
    theirs.close()
    with pytest.raises((OSError, Exception), match=r"220|reset|Broken|disconnected"):
        exchange(ours, HttpRequest("GET", "/"), 2.0)
    assert ours.fileno() == -1, "the connection is closed"


def test_a_request_that_nobody_reads_ends_in_time() -> None:
    ours, theirs = socket.socketpair()
    with theirs:
        begun = time.monotonic()
        with pytest.raises(TimeoutError):
            exchange(ours, HttpRequest("GET", "/"), 0.3)
        assert time.monotonic() - begun < 1.5


def test_the_plan_is_read_from_the_project(tmp_path: Path) -> None:
    (tmp_path / "request.json").write_text('{"text": "Ada"}')
    (tmp_path / "answer.json").write_text(json.dumps(EXPECTED))
    check = Check(request_path="/entities", request_file="request.json", answer_file="answer.json")
    read = read_check(check, 5000, tmp_path)
    assert read.question == HttpRequest(
        "POST", "/entities", b'{"text": "Ada"}', {"Content-Type": "application/json"}
    )
    assert (read.expected, read.port, read.timeout_s) == (EXPECTED, 5000, 60.0)
    assert read_check(Check(), 5000, tmp_path).expected is ANY


CHANGED = {
    "health": replace(plan(), health=HttpRequest("GET", "/ready")),
    "method": replace(plan(), question=replace(plan().question, method="PUT")),
    "path": replace(plan(), question=replace(plan().question, path="/people")),
    "body": replace(plan(), question=replace(plan().question, body=b"{}")),
    "no body": replace(plan(), question=replace(plan().question, body=None)),
    "answer": plan(expected={"people": {"Ada": 3}, "total": 2}),
    "type of a number": plan(expected={"people": {"Ada": 2.0}, "total": 2}),
    "null": plan(expected=None),
    "any answer": plan(expected=ANY),
    "port": replace(plan(), port=8001),
}


def test_the_digest_is_that_of_what_is_asked_and_expected() -> None:
    digests = {name: changed.digest for name, changed in CHANGED.items()}
    assert len({plan().digest, *digests.values()}) == len(CHANGED) + 1
    assert plan(timeout_s=77.0).digest == plan().digest
    reordered = plan(expected=dict(reversed(EXPECTED.items())))
    assert reordered.digest == plan().digest


@pytest.mark.parametrize(
    ("check", "says"),
    [
        (Check(request_file="none.json"), r"check\.request_file=none\.json: cannot read"),
        (Check(answer_file="none.json"), r"check\.answer_file=none\.json: cannot read"),
        (Check(answer_file="bad.json"), r"check\.answer_file=bad\.json is not JSON"),
    ],
)
def test_files_of_the_check_that_are_wrong(tmp_path: Path, check: Check, says: str) -> None:
    (tmp_path / "bad.json").write_text("{")
    with pytest.raises(ProjectError, match=says):
        read_check(check, 8000, tmp_path)


def test_a_container_that_was_not_cut_off_is_told_of() -> None:
    assert reservations(CheckRecord(1.0, "none", "")) == ()
    assert reservations(CheckRecord(1.0, "internal", "")) == ()
    (said,) = reservations(CheckRecord(1.0, "published", ""))
    assert "not cut off from the network" in said
