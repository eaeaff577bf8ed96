"""What the container of a check runs where a Dockerfile starts nothing itself, and what it is told
by whatever would run it."""

from __future__ import annotations

import re
import shlex
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

from runner.compare.mounted_sources import installs_packages
from runner.compare.own_dockerfiles import OwnDockerfile
from runner.detect.command import of_procfile, takes_port
from runner.detect.listing import Listing
from runner.detect.project import DESCRIPTION
from runner.detect.web_servers import web_server_port
from runner.ecosystems.node import is_node
from runner.ecosystems.node_start import start_words
from runner.model.errors import ProjectError
from runner.model.project import Check, Project, Proof
from runner.model.record import Failure
from runner.model.text import printable

_STARTS_NOTHING = re.compile(
    r"(?:docker\.io/)?(?:library/)?(?:python|node|golang|ruby|debian|ubuntu|alpine|busybox)"
    r"(?::[\w.-]+)?(?:@sha256:\w+)?"
)
"""Official images whose own CMD is a prompt or a shell, which end where nobody types."""


def told_port(project: Project, first: OwnDockerfile | None, listing: Listing) -> tuple[int, str]:
    """The PORT that a platform would tell the image, and what of it asks for one; 0 for none."""
    asks = takes_port(first.dockerfile, listing.below(first.context)) if first else ""
    return (project.port or 0 if asks else 0), asks


def with_start(
    project: Project, own: Sequence[OwnDockerfile], listing: Listing, folder: Path
) -> tuple[Project, list[str]]:
    """The project with the command of its check, and where that was seen.

    Raises `ProjectError` where nothing says how any of its Dockerfiles is started."""
    if project.check.command or not own:
        return project, []
    check, seen = _start_beside(project, own[0], listing)
    if check.command:
        said = f"command of the check {shlex.join(check.command)}: {seen}"
        return replace(project, check=check), [said]
    if project.check.proof in (Proof.http, Proof.port) and all(map(_starts_nothing, own)):
        names = ", ".join(item.name for item in own)
        raise ProjectError(
            f"{folder}: {printable(names)}: neither CMD nor ENTRYPOINT, and"
            f" {printable(own[0].dockerfile.base)} starts nothing that serves: give the Dockerfile"
            f" a CMD, or name the command in {DESCRIPTION} (`check: {{command: [PROGRAM,"
            " ARGUMENT]}`)"
        )
    return project, []


def with_compose_command(
    project: Project, own: Sequence[OwnDockerfile], failures: Sequence[Failure]
) -> tuple[Project, list[str]]:
    """The project whose check runs what a compose file runs, where what the image starts by itself
    has ended, and what is said of it; the project itself and nothing where that is run already, or
    no compose file says anything else."""
    first = next(iter(own), None)
    has_ended = any(x.step == "check: start" for x in failures)
    if first is None or not has_ended or project.check.command or not first.command:
        return project, []
    if list(first.command) == first.dockerfile.process or installs_packages(first.command):
        return project, []
    check = replace(project.check, command=list(first.command))
    said = (
        f"command of the check {shlex.join(first.command)}: {first.seen}, as what the image starts"
        " by itself ends"
    )
    return replace(project, check=check), [said]


def _start_beside(project: Project, own: OwnDockerfile, listing: Listing) -> tuple[Check, str]:
    """The check with what a compose file runs, unless that installs packages first and something
    else is known; else the Procfile, else `start` of a package.json, and who says so. An image of a
    web server starts it."""
    service = listing.below(own.context)
    why, check = own.dockerfile.no_command, project.check
    if not why or web_server_port(own.dockerfile, service):
        return check, ""
    installs = installs_packages(own.command)
    composed = replace(check, command=list(own.command)) if own.command else check
    if own.command and not installs:
        return composed, why
    if own.dockerfile.command:
        return check, ""
    if words := of_procfile(service, project.port or 0):
        told = {"PORT": str(project.port)} if project.port else {}
        return (
            replace(check, command=words, environment={**told, **check.environment}),
            f"{why}, and web: in Procfile is this",
        )
    if is_node(own.dockerfile.base) and (words := start_words(service)):
        aside = "; that of a compose file installs packages, which no check can" if installs else ""
        return replace(check, command=words), f"{why}, and package.json has this{aside}"
    return composed, why if own.command else ""


def _starts_nothing(own: OwnDockerfile) -> bool:
    """Whether its image is known to end as soon as it is started."""
    file = own.dockerfile
    return not own.plain and not file.command and bool(_STARTS_NOTHING.fullmatch(file.base))
