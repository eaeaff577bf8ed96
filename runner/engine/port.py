"""The ports of this floor: a container engine, a builder on it, a provider of base images.

Every engine that we support speaks the Docker API: documents that it gives (`inspect`, lists) are
those of that API. `runner.engine.docker` alone knows by which library they come. Operations raise
`RefusedError` for what the engine will not do, `MissingError` for what is not there, and
`EngineLostError` when it stops answering.
"""

from __future__ import annotations

from collections.abc import Callable, Generator, Iterable, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager
from pathlib import Path
from typing import TYPE_CHECKING, Any, Protocol

from runner.engine.image_store import ImageStore
from runner.model.confinement import Confinement
from runner.model.deadline import Deadline
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
    from runner.engine.docker.heartbeat import Heartbeat

StepListener = Callable[[BuildStep], None]
Message = dict[str, Any]
"""One message of a build, a load or a pull."""


class BuildTimedOutError(Exception):
    """The time for the build is over; the engine was told to stop it."""


class BuildRefusedError(Exception):
    """The engine did not begin the build; the text says why."""


class Container(Protocol):
    """A container of ours, running or not."""

    @property
    def id(self) -> str:
        """Its id."""

    @property
    def attributes(self) -> Mapping[str, Any]:
        """Its `inspect` at the last `reload`."""

    def start(self) -> None:
        """Start it."""

    def put(self, archive: bytes) -> None:
        """Unpack a tar archive at its root."""

    def kill(self) -> None:
        """End it with SIGKILL."""

    def remove(self) -> None:
        """Remove it, running or not, with its anonymous volumes."""

    def reload(self) -> None:
        """Ask for its `inspect` again."""

    def logs(self, tail: int) -> bytes:
        """The last lines that it printed, to either stream."""

    def changed(self) -> list[str]:
        """The absolute paths that it has added, changed or removed since it was created, and the
        directories that these lie in."""

    def execute(self, command: Sequence[str]) -> bytes:
        """What a command prints that is run in it."""

    def exit_code_of(self, command: Sequence[str], most_s: float) -> int | None:
        """The exit code of a command that is run in it; None if it still runs after `most_s`
        seconds. Raises `RefusedError` for one that cannot be started."""


class Resource(Protocol):
    """A network or a volume."""

    @property
    def name(self) -> str:
        """Its name."""

    @property
    def labels(self) -> Mapping[str, str]:
        """Its labels."""

    def remove(self) -> None:
        """Remove it."""


class Containers(Protocol):
    """The containers of an engine, with their networks and volumes."""

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
    ) -> Container:
        """A container that does not run yet. `network` is `none` (then `name` is its host name,
        too, and that no name server answers is found out at once), a network's name, or
        `container:ID` for that of another container, `hosts` maps names to addresses, `publish` a
        port to publish on this machine's loopback, `quota_bytes` what it may write, by the storage
        driver's own quota, `health_interval_s` how often its image's HEALTHCHECK is run, 0 for as
        often as the image says."""

    def search(
        self, label: str = "", container: str = "", size: bool = False
    ) -> list[dict[str, Any]]:
        """All containers, also those that have ended, with this label or of this id; `size` adds
        what each has written."""

    def inspect(self, container: str) -> Mapping[str, Any]:
        """The container's `inspect`."""

    def remove(self, container: str) -> None:
        """Remove a container by id or name, running or not, with its anonymous volumes."""

    def export(self, container: str, piece_bytes: int) -> Generator[bytes]:
        """The container's root as a tarball; mounted as long as it is not read to its end."""

    def has_file(self, container: str, path: str) -> bool:
        """Whether there is such a path in a container."""

    def create_network(self, name: str, internal: bool, labels: Mapping[str, str]) -> Resource:
        """A bridge network; an internal one leads nowhere."""

    def networks(self, label: str) -> Sequence[Resource]:
        """The networks with this label."""

    def volumes(self, label: str) -> Sequence[Resource]:
        """The volumes with this label."""


class Images(ImageStore, Protocol):
    """The images of an engine: those that are there, and what brings others."""

    def find(self, reference: str) -> Mapping[str, Any] | None:
        """The image's `inspect`; None for what is not there."""

    def search(self, label: str = "", every: bool = False) -> list[dict[str, Any]]:
        """The images with this label; `every` counts those between the steps of a build, too."""

    def tag(self, image: str, repository: str, tag: str) -> None:
        """Give an image one more name."""

    def remove(self, reference: str) -> None:
        """Remove a name, and the image with its last one; images below it stay."""

    def load(self, pieces: Iterable[bytes]) -> Iterator[Message]:
        """Load a docker archive; the engine's messages."""

    def import_root(self, path: Path, repository: str, tag: str, changes: Sequence[str]) -> None:
        """Make an image of a root file system's tarball, with these Dockerfile instructions."""

    def pull(self, reference: str) -> Iterator[Message]:
        """Pull an image; the engine's messages."""

    def resolve(self, reference: str) -> None:
        """Have the engine ask the registry for the image's digest; nothing is pulled."""


class Engine(Protocol):
    """A running container engine."""

    @property
    def address(self) -> str:
        """Its socket as a URL."""

    @property
    def is_local(self) -> bool:
        """Whether it listens on a Unix socket: its files are this machine's."""

    @property
    def is_private(self) -> bool:
        """Whether it is dockbench's own daemon."""

    @property
    def build_network(self) -> str:
        """Network mode for builds: `host` on the embedded engine, whose bridge leads nowhere."""

    @property
    def images(self) -> Images:
        """Its images."""

    @property
    def containers(self) -> Containers:
        """Its containers."""

    @property
    def deadline(self) -> Deadline | None:
        """The deadline that `bounded` has set."""

    def info(self) -> EngineInfo:
        """What the engine says of itself; raises `EngineError` when it does not answer."""

    def system(self) -> Mapping[str, Any]:
        """What it says of itself and of the machine that it runs on, as `docker info` has it."""

    def answers(self) -> bool:
        """Whether it answers a ping within ten seconds."""

    def bounded(
        self, deadline: Deadline, call_limit_s: float | None = None
    ) -> AbstractContextManager[None]:
        """Inside the block no call is waited for beyond the deadline, nor longer than
        `call_limit_s` (by default 30 s) without a byte. Blocks may lie in each other."""

    def patient(self, seconds: float) -> AbstractContextManager[None]:
        """Inside the block calls that belong to no trial may be silent for so long, more or less
        than usual."""

    def empty_build_cache(self) -> int:
        """Remove all of a private engine's build cache; the bytes that this freed, 0 on any other
        engine, whose cache has steps of others as well."""

    def heartbeat(self) -> Heartbeat:
        """Listens, as a context manager, whether it answers all the time."""

    def build_messages(
        self, request: BuildRequest, parameters: Mapping[str, str]
    ) -> Generator[Message]:
        """The messages of one build, as they arrive; closing the iterator cancels the build.

        Raises `BuildTimedOutError` after `request.timeout_s`, `BuildRefusedError` when the engine
        does not take the request, `EngineLostError`, and what the context raises when it cannot be
        read.
        """

    def cancel_build(self, build_id: str) -> None:
        """Have it give up a build, if it still works on it."""

    def clear_if_dead(self) -> None:
        """End what a private daemon left if it died; any other engine is not ours to end."""

    def close(self) -> None:
        """Close the connection."""


class Builder(Protocol):
    """Executes a build and measures how long each step took."""

    @property
    def name(self) -> BuilderName:
        """Which builder this is."""

    def build(self, request: BuildRequest, on_step: StepListener | None = None) -> BuildResult:
        """Build; a Dockerfile that fails is a result, a lost engine raises `EngineLostError`."""


class BaseProvider(Protocol):
    """Makes a base image present on the engine, outside every clock."""

    def provide(self, base: Base, engine: Engine, progress: Progress) -> BaseImage:
        """The image of this level, present on the engine; raises `BaseError`."""
