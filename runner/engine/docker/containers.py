"""The containers of any engine, with their networks and volumes, through the SDK."""

from __future__ import annotations

import time
from collections.abc import Callable, Generator, Mapping, Sequence
from dataclasses import dataclass
from http import HTTPStatus
from typing import Any

import docker
from docker.models.containers import Container as SdkContainer
from docker.types import LogConfig, Ulimit

from runner.engine.answers import checked_list
from runner.engine.docker.errors import translated
from runner.engine.port import Container, Containers, Resource
from runner.model.confinement import Confinement
from runner.model.errors import RefusedError

LOOPBACK = "127.0.0.1"
_ASKED_S = 0.02
"""How often the engine is asked whether a command in a container is over."""
_AT_ONCE = ("timeout:1", "attempts:1")
"""Of a name server that is not there: musl would wait for it for five seconds."""


class DockerContainer:
    """One container."""

    def __init__(self, container: SdkContainer, address: str) -> None:
        self._container = container
        self._address = address

    @property
    def id(self) -> str:
        """Its id."""
        return str(self._container.id)

    @property
    def attributes(self) -> Mapping[str, Any]:
        """Its `inspect` at the last `reload`."""
        attributes: Mapping[str, Any] = self._container.attrs
        return attributes

    def start(self) -> None:
        """Start it."""
        with translated(self._address):
            self._container.start()

    def kill(self) -> None:
        """End it with SIGKILL."""
        with translated(self._address):
            self._container.kill()

    def remove(self) -> None:
        """Remove it, running or not."""
        with translated(self._address):
            self._container.remove(force=True, v=True)

    def reload(self) -> None:
        """Ask for its `inspect` again."""
        with translated(self._address):
            self._container.reload()

    def logs(self, tail: int) -> bytes:
        """The last lines that it printed, to either stream."""
        with translated(self._address):
            printed: bytes = self._container.logs(tail=tail)
            return printed

    def execute(self, command: Sequence[str]) -> bytes:
        """What a command prints that is run in it."""
        with translated(self._address):
            output = self._container.exec_run(list(command), stderr=False).output
        return output if isinstance(output, bytes) else b""

    def exit_code_of(self, command: Sequence[str], most_s: float) -> int | None:
        """The exit code of a command that is run in it; None if it still runs then."""
        client, over_s = self._container.client, time.monotonic() + most_s
        assert client is not None, "it came from a client"
        api = client.api
        with translated(self._address):
            run = api.exec_create(self.id, list(command))["Id"]
            api.exec_start(run, detach=True)
            while (found := api.exec_inspect(run)).get("Running"):
                if time.monotonic() > over_s:
                    return None
                time.sleep(_ASKED_S)
        return int(found.get("ExitCode") or 0)


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
        self._client = client
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
            of_mode = network == "none" or network.startswith("container:")
            settings["network_mode" if of_mode else "network"] = network
        if network == "none":
            settings |= {"dns": [LOOPBACK], "dns_opt": list(_AT_ONCE)}
            settings |= {"hostname": name} if name else {}
        if hosts:
            settings["extra_hosts"] = dict(hosts)
        if publish:
            settings["ports"] = {f"{publish}/tcp": (LOOPBACK, None)}
        if health_interval_s:
            settings["healthcheck"] = {"interval": int(health_interval_s * 1e9)}
        if quota_bytes is not None:
            settings["storage_opt"] = {"size": str(quota_bytes)}
        with translated(self._address):
            created = self._client.containers.create(
                image,
                command=None if command is None else list(command),
                labels=dict(labels),
                name=name,
                environment=dict(environment or {}),
                **settings,
            )
        return DockerContainer(created, self._address)

    def search(
        self, label: str = "", container: str = "", size: bool = False
    ) -> list[dict[str, Any]]:
        """All containers with this label or id."""
        filters = {key: value for key, value in (("label", label), ("id", container)) if value}
        with translated(self._address):
            listed = self._client.api.containers(all=True, filters=filters, size=size)
            return checked_list(listed, self._address)

    def inspect(self, container: str) -> Mapping[str, Any]:
        """The container's `inspect`."""
        with translated(self._address):
            found: Mapping[str, Any] = self._client.api.inspect_container(container)
            return found

    def remove(self, container: str) -> None:
        """Remove a container by id or name, running or not."""
        with translated(self._address):
            self._client.api.remove_container(container, force=True, v=True)

    def export(self, container: str, piece_bytes: int) -> Generator[bytes]:
        """The container's root as a tarball."""
        with translated(self._address):
            yield from self._client.api.export(container, chunk_size=piece_bytes)

    def has_file(self, container: str, path: str) -> bool:
        """By a HEAD request: to send the file, an engine would start a process."""
        api = self._client.api
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
            made = self._client.networks.create(
                name, driver="bridge", internal=internal, labels=dict(labels)
            )
        return _Resource(name, labels, made.remove, self._address)

    def networks(self, label: str) -> Sequence[Resource]:
        """The networks with this label."""
        with translated(self._address):
            return self._resources(self._client.networks.list(filters={"label": label}))

    def volumes(self, label: str) -> Sequence[Resource]:
        """The volumes with this label."""
        with translated(self._address):
            return self._resources(self._client.volumes.list(filters={"label": label}))

    def _resources(self, found: Sequence[Any]) -> Sequence[Resource]:
        return [
            _Resource(str(item.name), item.attrs.get("Labels") or {}, item.remove, self._address)
            for item in found
        ]


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
