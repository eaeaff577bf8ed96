"""A project: the application that gets packaged, and how to tell that it works."""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import Enum

from runner.model.confinement import MEMORY_BYTES
from runner.model.levels import REQUIRED


class PartKind(Enum):
    """What a generated part of a project is made of."""

    git_history = "git_history"
    idea = "idea"
    node_modules = "node_modules"
    weights = "weights"
    notebooks = "notebooks"
    text = "text"


@dataclass
class GeneratedPart:
    """Something heavy of a real repository, generated when the project is materialised."""

    kind: PartKind = PartKind.weights
    path: str = REQUIRED
    """Where it goes, relative to the repository's root."""
    size_bytes: int = 0
    """How much it holds: exactly for weights and node_modules, about that for the others."""
    files: int = 1
    """How many files it has; of a git_history the number of commits. Weights are one file."""
    seed: int = 0
    """Another seed gives other bytes of the same kind and size."""
    lines: list[str] = field(default_factory=list)
    """What a text holds; it is exactly that."""


@dataclass
class DependencySet:
    """One set of dependencies, as each installer wants to be told of it."""

    requirements: str = ""
    """Requirements file for pip and uv, relative to the backend directory."""
    files: list[str] = field(default_factory=list)
    """Further files that the requirements file names (-r, -c), relative to the backend
    directory."""
    poetry_groups: list[str] = field(default_factory=list)
    """Groups of poetry.lock next to the main one; only used if `poetry` is true."""
    poetry: bool = False
    """Whether poetry can install this set from the lock file."""


@dataclass
class SystemPackages:
    """The distribution's packages that the service needs to run, by package manager."""

    apt: list[str] = field(default_factory=list)
    apk: list[str] = field(default_factory=list)


@dataclass
class Service:
    """Another service that the project needs to start: a database, a queue, a cache."""

    image: str = REQUIRED
    environment: dict[str, str] = field(default_factory=dict)
    command: list[str] = field(default_factory=list)
    """Instead of the image's own; empty for that."""
    port: int = 0
    """On which it listens once it is there; 0 for the usual one of its image."""
    files: dict[str, str] = field(default_factory=dict)
    """Name of a file in `/docker-entrypoint-initdb.d` → its text: what images of databases run when
    they make theirs."""


class Proof(Enum):
    """What tells that a container is healthy."""

    http = "http"
    """An answer to a GET."""
    port = "port"
    """A connection that is accepted."""
    log = "log"
    """A line that it prints."""
    healthcheck = "healthcheck"
    """The HEALTHCHECK of its image."""
    exit_code = "exit_code"
    """A program that ends, and how."""
    runs = "runs"
    """A process that goes on for some seconds, or ends where a host of the network would be asked,
    which a check's container does not reach."""


@dataclass
class Check:
    """How to prove that a container of the project works."""

    proof: Proof = Proof.http
    health_path: str = "/health"
    healthy_below: int = 300
    """Statuses from 200 up to below this one are healthy: 500 where nothing but an answer is asked
    for."""
    request_method: str = "POST"
    request_path: str = "/"
    request_file: str = ""
    """JSON body of the request, relative to the experiment's directory; empty for none."""
    answer_file: str = ""
    """The full expected JSON answer, relative to the experiment's directory."""
    answer_status: int = 0
    """The expected status of that answer; 0 for any from 200 to 299."""
    answer_text: str = ""
    """Text that the answer must hold; with proof=exit_code, that the program must print."""
    redirects: int = 0
    """How many redirects within the service are followed, one after the other."""
    log_line: str = ""
    """With proof=log: text in the line that says that it is ready."""
    exit_code: int = 0
    """With proof=exit_code: how the program must end."""
    structure_test: str = ""
    """A file for container-structure-test, relative to the experiment's directory."""
    timeout_s: float = 60.0
    """How long the container may take to its first healthy answer."""
    memory_bytes: int = MEMORY_BYTES
    """Memory that the container may use, without swap; what takes more is killed."""
    environment: dict[str, str] = field(default_factory=dict)
    """Variables that only the container of the check is told; no image and no record has them."""
    command: list[str] = field(default_factory=list)
    """What the container runs in the place of its image's own command; empty for that."""
    services: dict[str, Service] = field(default_factory=dict)
    """Host name → what runs next to the container of the check, which is all that it reaches."""
    secrets: dict[str, str] = field(default_factory=dict)
    """Name of a file in /run/secrets of the container of the check, or absolute path of another →
    its text; no image and no record has it."""
    capabilities: list[str] = field(default_factory=list)
    """Linux capabilities that the service needs beside those that every check has."""


@dataclass
class Edits:
    """How a developer changes the project: what source_edit and deps_edit do to a copy of it. What
    is not said is found."""

    source: str = ""
    """A source file of the service, relative to the repository's root."""
    source_line: str = ""
    """What is appended to it, `{}` standing for a text that is new each time; a comment in the
    language of the file if nothing is said."""
    dependencies: str = ""
    """The file that lists the dependencies, relative to the repository's root."""
    dependencies_line: str = ""
    """What is appended to it; a small pure package if nothing is said."""


@dataclass
class Project:
    """Source tree, how to install it, how to start it, how to check that it works."""

    name: str = REQUIRED
    about: str = REQUIRED
    folder: str = REQUIRED
    """The experiment's directory, relative to `experiments` or absolute."""
    repository: str = "repository"
    """The committed part of the repository, relative to `folder`."""
    backend: str = "backend"
    """The service's directory, relative to the repository's root."""
    package: str = REQUIRED
    """What of the backend must be in the image to run it (the import package's directory)."""
    dependency_files: list[str] = field(default_factory=list)
    """Files next to the requirements that installers read (pyproject.toml, poetry.lock)."""
    dependencies: dict[str, DependencySet] = field(default_factory=dict)
    """Level of `deps` → what to install."""
    system_packages: SystemPackages = field(default_factory=SystemPackages)
    """What is installed beside Python's packages and stays in the image (libpq5, ffmpeg); what only
    building needs is the toolchain's."""
    command: list[str] = field(default_factory=list)
    """The container's command; its working directory is the backend's."""
    port: int = 8000
    environment: dict[str, str] = field(default_factory=dict)
    """Variables of the running service; they are in the image, so nothing secret."""
    ignore: list[str] = field(default_factory=list)
    """Lines that this project adds to a .dockerignore, relative to the backend."""
    parts: list[GeneratedPart] = field(default_factory=list)
    check: Check = field(default_factory=Check)
    edits: Edits = field(default_factory=Edits)
