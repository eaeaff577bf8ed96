"""The containers of any engine, with their networks and volumes, through the SDK."""

from __future__ import annotations

import time
from collections.abc import Callable, Generator, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from http import HTTPStatus
from typing import Any

import docker
from docker.types import LogConfig, Ulimit

from runner.engine.answers import (
    checked_container,
    checked_execution,
    checked_id,
    checked_list,
    checked_networks,
    checked_volumes,
)
from runner.engine.docker.errors import translated
from runner.engine.docker.printed import logged_by, printed_by
from runner.engine.port import Container, Containers, Resource
from runner.model.confinement import Confinement
from runner.model.errors import RefusedError

LOOPBACK = "127.0.0.1"
_ASKED_S = 0.02
"""How often the engine is asked whether a command in a container is over."""
_OF_CONTAINER = ("hostname", "ports", "healthcheck")
"""Settings that are the container's own; the others are what the host gives it."""
_AT_ONCE = ("timeout:1", "attempts:1")
"""Of a name server that is not there: musl would wait for it for five seconds."""


class DockerContainer:
    """One container."""

    def __init__(self, api: docker.APIClient, container: str, address: str) -> None:
        """Ask for its `inspect`."""
        self._api: Any = api
        self._address = address
        self._attributes = inspected(api, container, address)

    @property
    def id(self) -> str:
        """Its id."""
        return str(self._attributes["Id"])

    @property
    def attributes(self) -> Mapping[str, Any]:
        """Its `inspect` at the last `reload`."""
        return self._attributes

    def start(self) -> None:
        """Start it."""
        with translated(self._address):
            self._api.start(self.id)

    def put(self, archive: bytes) -> None:
        """Unpack a tar archive at its root."""
        with translated(self._address):
            self._api.put_archive(self.id, "/", archive)

    def kill(self) -> None:
        """End it with SIGKILL."""
        with translated(self._address):
            self._api.kill(self.id)

    def remove(self) -> None:
        """Remove it, running or not."""
        with translated(self._address):
            self._api.remove_container(self.id, force=True, v=True)

    def reload(self) -> None:
        """Ask for its `inspect` again."""
        self._attributes = inspected(self._api, self.id, self._address)

    def logs(self, tail: int) -> bytes:
        """The last lines that it printed, to either stream."""
        with translated(self._address):
            return logged_by(self._api, self.id, tail)

    def changed(self) -> list[str]:
        """The absolute paths that it has added, changed or removed."""
        with translated(self._address):
            found = self._api.diff(self.id)
        listed = found if isinstance(found, list) else []
        return [str(entry.get("Path", "")) for entry in listed if isinstance(entry, dict)]

    def execute(self, command: Sequence[str]) -> bytes:
        """What a command prints that is run in it."""
        with translated(self._address):
            return printed_by(self._api, self._execution(command))

    def _execution(self, command: Sequence[str]) -> str:
        made = self._api.exec_create(self.id, list(command), stderr=False)
        return checked_id(made, self._address)

    def exit_code_of(self, command: Sequence[str], most_s: float) -> int | None:
        """The exit code of a command that is run in it; None if it still runs then."""
        over_s = time.monotonic() + most_s
        with translated(self._address):
            execution = self._execution(command)
            self._api.exec_start(execution, detach=True)
            while (code := self._exit_code(execution)) is None and time.monotonic() < over_s:
                time.sleep(_ASKED_S)
        return code

    def _exit_code(self, execution: str) -> int | None:
        found = checked_execution(self._api.exec_inspect(execution), self._address)
        return None if found.get("Running") else found.get("ExitCode")


@dataclass(frozen=True)
class _Resource:
    name: str
    labels: Mapping[str, str]
    removed: Callable[[], Any]
    address: str

    def remove(self) -> None:
        """Remove it."""
        with translated(self.address):
            self.removed()


class DockerContainers:
    """The containers of an engine that the SDK has a client for."""

    def __init__(self, client: docker.DockerClient, address: str) -> None:
        self._api: Any = client.api
        self._address = address

    def create(
        self,
        image: str,
        command: Sequence[str] | None = None,
        *,
        labels: Mapping[str, str],
        name: str | None = None,
        environment: Mapping[str, str] | None = None,
        network: str = "",
        publish: int = 0,
        confinement: Confinement | None = None,
        quota_bytes: int | None = None,
        hosts: Mapping[str, str] | None = None,
        health_interval_s: float = 0.0,
    ) -> DockerContainer:
        """A container that does not run yet."""
        settings: dict[str, Any] = limits_of(confinement) if confinement else {}
        if network:
            settings["network_mode"] = network
        if network == "none":
            settings |= {"dns": [LOOPBACK], "dns_opt": list(_AT_ONCE)}
            settings |= {"hostname": name} if name else {}
        if hosts:
            settings["extra_hosts"] = dict(hosts)
        if publish:
            settings["ports"] = [(publish, "tcp")]
            settings["port_bindings"] = {f"{publish}/tcp": (LOOPBACK, None)}
        if health_interval_s:
            settings["healthcheck"] = {"interval": int(health_interval_s * 1e9)}
        if quota_bytes is not None:
            settings["storage_opt"] = {"size": str(quota_bytes)}
        host = {key: settings.pop(key) for key in list(settings) if key not in _OF_CONTAINER}
        with translated(self._address):
            made = self._api.create_container(
                image,
                command=None if command is None else list(command),
                labels=dict(labels),
                name=name,
                environment=dict(environment or {}),
                host_config=self._api.create_host_config(**host),
                **settings,
            )
        return DockerContainer(self._api, checked_id(made, self._address), self._address)

    def search(
        self, label: str = "", container: str = "", size: bool = False
    ) -> list[dict[str, Any]]:
        """All containers with this label or id."""
        filters = {key: value for key, value in (("label", label), ("id", container)) if value}
        with translated(self._address):
            listed = self._api.containers(all=True, filters=filters, size=size)
            return checked_list(listed, self._address)

    def inspect(self, container: str) -> Mapping[str, Any]:
        """The container's `inspect`."""
        return inspected(self._api, container, self._address)

    def remove(self, container: str) -> None:
        """Remove a container by id or name, running or not."""
        with translated(self._address):
            self._api.remove_container(container, force=True, v=True)

    def export(self, container: str, piece_bytes: int) -> Generator[bytes]:
        """The container's root as a tarball."""
        with translated(self._address):
            yield from self._api.export(container, chunk_size=piece_bytes)

    def has_file(self, container: str, path: str) -> bool:
        """By a HEAD request: to send the file, an engine would start a process."""
        api = self._api
        with translated(self._address):
            answer = api.head(
                f"{api.base_url}/v{api.api_version}/containers/{container}/archive",
                params={"path": path},
                timeout=api.timeout,
            )
        if not answer.ok and answer.status_code != HTTPStatus.NOT_FOUND:
            raise RefusedError(f"HTTP {answer.status_code} when asked whether there is {path}")
        return bool(answer.ok)

    def create_network(self, name: str, internal: bool, labels: Mapping[str, str]) -> Resource:
        """A bridge network; an internal one leads nowhere."""
        with translated(self._address):
            made = self._api.create_network(
                name, driver="bridge", internal=internal, labels=dict(labels)
            )
        remove = partial(self._api.remove_network, checked_id(made, self._address))
        return _Resource(name, labels, remove, self._address)

    def networks(self, label: str) -> Sequence[Resource]:
        """The networks with this label."""
        with translated(self._address):
            listed = self._api.networks(filters={"label": label})
        found = checked_networks(listed, self._address)
        return [self._resource(each, self._api.remove_network) for each in found]

    def volumes(self, label: str) -> Sequence[Resource]:
        """The volumes with this label."""
        with translated(self._address):
            listed = self._api.volumes(filters={"label": label})
        found = checked_volumes(listed, self._address)
        return [self._resource(each, self._api.remove_volume) for each in found]

    def _resource(self, found: Mapping[str, Any], remove: Callable[[str], Any]) -> Resource:
        name, marks = found["Name"], found.get("Labels") or {}
        return _Resource(name, marks, partial(remove, name), self._address)


def inspected(api: Any, container: str, address: str) -> Mapping[str, Any]:
    """The container's `inspect`."""
    with translated(address):
        return checked_container(api.inspect_container(container), address)


def limits_of(confinement: Confinement) -> dict[str, Any]:
    """The engine's settings for these limits, less the quota, which not every storage has."""
    size = confinement.file_bytes
    privileges = ["no-new-privileges"] if confinement.no_new_privileges else []
    return {
        "cap_drop": ["ALL"],
        "cap_add": list(confinement.capabilities),
        "security_opt": privileges,
        "mem_limit": confinement.memory_bytes,
        "memswap_limit": confinement.memory_bytes,
        "pids_limit": confinement.processes,
        "shm_size": confinement.shared_memory_bytes,
        "ulimits": [Ulimit(name="fsize", soft=size, hard=size)],
        "log_config": LogConfig(type="json-file", config={"max-size": str(confinement.log_bytes)}),
    }


def _proof(all_of_them: DockerContainers, one: DockerContainer) -> tuple[Containers, Container]:
    return all_of_them, one
