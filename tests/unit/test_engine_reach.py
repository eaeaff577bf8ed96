"""Where an engine runs, and how a check's container is reached there."""

from __future__ import annotations

import platform
import socket
from collections.abc import Callable
from contextlib import closing
from pathlib import Path
from types import SimpleNamespace
from typing import Any, cast

import docker
import pytest
import requests

from runner.engine import containers, doctor
from runner.engine.containers import run_container
from runner.engine.docker.engine import DockerEngine
from runner.engine.findings import Finding, Status
from runner.engine.reachability import NOT_CUT_OFF, Place, place
from runner.model.errors import EngineError, EngineLostError
from runner.model.paths import CachePaths
from runner.model.progress import Silent
from runner.sweep import session
from tests.unit.records import ENGINE

HERE = {
    "Name": socket.gethostname(),
    "KernelVersion": platform.release(),
    "OperatingSystem": "Debian GNU/Linux 12 (bookworm)",
    "SecurityOptions": ["name=seccomp,profile=default"],
}
SOCKET = "unix:///var/run/docker.sock"
DESKTOP = HERE | {"OperatingSystem": "Docker Desktop"}
ROOTLESS = HERE | {"SecurityOptions": ["name=seccomp,profile=default", "name=rootless"]}
COLIMA = HERE | {"KernelVersion": "6.8.0-colima", "Name": "colima"}


@pytest.mark.parametrize("address", [SOCKET, "tcp://127.0.0.1:2375", "tcp://[::1]:2375"])
def test_an_engine_of_this_machine(address: str) -> None:
    assert place(address, HERE) == Place()
    assert place(address, {}) == Place(), "one that says nothing of itself"


def test_a_network_address_may_be_this_machine_s_own() -> None:
    assert place(f"tcp://{socket.gethostname()}:2376", HERE) == Place()


@pytest.mark.parametrize(
    ("said", "why"),
    [(DESKTOP, "virtual machine"), (COLIMA, "another kernel"), (ROOTLESS, "rootless")],
    ids=["desktop", "colima", "rootless"],
)
def test_an_engine_whose_bridges_are_apart(said: dict[str, Any], why: str) -> None:
    assert why in place(SOCKET, said).apart
    assert place(SOCKET, said).host == ""


def test_every_engine_is_in_a_virtual_machine_where_there_is_no_linux(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr("sys.platform", "darwin")
    assert "virtual machine" in place(SOCKET, HERE).apart


@pytest.mark.parametrize("address", ["tcp://build.example:2376", "ssh://me@build.example"])
def test_an_engine_of_another_machine(address: str) -> None:
    assert place(address, HERE | {"Name": "build"}) == Place(host="build.example")


class FakeEngine(DockerEngine):
    """An engine that remembers what it was asked to make."""

    def __init__(self, said: dict[str, Any], address: str = SOCKET, host_port: int = 0) -> None:
        self.said = said
        self.made: dict[str, Any] = {}
        self.networks_made: list[dict[str, Any]] = []
        self.removed: list[str] = []
        self.host_port = host_port
        api = SimpleNamespace(
            create_host_config=lambda **settings: settings,
            create_container=self.create,
            inspect_container=self.container,
            start=lambda _: None,
            remove_container=lambda *_, **__: self.removed.append("container"),
            create_network=self.network,
            remove_network=lambda _: self.removed.append("network"),
        )
        client = SimpleNamespace(api=api, info=self.asked)
        super().__init__(cast(docker.DockerClient, client), address)

    def asked(self) -> dict[str, Any]:
        return self.said

    def network(self, _: str, **options: Any) -> Any:
        self.networks_made.append(options)
        return {"Id": "f00d"}

    def create(self, image: str, host_config: dict[str, Any], **settings: Any) -> Any:
        self.made = {"image": image, **settings, **host_config}
        return {"Id": "c0ffee"}

    def container(self, container: str) -> Any:
        ports = {"8000/tcp": [{"HostIp": "127.0.0.1", "HostPort": str(self.host_port)}]}
        reached = {"Ports": ports, "Networks": {}}
        return {"Id": container, "State": {}, "NetworkSettings": reached}


@pytest.fixture
def engine(monkeypatch: pytest.MonkeyPatch) -> Callable[..., Any]:
    """Makes engines for a user who is not root."""
    monkeypatch.setattr(containers, "may_enter_namespaces", lambda _: False)
    monkeypatch.setattr(doctor, "may_enter_namespaces", lambda _: False)
    return FakeEngine


@pytest.mark.parametrize("said", [DESKTOP, COLIMA, ROOTLESS], ids=["desktop", "colima", "rootless"])
def test_its_port_is_published_on_the_loopback(
    engine: Callable[..., Any], said: dict[str, Any]
) -> None:
    with closing(socket.create_server(("127.0.0.1", 0))) as server:
        fake = engine(said, host_port=server.getsockname()[1])
        with run_container(fake, "app", port=8000) as running:
            assert running.network == "published"
            assert fake.made["ports"] == [(8000, "tcp")]
            assert fake.made["port_bindings"] == {"8000/tcp": ("127.0.0.1", None)}
            assert not fake.networks_made[0]["internal"]
            running.connect_socket(8000).close()
            with pytest.raises(ConnectionRefusedError):
                running.connect_socket(9000)
    assert fake.removed == ["container", "network"]


def test_on_this_machine_nothing_is_published(engine: Callable[..., Any]) -> None:
    fake = engine(HERE)
    with run_container(fake, "app", port=8000) as running:
        assert running.network == "internal"
    assert not {"ports", "port_bindings"} & set(fake.made)
    assert fake.networks_made[0]["internal"]


def test_on_another_machine_one_line_says_what_works(engine: Callable[..., Any]) -> None:
    fake = engine(HERE | {"Name": "build"}, "tcp://build.example:2376")
    with pytest.raises(EngineError) as refused:
        run_container(fake, "app", port=8000)
    text = str(refused.value)
    assert "tcp://build.example:2376 is on another machine" in text
    assert "run dockbench on build.example" in text
    assert "\n" not in text
    assert fake.made == {}


def test_bench_refuses_it_before_it_builds_anything(
    engine: Callable[..., Any], monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    fake = engine(HERE | {"Name": "build"}, "tcp://build.example:2376")
    fake.info = lambda: ENGINE
    monkeypatch.setattr(session, "connect", lambda *_: fake)
    with pytest.raises(EngineError, match="is on another machine"):
        session.Session.open(Silent(), CachePaths(tmp_path), "existing")


@pytest.mark.usefixtures("engine")
def test_an_engine_that_is_gone_is_lost() -> None:
    class Gone(FakeEngine):
        def asked(self) -> dict[str, Any]:
            raise requests.ConnectionError("gone")

    with pytest.raises(EngineLostError):
        run_container(Gone(HERE), "app", port=8000)


def test_doctor_says_which_it_is(engine: Callable[..., Any]) -> None:
    def found(said: dict[str, Any], address: str = SOCKET) -> Finding:
        return doctor.checks(engine(said, address))

    assert found(HERE).status is Status.ok
    apart = found(DESKTOP)
    assert apart.status is Status.warning
    assert NOT_CUT_OFF in apart.what
    assert apart.next_step
    elsewhere = found(HERE | {"Name": "build"}, "tcp://build.example:2376")
    assert elsewhere.status is Status.problem
    assert "build.example" in elsewhere.what
