"""The port on which a service was seen to listen, where its check asked on another one that only
its Dockerfile or a guess had named."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import replace

from runner.compare.own_dockerfiles import OwnDockerfile
from runner.detect.command import DEBUGGERS
from runner.model.project import Project, Proof
from runner.model.record import Failure

_ELSEWHERE = re.compile(
    r"listens on (?!127\.|\[?::1)\S+ (?:and \S+ )*and not on port (\d+): .*"
    r"set the project's port: (\d+)"
)
_EPHEMERAL = 32768
"""From here on the kernel gives a port to who names none (net.ipv4.ip_local_port_range)."""


def with_heard_port(
    project: Project, failures: Sequence[Failure], is_said: bool
) -> tuple[Project, list[str]]:
    """The project with the port that a failed check saw its service listen on, and what is said of
    it; the project itself and nothing where there is none, and where its owner has said the port
    (`is_said`)."""
    if is_said or project.check.proof not in (Proof.http, Proof.port):
        return project, []
    for failure in failures:
        match = _ELSEWHERE.search(failure.message)
        if not match or match[2] in DEBUGGERS:
            continue
        if int(match[1]) == project.port and match[1] != match[2]:
            if int(match[2]) >= _EPHEMERAL:
                return _told(project, match[2])
            said = f"port {match[2]}: where it was seen to listen, and not on {match[1]}"
            return replace(project, port=int(match[2])), [said]
    return project, []


def _told(project: Project, heard: str) -> tuple[Project, list[str]]:
    """The project whose container is told its port: it took any that was free, as a service does
    whose variable for it is not set."""
    check = project.check
    if "PORT" in check.environment:
        return project, []
    environment = {**check.environment, "PORT": str(project.port)}
    said = f"variable of the check PORT={project.port}: it listened on any free port ({heard})"
    return replace(project, check=replace(check, environment=environment)), [said]


def exposed(own: Sequence[OwnDockerfile], project: Project) -> list[OwnDockerfile]:
    """The Dockerfiles, those that are of our writing with the project's port in EXPOSE."""
    line = f"EXPOSE {project.port}"
    return [
        replace(
            item,
            dockerfile=replace(
                item.dockerfile,
                text=re.sub(r"^EXPOSE \d+$", line, item.dockerfile.text, flags=re.MULTILINE),
            ),
        )
        if item.plain
        else item
        for item in own
    ]
