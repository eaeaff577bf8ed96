"""An engine whose layer folders nobody may read: what is left then is its export."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from runner.engine.docker.engine import DockerEngine
from runner.engine.docker.images import DockerImages
from runner.model.engine import EngineInfo


class _Closed(DockerImages):
    def layer_folders(self, inspected: Mapping[str, Any]) -> list[Path] | None:  # noqa: ARG002
        return None


class Unreadable(DockerEngine):
    """The same engine, as someone sees it who may not read its folders."""

    def __init__(self, engine: DockerEngine) -> None:
        super().__init__(engine.client, engine.address)
        self.engine = engine
        self.build_network = engine.build_network

    @property
    def images(self) -> DockerImages:
        return _Closed(self.client, self.address)

    def info(self) -> EngineInfo:
        return self.engine.info()
