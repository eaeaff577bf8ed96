"""What a compose file says of a project without a Dockerfile: of the service that has its directory
mounted into an image from elsewhere, or of the databases that it is developed with."""

from __future__ import annotations

import posixpath
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from runner.compare.compose import environment_of, services_beside
from runner.compare.compose_files import compose_files
from runner.compare.compose_service import mounts_of, services_of
from runner.model.project import Service
from runner.model.service_kinds import service_port


@dataclass(frozen=True)
class Said:
    """What its container is told, and what runs beside it."""

    environment: Mapping[str, str] = field(default_factory=dict)
    services: Mapping[str, Service] = field(default_factory=dict)
    seen: str = ""
    """Where: `service web in compose.yaml`; empty for nowhere."""


def said_of(context: str, texts: Mapping[str, str]) -> Said:
    """That of the first compose file that speaks of this directory of the project."""
    for path, document in compose_files(texts).items():
        folder = posixpath.dirname(path)
        name = _mounting(document, folder, context)
        if name is None:
            continue
        service = document["services"].get(name) or {}
        return Said(
            environment_of(service, folder, texts),
            services_beside(document, name, folder, texts),
            f"service {name} in {path}" if name else path,
        )
    return Said()


def _mounting(document: Mapping[str, Any], folder: str, context: str) -> str | None:
    """The name of the service that has the directory mounted; empty where all services are
    databases and the like, None for neither."""
    found = [(name, x) for name, x in services_of(document) if isinstance(x, dict)]
    for name, service in found:
        if any(place == context for place, _ in mounts_of(service, folder)):
            return name
    images = [x.get("image") for _, x in found if "build" not in x]
    is_beside = all(isinstance(x, str) and service_port(x) for x in images)
    return "" if found and is_beside and len(images) == len(found) else None
