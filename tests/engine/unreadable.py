"""An engine whose layer folders nobody may read: what is left then is its export."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import docker

from runner.engine.port import Engine
from runner.model.engine import EngineInfo


@dataclass(frozen=True)
class Unreadable:
    """The same engine, as someone sees it who may not read its folders."""

    engine: Engine

    @property
    def client(self) -> docker.DockerClient:
        return self.engine.client

    @property
    def address(self) -> str:
        return self.engine.address

    @property
    def build_network(self) -> str:
        return self.engine.build_network

    def info(self) -> EngineInfo:
        return self.engine.info()

    def layer_folders(self, image: str) -> list[Path] | None:  # noqa: ARG002
        return None
