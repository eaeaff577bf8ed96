"""An engine whose bridges are not this machine's, as in a virtual machine: a port is published."""

from __future__ import annotations

import time
from pathlib import Path

import pytest

from runner.engine import containers
from runner.engine.containers import run_container
from runner.engine.docker import embedded
from runner.engine.docker.daemon import daemon_command
from runner.engine.docker.embedded import EmbeddedEngine
from runner.engine.reachability import Place
from runner.engine.running import RunningContainer
from runner.model.project import Check
from runner.trial.check import run_check
from runner.trial.check_plan import read_check
from runner.trial.failures import TrialEnded
from tests.engine.conftest import build_tiny

SERVER = ["sh", "-c", "while true; do echo hello | nc -l -p 8000; done"]


@pytest.fixture
def publishing(private: EmbeddedEngine, monkeypatch: pytest.MonkeyPatch) -> EmbeddedEngine:
    """An engine of the test's own, with the proxy that publishes ports, and seen as if apart."""
    command = daemon_command
    monkeypatch.setattr(
        embedded,
        "daemon_command",
        lambda *given: [word for word in command(*given) if word != "--userland-proxy=false"],
    )
    monkeypatch.setattr(containers, "may_enter_namespaces", lambda _: False)
    monkeypatch.setattr(containers, "place_of", lambda _: Place(apart="for this test"))
    private.start()
    return private


def first_words(running: RunningContainer) -> bytes:
    """What its port says first; a proxy takes connections before anybody listens behind it."""
    deadline = time.monotonic() + 15
    while time.monotonic() < deadline:
        try:
            with running.connect_socket(8000) as connection:
                if said := connection.recv(100):
                    return said
        except OSError:
            pass
        time.sleep(0.05)
    return b""


def test_where_a_service_listens_is_asked_inside(
    publishing: EmbeddedEngine,
    busybox: bytes,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """The proxy takes connections for a service that nobody can reach."""
    tiny = build_tiny(publishing, busybox, tmp_path)
    monkeypatch.setattr(RunningContainer, "owns", lambda *_: False)
    for address, says in (("127.0.0.1:8000", "127.0.0.1:8000 only"), ("5000", "not on port 8000")):
        command = ["sh", "-c", f"mkdir /www; exec httpd -f -p {address} -h /www"]
        check = read_check(Check(timeout_s=8.0), 8000, tmp_path)
        with (
            run_container(publishing, tiny, command, port=8000) as running,
            pytest.raises(TrialEnded, match=says),
        ):
            run_check(running, check, running.started_s)


def test_it_answers_on_the_loopback_and_leaves_no_network(
    publishing: EmbeddedEngine, busybox: bytes, tmp_path: Path
) -> None:
    tiny = build_tiny(publishing, busybox, tmp_path)
    with run_container(publishing, tiny, SERVER, port=8000) as running:
        assert running.network == "published"
        assert first_words(running) == b"hello\n"
        (binding,) = running.container.attributes["NetworkSettings"]["Ports"]["8000/tcp"]
        assert binding["HostIp"] == "127.0.0.1", "nobody else's machine gets at it"
    assert publishing.client.containers.list(all=True) == []
    assert {found.name for found in publishing.client.networks.list()} <= {"none", "host", "bridge"}
