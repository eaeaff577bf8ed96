"""What a service of a compose file is built from, and what of the project it mounts;
its ports."""

from __future__ import annotations

import posixpath
import re
from collections.abc import Iterator, Mapping
from itertools import islice
from typing import Any

from runner.compare.environment import interpolated

MOST_SERVICES = 200
"""How many services of a compose file are looked at: more are none that anybody wrote by hand."""


def services_of(document: Mapping[str, Any]) -> Iterator[tuple[str, Any]]:
    """The services of a compose file, each with its name."""
    services = document.get("services")
    named = services.items() if isinstance(services, dict) else ()
    yield from ((str(name), said) for name, said in islice(named, MOST_SERVICES))


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


def is_for_developers(service: Mapping[str, Any], folder: str, context: str) -> bool:
    """Whether a service follows the sources while they are edited: what it is told instead of what
    the image itself sets (NODE_ENV, UV_NO_DEV) is not what is shipped."""
    return "develop" in service or any(x == context for x, _ in mounts_of(service, folder))


def ports_of(said: Any, known: Mapping[str, str]) -> Iterator[int]:
    """The container ports of `ports` or `expose`, variables filled in."""
    for item in said if isinstance(said, list) else ():
        if isinstance(item, dict):
            item = item.get("target", "")
        filled = interpolated(str(item), known) or ""
        match = re.search(r"(?:^|:)(\d{1,5})(?:/tcp)?$", filled)
        if match:
            yield int(match[1])
