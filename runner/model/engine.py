"""What the engine, a build and a base image tell about themselves: plain data."""

from __future__ import annotations

from collections.abc import Generator
from dataclasses import dataclass, field
from enum import Enum
from typing import Protocol

from runner.model.levels import Provider


class BuilderName(Enum):
    """Which builder of the engine executes Dockerfiles."""

    buildkit = "buildkit"
    classic = "classic"


@dataclass(frozen=True)
class EngineInfo:
    """One container engine, as it describes itself."""

    id: str
    """First 12 hexadecimal digits of the SHA-256 of the engine's own identifier."""
    kind: str
    """`embedded` for the private daemon of dockbench, else `existing`."""
    version: str
    api_version: str
    storage_driver: str
    image_store: str
    """`graphdriver` or `containerd`."""
    operating_system: str
    kernel: str
    cpus: int
    memory_bytes: int
    cgroup_version: str
    readable: bool
    """Whether this process can read the layer directories of the engine."""


class Context(Protocol):
    """A build context: an uncompressed tarball that holds the Dockerfile."""

    def blocks(self) -> Generator[bytes]:
        """The tarball's bytes, from the start each time that it is called.

        Raises a `DockbenchError` if they cannot be read.
        """


@dataclass(frozen=True)
class BuildRequest:
    """One build: a context that holds the Dockerfile, and what to call the result."""

    context: Context
    dockerfile: str = "Dockerfile"
    """Name of the Dockerfile inside the context."""
    tag: str = ""
    target: str = ""
    build_args: dict[str, str] = field(default_factory=dict)
    labels: dict[str, str] = field(default_factory=dict)
    no_cache: bool = False
    timeout_s: float = 1800.0


@dataclass(frozen=True)
class BuildStep:
    """One step of a build; times are seconds since the build request was sent."""

    name: str
    started_s: float | None = None
    completed_s: float | None = None
    cached: bool = False
    error: str = ""


@dataclass(frozen=True)
class BuildFailure:
    """Why a build ended without an image."""

    step: str
    message: str
    exit_code: int | None = None
    timed_out: bool = False
    log_tail: tuple[str, ...] = ()
    """The last lines that the failing step printed."""


@dataclass(frozen=True)
class BuildResult:
    """What one build left: an image or a failure, and how long each step took."""

    image_id: str
    """`sha256:…` of the image; empty after a failure."""
    duration_s: float
    """Wall time from sending the request to the engine's last word, in seconds."""
    steps: tuple[BuildStep, ...] = ()
    log: tuple[str, ...] = ()
    """The lines that the steps printed, in the order of arrival."""
    failure: BuildFailure | None = None
    between: tuple[str, ...] = ()
    """Images that the classic builder made on the way, in the order of their steps: those of stages
    that are left behind and of a build that failed as well."""
    silent_s: float = 0.0
    """The longest that the engine did not answer meanwhile, if that was seconds."""


@dataclass(frozen=True)
class BaseImage:
    """A base image that is present on the engine."""

    reference: str
    """What FROM gets: a tag of ours, or a reference pinned by digest."""
    image_id: str
    digest: str
    """What it is: the registry's digest, a stand-in's image id, or the tarball's sha256."""
    provider: Provider
    diff_ids: tuple[str, ...]
    package_manager: str
    """`apt`, `apk`, or empty where the image has none (the stand-in for Alpine)."""
    reason: str = ""
    """Why this provider was chosen, for the user and the record."""
    has_strip: bool = True
    """Whether it has the program that removes debug symbols (binutils)."""
