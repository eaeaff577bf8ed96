"""Containers for checks: cut off from networks, reachable on their port, always removed."""

from __future__ import annotations

import socket
import time
from pathlib import Path

import pytest

from runner.engine import containers
from runner.engine import running as running_module
from runner.engine.bases.images import labels_of
from runner.engine.containers import run_container
from runner.engine.docker.engine import DockerEngine
from runner.engine.linux.netns import ADDRESS, connect_inside, namespace_of
from runner.engine.running import RunningContainer
from runner.model import labels
from runner.model.errors import EngineError
from runner.model.ownership import Owner
from tests.engine import needs

SERVER = ["sh", "-c", "echo up; while true; do echo hello | nc -l -p 8000; done"]


def connected(running: RunningContainer, port: int = 8000) -> socket.socket:
    deadline = time.monotonic() + 15
    while True:
        try:
            return running.connect_socket(port)
        except OSError:
            if time.monotonic() > deadline:
                raise
            time.sleep(0.05)


def open_namespaces() -> list[str]:
    """The network namespaces that this process has open."""
    links = [str(path.readlink()) for path in Path("/proc/self/fd").iterdir() if path.is_symlink()]
    return [link for link in links if link.startswith("net:")]


def marked() -> dict[str, str | list[str] | bool]:
    """A filter for what this process made: other tests run beside these."""
    return {"label": f"{labels.PROCESS}={Owner.current()}"}


def ours(engine: DockerEngine) -> list[str]:
    found = engine.client.containers.list(all=True, filters=marked())
    return [str(container.id) for container in found]


@pytest.fixture(params=["none", "internal"])
def network(
    engine: DockerEngine, request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch
) -> str:
    """Both ways to reach a container; the second is what a user who is not root gets."""
    if request.param == "internal":
        monkeypatch.setattr(containers, "may_enter_namespaces", lambda _: False)
    else:
        needs.entered(engine)
    return str(request.param)


def test_it_answers_on_its_port_and_reaches_nothing(
    engine: DockerEngine, tiny: str, network: str
) -> None:
    with run_container(engine, tiny, SERVER, variant="0123456789ab") as running:
        assert running.network == network
        with connected(running) as answer:
            assert answer.recv(100) == b"hello\n"
        assert running.logs() == ["up"]
        assert running.exit_code() is None
        outside = ["ping", "-c", "1", "-W", "2", "198.51.100.1"]
        assert engine.client.containers.get(running.id).exec_run(outside).exit_code != 0
        assert labels_of(running.container.attributes)[labels.VARIANT] == "0123456789ab"
    assert running.id not in ours(engine)
    assert engine.client.networks.list(filters=marked()) == []


def test_without_a_network_there_is_only_the_loopback(engine: DockerEngine, tiny: str) -> None:
    needs.entered(engine)
    with run_container(engine, tiny, ["sleep", "60"]) as running:
        assert running.network == "none"
        output = engine.client.containers.get(running.id).exec_run(["ip", "-o", "link"]).output
        assert isinstance(output, bytes)
    shown = output.decode().splitlines()
    assert [line.split(":")[1].strip() for line in shown] == ["lo"]


def test_without_a_network_its_own_name_has_an_address_and_no_name_server_is_waited_for(
    engine: DockerEngine, tiny: str
) -> None:
    """Python's HTTP server asks for its own name before it listens: on Alpine it waited for five
    seconds, and the image seemed to start slowly."""
    script = 'grep "$(hostname)" /etc/hosts; cat /etc/resolv.conf'
    needs.entered(engine)
    with run_container(engine, tiny, ["sh", "-c", script]) as running:
        deadline = time.monotonic() + 15
        while running.exit_code() is None and time.monotonic() < deadline:
            time.sleep(0.05)
        own, *resolver = running.logs()
    assert own.split()[0] == ADDRESS
    assert resolver == ["nameserver 127.0.0.1", "options timeout:1 attempts:1"]


def test_it_is_removed_when_the_check_raises(engine: DockerEngine, tiny: str) -> None:
    with (
        pytest.raises(ZeroDivisionError),
        run_container(engine, tiny, ["sleep", "60"]) as running,
    ):
        _ = 1 / 0
    assert running.id not in ours(engine)


def test_an_ended_container_tells_exit_code_and_last_lines(engine: DockerEngine, tiny: str) -> None:
    command = ["sh", "-c", "for i in 1 2 3 4; do echo line $i; done; exit 7"]
    with run_container(engine, tiny, command) as running:
        deadline = time.monotonic() + 15
        while running.exit_code() is None and time.monotonic() < deadline:
            time.sleep(0.05)
        assert running.exit_code() == 7
        assert running.logs(tail=2) == ["line 3", "line 4"]
        # Whether it ended before or after its namespace was looked for.
        with pytest.raises(ConnectionRefusedError):
            running.connect_socket(8000)


def test_stop_twice_is_harmless(engine: DockerEngine, tiny: str) -> None:
    running = run_container(engine, tiny, ["sleep", "60"])
    running.stop()
    running.stop()
    assert running.id not in ours(engine)


def test_a_command_that_is_not_there_leaves_nothing(engine: DockerEngine, tiny: str) -> None:
    before = ours(engine)
    with pytest.raises(EngineError, match="/nosuch"):
        run_container(engine, tiny, ["/nosuch"])
    assert ours(engine) == before


def test_interrupted_while_it_is_looked_for_it_leaves_nothing(
    engine: DockerEngine, tiny: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It runs already, and nobody has it in hand yet."""
    needs.entered(engine)

    def interrupted(_: int) -> Path:
        raise KeyboardInterrupt

    before = ours(engine)
    monkeypatch.setattr(running_module, "namespace_of", interrupted)
    with pytest.raises(KeyboardInterrupt):
        run_container(engine, tiny, ["sleep", "60"])
    assert ours(engine) == before


def test_an_image_that_is_not_there(engine: DockerEngine) -> None:
    with pytest.raises(EngineError, match="dockbench/test:nosuch"):
        run_container(engine, "dockbench/test:nosuch")


def test_once_reached_the_engine_is_not_asked_again_where_the_container_is(
    engine: DockerEngine, tiny: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Whoever waits for a service asks it often. Once it has ended nothing listens there."""
    needs.entered(engine)
    before = open_namespaces()
    with run_container(engine, tiny, SERVER) as running:
        connected(running).close()
        with monkeypatch.context() as patch:
            patch.setattr(running.container, "reload", None)
            connected(running).close()
        assert len(open_namespaces()) == len(before) + 1
        running.container.kill()
        while running.exit_code() is None:
            time.sleep(0.02)
        with pytest.raises(ConnectionRefusedError):
            running.connect_socket(8000)
    assert open_namespaces() == before


def test_entering_a_namespace_leaves_this_process_where_it_is(
    engine: DockerEngine, tiny: str
) -> None:
    needs.entered(engine)
    own = Path("/proc/self/ns/net").stat().st_ino
    with run_container(engine, tiny, SERVER) as running:
        running.container.reload()
        namespace = namespace_of(running.container.attributes["State"]["Pid"])
        connected(running).close()
        with pytest.raises(ConnectionRefusedError):
            connect_inside(namespace, 9, 2.0)
    assert Path("/proc/self/ns/net").stat().st_ino == own
    with pytest.raises(FileNotFoundError):
        connect_inside(namespace, 8000, 2.0)
