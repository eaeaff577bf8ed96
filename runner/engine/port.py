"""The ports of this floor: a container engine, a builder on it, a provider of base images.

Every engine that we support speaks the Docker API, so the SDK's client is what an engine hands out;
the adapters differ in how they come to one and in what their networks allow.
"""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Protocol

from runner.model.engine import (
    BaseImage,
    BuilderName,
    BuildRequest,
    BuildResult,
    BuildStep,
    EngineInfo,
)
from runner.model.levels import Base
from runner.model.progress import Progress

if TYPE_CHECKING:
    import docker

StepListener = Callable[[BuildStep], None]


class Engine(Protocol):
    """A running container engine."""

    @property
    def client(self) -> docker.DockerClient:
        """The SDK's client; raises `EngineLostError` nowhere, its calls raise the SDK's errors."""

    @property
    def address(self) -> str:
        """Its socket as a URL (`unix:///…`)."""

    @property
    def build_network(self) -> str:
        """Network mode for builds: `host` on the embedded engine, whose bridge leads nowhere."""

    def info(self) -> EngineInfo:
        """What the engine says of itself; raises `EngineError` when it does not answer."""

    def layer_folders(self, image: str) -> list[Path] | None:
        """The overlay2 folder of each layer from the base up, or None if they are not readable."""


class Builder(Protocol):
    """Executes a build and tells how long each step took."""

    @property
    def name(self) -> BuilderName:
        """Which builder this is."""

    def build(self, request: BuildRequest, on_step: StepListener | None = None) -> BuildResult:
        """Build; a Dockerfile that fails is a result, a lost engine raises `EngineLostError`."""


class BaseProvider(Protocol):
    """Makes a base image present on the engine, outside every clock."""

    def provide(self, base: Base, engine: Engine, progress: Progress) -> BaseImage:
        """The image of this level, present on the engine; raises `BaseError`."""
