"""Services that import themselves by the name of the directory in which they lie (`from src.config
import …` in `src/`): in a Dockerfile that is written for them, that directory keeps its name."""

from __future__ import annotations

import posixpath
from collections.abc import Mapping, Sequence

from runner.analysis.causes_of_packages import missing_module
from runner.compare.own_dockerfiles import OwnDockerfile
from runner.model.record import Failure

_PLACE = "WORKDIR /app\n"
"""In the plain Dockerfile of Python."""


def with_own_package(
    own: Sequence[OwnDockerfile], failures: Mapping[str, Failure]
) -> tuple[list[OwnDockerfile], list[str]]:
    """The Dockerfiles with that directory below one that Python looks for packages in, and what is
    said of it; the Dockerfiles themselves and nothing where none failed for want of it."""
    found = list(own)
    said: list[str] = []
    for index, item in enumerate(own):
        failure = failures.get(item.name)
        name = posixpath.basename(item.context)
        text = item.dockerfile.text
        if not item.plain or failure is None or not name.isidentifier():
            continue
        module = missing_module(failure.words).partition(".")[0]
        if module != name or text.count(_PLACE) != 1 or "PYTHONPATH" in text:
            continue
        line = (
            f"{item.context} is copied to /app/{name}, and PYTHONPATH is /app: its sources import"
            f" themselves as {name}"
        )
        placed = f"WORKDIR /app/{name}\nENV PYTHONPATH=/app\n"
        text = text.replace("/app/.venv", f"/app/{name}/.venv").replace(_PLACE, placed)
        found[index] = item.mended(text, line)
        said.append(line)
    return found, said
