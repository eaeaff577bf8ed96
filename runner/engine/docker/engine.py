"""An engine that speaks the Docker API, through the SDK: the operations of the port."""

from __future__ import annotations

import contextlib
from collections.abc import Generator, Mapping
from contextlib import AbstractContextManager
from typing import Any

import docker

from runner.engine.answers import checked_info
from runner.engine.docker import client as limits
from runner.engine.docker.build_stream import build_messages
from runner.engine.docker.containers import DockerContainers
from runner.engine.docker.describe import describe
from runner.engine.docker.errors import TRANSPORT_ERRORS, translated
from runner.engine.docker.heartbeat import Heartbeat
from runner.engine.docker.images import DockerImages
from runner.engine.docker.sockets import UNIX
from runner.engine.port import Engine, Message
from runner.model.deadline import Deadline
from runner.model.engine import BuildRequest, EngineInfo

PING_LIMIT_S = 10.0
"""How long an engine may take to answer a ping when something else has gone wrong already."""


class DockerEngine:
    """An engine behind a client of the SDK."""

    is_private = False
    build_network = "default"

    def __init__(self, client: docker.DockerClient, address: str) -> None:
        self._client: docker.DockerClient | None = client
        self._address = address

    @property
    def client(self) -> docker.DockerClient:
        """The SDK's client."""
        assert self._client is not None
        return self._client

    @property
    def address(self) -> str:
        """Its socket as a URL."""
        return self._address

    @property
    def is_local(self) -> bool:
        """Whether it listens on a Unix socket."""
        return self.address.startswith(UNIX)

    @property
    def images(self) -> DockerImages:
        """Its images."""
        return DockerImages(self.client, self.address)

    @property
    def containers(self) -> DockerContainers:
        """Its containers."""
        return DockerContainers(self.client, self.address)

    @property
    def deadline(self) -> Deadline | None:
        """The deadline that `bounded` has set."""
        return getattr(self.client.api, "deadline", None)

    def info(self) -> EngineInfo:
        """What the engine says of itself; raises `EngineLostError` when it does not answer."""
        return describe(self.client, "embedded" if self.is_private else "existing", self.address)

    def system(self) -> Mapping[str, Any]:
        """What it says of itself and of the machine that it runs on."""
        with translated(self.address):
            return checked_info(self.client.info(), self.address)

    def answers(self) -> bool:
        """Whether it answers a ping in this time."""
        api = self.client.api
        try:
            return bool(api.get(f"{api.base_url}/_ping", timeout=PING_LIMIT_S).ok)
        except TRANSPORT_ERRORS:
            return False

    def bounded(
        self, deadline: Deadline, call_limit_s: float | None = None
    ) -> AbstractContextManager[None]:
        """Inside the block calls obey the deadline."""
        return limits.bounded(self.client.api, deadline, call_limit_s)

    def patient(self, seconds: float) -> AbstractContextManager[None]:
        """Inside the block calls may be silent for so long."""
        return limits.patient(self.client.api, seconds)

    def empty_build_cache(self) -> int:
        """Nothing: this cache is not ours alone."""
        return 0

    def heartbeat(self) -> Heartbeat:
        """Listens whether it answers all the time."""
        return Heartbeat(self.address)

    def build_messages(
        self, request: BuildRequest, parameters: Mapping[str, str]
    ) -> Generator[Message]:
        """The messages of one build, as they arrive."""
        return build_messages(self, request, parameters)

    def cancel_build(self, build_id: str) -> None:
        """Have it give up a build, if it still works on it."""
        api = self.client.api
        with contextlib.suppress(*TRANSPORT_ERRORS):
            url = f"{api.base_url}/v{api.api_version}/build/cancel"
            api.post(url, params={"id": build_id}, timeout=10)

    def processes(self) -> tuple[int | None, ...]:
        """Pids of the processes that a private engine consists of; of any other none is known."""
        return ()

    def clear_if_dead(self) -> None:
        """Nothing: this engine is not ours to clear."""

    def close(self) -> None:
        """Close the connection."""
        if self._client is not None:
            self._client.close()


def _proof(engine: DockerEngine) -> Engine:
    return engine
