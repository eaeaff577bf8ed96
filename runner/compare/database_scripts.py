"""What a compose file has a database be made with: the scripts that it mounts into the directory of
the official images, or that a Dockerfile of its own copies there."""

from __future__ import annotations

import posixpath
import re
from collections.abc import Iterator, Mapping
from typing import Any

from runner.detect.dockerfile import Dockerfile
from runner.detect.not_the_service import is_database

_PLACE = "/docker-entrypoint-initdb.d"
_SCRIPT = re.compile(r"[\w][\w. -]*\.(?:sql|sh)")
_MOST = 256 << 10
"""Of all scripts of one database: what is longer is data."""


def first_scripts(
    service: Mapping[str, Any], folder: str, texts: Mapping[str, str]
) -> dict[str, str]:
    """The name of each script that the database of a service is made with → its text. `folder` is
    that of the compose file."""
    sources = {**_built(service.get("build"), folder, texts), **dict(_mounted(service, folder))}
    found: dict[str, str] = {}
    for source, target in sources.items():
        found |= _scripts(source, target, texts)
    return dict(sorted(found.items())) if sum(map(len, found.values())) <= _MOST else {}


def _mounted(service: Mapping[str, Any], folder: str) -> Iterator[tuple[str, str]]:
    """What of the project it mounts → where."""
    volumes = service.get("volumes")
    for item in volumes if isinstance(volumes, list) else ():
        if isinstance(item, dict):
            source, target = str(item.get("source", "")), str(item.get("target", ""))
        else:
            source, target, *_ = [*str(item).split(":"), ""]
        if source.startswith("."):
            yield posixpath.normpath(posixpath.join(folder, source)), target


def _built(build: Any, folder: str, texts: Mapping[str, str]) -> dict[str, str]:
    """What a Dockerfile copies that is built on a database → where."""
    said = build if isinstance(build, dict) else {"context": build}
    context = posixpath.normpath(posixpath.join(folder, str(said.get("context", "."))))
    path = posixpath.normpath(posixpath.join(context, str(said.get("dockerfile", "Dockerfile"))))
    dockerfile = Dockerfile(texts.get(path, ""))
    if path not in texts or not is_database(dockerfile):
        return {}
    copied: dict[str, str] = {}
    for item in dockerfile.final:
        if item.keyword in ("COPY", "ADD"):
            *sources, target = [x for x in item.value.split() if not x.startswith("--")] or [""]
            copied |= {posixpath.normpath(posixpath.join(context, x)): target for x in sources}
    return copied


def _scripts(source: str, target: str, texts: Mapping[str, str]) -> dict[str, str]:
    """The scripts that lie in that directory of the image, by name."""
    place = posixpath.normpath(target)
    if source in texts and posixpath.dirname(place) == _PLACE:
        named = {posixpath.basename(place): texts[source]}
    elif source in texts and place == _PLACE:
        named = {posixpath.basename(source): texts[source]}
    elif place == _PLACE:
        head = "" if source == "." else f"{source}/"
        named = {
            path.removeprefix(head): text for path, text in texts.items() if path.startswith(head)
        }
    else:
        named = {}
    return {name: text for name, text in named.items() if _SCRIPT.fullmatch(name)}
