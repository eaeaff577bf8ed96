"""What a service of a compose file is built from, and what of the project it mounts."""

from __future__ import annotations

import posixpath
from collections.abc import Iterator, Mapping
from typing import Any


def built_from(service: Mapping[str, Any], folder: str) -> tuple[str, str]:
    """The directory that is sent, and the Dockerfile, relative to the project; empty texts for what
    is not built. `folder` is that of the compose file."""
    build = service.get("build")
    said = build if isinstance(build, dict) else {"context": build}
    place, name = said.get("context", "."), said.get("dockerfile", "Dockerfile")
    if not isinstance(place, str) or not isinstance(name, str):
        return "", ""
    context = posixpath.normpath(posixpath.join(folder, place))
    return context, posixpath.normpath(posixpath.join(context, name))


def mounts_of(service: Mapping[str, Any], folder: str) -> Iterator[tuple[str, str]]:
    """Each file or directory of the project that is mounted, and where; empty where nothing says
    that."""
    volumes = service.get("volumes")
    for item in volumes if isinstance(volumes, list) else ():
        if isinstance(item, dict):
            source, target = str(item.get("source", "")), str(item.get("target", ""))
        else:
            source, target, *_ = [*str(item).split(":"), ""]
        if source.startswith("."):
            yield posixpath.normpath(posixpath.join(folder, source)), target
