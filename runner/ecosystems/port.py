"""What an ecosystem is asked: which manifests a project has, and the plain Dockerfile of it."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Protocol

from runner.dockerfile.facts import Manifest


class Tree(Protocol):
    """A project's files, as far as detection may see them."""

    @property
    def paths(self) -> Sequence[str]:
        """Paths of regular files, relative to the root, with slashes."""

    @property
    def texts(self) -> Mapping[str, str]:
        """Path → content of what was read."""


@dataclass(frozen=True)
class Given:
    """What the project's description says, so that it need not be found."""

    command: tuple[str, ...] = ()
    port: int = 0


NOTHING = Given()

GIVEN_IN = "dockbench.yaml"
HEALTH_PATHS = ("/health", "/healthz", "/healthcheck", "/health/", "/ping", "/livez")
NO_PORT = "no port was found"
"""Begins the words where a port was seen, if it was not."""


def line_of(match: re.Match[str]) -> int:
    """The number of the line on which a match ends, from 1."""
    return match.string.count("\n", 0, match.end()) + 1


def health_in(texts: Iterable[str], paths: Sequence[str] = HEALTH_PATHS) -> str:
    """The first usual path of a health check that stands in a source as a text of its own; `/`
    where none does."""
    known = list(texts)
    for path in paths:
        quoted = re.compile(rf"""["'`](?:GET )?{re.escape(path)}["'`]""")
        if any(map(quoted.search, known)):
            return path
    return "/"


def given_port(given: Given) -> tuple[int, str] | None:
    """The port that is given, and where; None where none is."""
    return (given.port, GIVEN_IN) if given.port else None


@dataclass(frozen=True)
class Plain:
    """The Dockerfile that a tutorial for this ecosystem would write for a project."""

    ecosystem: str
    dockerfile: str
    port: int
    port_seen: bool = True
    """Whether something of the project says the port; else it is a usual one."""
    health_path: str = "/"
    health_where: str = "in its sources"
    """Where that was seen, if it is not the usual one."""
    evidence: tuple[str, ...] = ()
    """`port 3000: server.js`: what was taken for what, and where it was seen."""
    environment: Mapping[str, str] = field(default_factory=dict)
    is_site: bool = False
    """Whether a web server hands out files, and nothing of the project is started."""
    builds: str = ""
    """What it runs besides an installer of its language (`manage.py collectstatic`, `apt-get`);
    empty for nothing."""


@dataclass(frozen=True)
class Lacking:
    """What an ecosystem did not find in a project that is its own."""

    why: str
    """One line: what was looked for, and what to do."""


class Ecosystem(Protocol):
    """One language."""

    @property
    def name(self) -> str:
        """`python`, `node`, `go`."""

    def manifests(self, tree: Tree) -> tuple[Manifest, ...]:
        """The manifests in the project, those nearest to the root first."""

    def plain(self, tree: Tree, given: Given = NOTHING) -> Plain | Lacking | None:
        """The plain Dockerfile; what is lacking for one; None for a project of another language."""

    def runtime_files(self, tree: Tree) -> tuple[str, ...]:
        """Directories that the running service reads, beside what is built or imported."""
