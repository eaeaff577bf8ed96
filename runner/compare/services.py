"""Images for the services beside a check: pulled, or stand-ins that are asked and not measured."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from runner.compare.base_images import wanted_base
from runner.model.errors import BaseError
from runner.model.levels import Base, Provider
from runner.model.progress import Progress
from runner.model.project import Project, Service
from runner.model.secret_values import MARK
from runner.model.service_kinds import service_port
from runner.sweep.session import Session

_COMMANDS = {"redis-server"}
"""Programs of which a stand-in has the same under the same name."""


def with_services(
    project: Project, session: Session, bases: Sequence[Base], progress: Progress
) -> tuple[Project, tuple[str, ...]]:
    """The project with images of its services that are present on the engine, and `db (mongo:7)`
    for each that cannot be had: it is said and left out, so that a check may show whether the
    project starts without."""
    found: dict[str, Service] = {}
    for host, service in project.check.services.items():
        try:
            found[host] = _present(service, session, bases)
        except BaseError as error:
            progress.note(f"service {host} ({service.image}) is left out of the check: {error}")
    lacking = [f"{x} ({y.image})" for x, y in project.check.services.items() if x not in found]
    return replace(project, check=replace(project.check, services=found)), tuple(lacking)


def without_variables(project: Project) -> Project:
    """The project for what is kept: names of variables and secrets, and no values."""
    check = project.check
    services = {
        host: replace(
            service,
            environment=dict.fromkeys(service.environment, MARK),
            files=dict.fromkeys(service.files, MARK),
            command=_without_password(service.command),
        )
        for host, service in check.services.items()
    }
    environment = dict.fromkeys(check.environment, MARK)
    secrets = dict.fromkeys(check.secrets, MARK)
    check = replace(check, environment=environment, secrets=secrets, services=services)
    return replace(project, check=check)


def _without_password(command: Sequence[str]) -> list[str]:
    """The words of a command without the password that Redis is to ask for."""
    before = ["", *command]
    return [
        MARK if x == "--requirepass" else word for x, word in zip(before, command, strict=False)
    ]


def _present(service: Service, session: Session, bases: Sequence[Base]) -> Service:
    image = session.base(wanted_base(service.image, session, bases))
    command = list(service.command)
    if image.provider is Provider.standin and command[:1] and command[0] not in _COMMANDS:
        command = []
    port = service.port or service_port(service.image)
    return replace(service, image=image.reference, command=command, port=port)
