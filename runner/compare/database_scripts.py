"""What a compose file has a database be made with: the scripts that it mounts into the directory of
the official images, or that a Dockerfile of its own copies there."""

from __future__ import annotations

import posixpath
import re
from collections.abc import Mapping
from typing import Any

from runner.compare.compose_service import built_from, mounts_of
from runner.detect.dockerfile import Dockerfile
from runner.detect.not_the_service import is_database
from runner.dockerfile.reads import words_of_copy
from runner.engine.put_files import FIRST_SCRIPTS

_PLACE = f"/{FIRST_SCRIPTS}"
_SCRIPT = re.compile(r"[\w][\w. -]*\.(?:sql|sh)")
_MOST = 256 << 10
"""Of all scripts of one database: what is longer is data."""


def first_scripts(
    service: Mapping[str, Any], folder: str, texts: Mapping[str, str]
) -> dict[str, str]:
    """The name of each script that the database of a service is made with → its text. `folder` is
    that of the compose file."""
    sources = {**_built(service, folder, texts), **dict(mounts_of(service, folder))}
    found: dict[str, str] = {}
    for source, target in sources.items():
        found |= _scripts(source, target, texts)
    return dict(sorted(found.items())) if sum(map(len, found.values())) <= _MOST else {}


def _built(service: Mapping[str, Any], folder: str, texts: Mapping[str, str]) -> dict[str, str]:
    """What a Dockerfile copies that is built on a database → where."""
    context, path = built_from(service, folder)
    dockerfile = Dockerfile(texts.get(path, ""))
    if path not in texts or not is_database(dockerfile):
        return {}
    copied: dict[str, str] = {}
    for item in dockerfile.final:
        if item.keyword in ("COPY", "ADD"):
            *sources, target = words_of_copy(item.value) or [""]
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
