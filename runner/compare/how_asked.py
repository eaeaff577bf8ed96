"""How the check of a project asks whether it works: the port and why that one, or what is looked at
in place of an answer where no port is known."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from runner.compare.no_port import Instead, instead_of_port
from runner.compare.own_dockerfiles import OwnDockerfile
from runner.detect.command import port as command_port
from runner.detect.detection import Found
from runner.detect.listing import Listing
from runner.detect.project import DESCRIPTION, health_path, lenient
from runner.detect.web_servers import web_server_port
from runner.ecosystems.all import heard_port
from runner.ecosystems.port import Lacking, Plain
from runner.model.project import Proof
from runner.model.text import printable


@dataclass(frozen=True)
class Asked:
    """The port, and what is looked at in its place."""

    port: int | None
    """None where none is known."""
    evidence: tuple[str, ...]
    """The sources that say it, where no line of a Dockerfile does."""
    instead: Instead | None
    check: Mapping[str, Any]
    """Keys of the project's check, those of its description before ours."""

    @property
    def proof(self) -> Proof:
        """What tells that a container of the project is healthy."""
        said = self.check.get("proof", Proof.http)
        return said if isinstance(said, Proof) else Proof(str(said))

    @property
    def is_known(self) -> bool:
        """Whether it can be asked at all."""
        return self.port is not None or self.proof not in (Proof.http, Proof.port)


def how_asked(
    service: Listing,
    own: Sequence[OwnDockerfile],
    plain: Plain | Lacking | None,
    values: Mapping[str, Any],
) -> Asked:
    """Decide it from a description's `values`, then EXPOSE and compose files, the configuration of
    a web server, what the plain Dockerfile would write, what the started program listens on if it
    is told nothing, and what sources say. A port that is only a framework's custom does not count
    for a Dockerfile of the project's own that names none."""
    check = values.get("check") or {}
    told = _of_dockerfiles(service, own)
    guessed = plain.port if isinstance(plain, Plain) else None
    port = values.get("port") or told or guessed or _usual_port(service, own)
    heard = heard_port(service) if own and port is None else None
    if heard is not None:
        port = heard[0]
    is_custom = isinstance(plain, Plain) and not plain.port_seen and told is None
    if is_custom and port == guessed and own and not own[0].plain:
        port = None
    instead = None
    if own and port is None and "proof" not in check:
        instead = instead_of_port(own[0].dockerfile, service)
    if instead is None and port is None:
        port = guessed
    evidence = (f"port {heard[0]}: {heard[1]}",) if heard is not None else ()
    ours = instead.check if instead is not None else {}
    return Asked(port, evidence, instead, {**ours, **check})


def check_and_reason(
    asked: Asked, service: Listing, plain: Plain | Lacking | None
) -> tuple[dict[str, Any], str]:
    """The keys of the check, and the line that says what is asked and where that was seen."""
    found, where = health_path(service)
    health = found
    if isinstance(plain, Plain):
        health, where = plain.health_path, where if plain.health_path == "/" else plain.health_where
    path = str(asked.check.get("health_path", found))
    said = f"port {asked.port}, health GET {health}: {where}"
    if path != found:  # the description says it
        said = f"port {asked.port}, health GET {printable(path)}: {DESCRIPTION}"
    if asked.instead is not None:
        said = asked.instead.said
    elif asked.proof is not Proof.http:
        said = f"healthy by {asked.proof.value}: {DESCRIPTION}"
    return {**lenient(health), **asked.check}, said


def _of_dockerfiles(service: Listing, own: Sequence[OwnDockerfile]) -> int | None:
    """EXPOSE and compose files, the command of one where the image starts nothing itself, a web
    server's configuration, or `ENV PORT`."""
    ports = [port for item in own for port in (*item.dockerfile.ports, *item.ports)]
    if ports or not own:
        return next(iter(ports), None)
    if own[0].command and not own[0].dockerfile.process:
        found = command_port(service, own[0].dockerfile, list(own[0].command))
        if isinstance(found, Found):
            return int(found.values["port"])
    if server := web_server_port(own[0].dockerfile, service):
        return server[0]
    told = own[0].dockerfile.environment.get("PORT", "")
    return int(told) if re.fullmatch(r"[1-9][0-9]{1,4}", told) else None


def _usual_port(service: Listing, own: Sequence[OwnDockerfile]) -> int | None:
    """Where the program that a Dockerfile starts listens if it is told nothing."""
    words = own[0].dockerfile.command if own else []
    found = command_port(service, own[0].dockerfile, words) if words else None
    return int(found.values["port"]) if isinstance(found, Found) else None
