"""Which references a stand-in was made for: the names that Dockerfiles use for those images.

The same name without the default registry is the same image; a name in another registry, with
another tag or with a digest is another image, and nothing stands in for it.
"""

from __future__ import annotations

import re
from collections.abc import Mapping

from runner.engine.standins import on_others
from runner.engine.standins.recipe import TARGETS, TINY

_DEFAULT_REGISTRY = re.compile(r"(?:(?:index\.|registry-1\.)?docker\.io/)?(?:library/(?=[^/]+\Z))?")
_VERSION = r"python:3\.11(?:\.[0-9]+)?"

MADE_FOR: Mapping[str, str] = {
    "full": rf"{_VERSION}(?:-bookworm)?",
    "slim": rf"{_VERSION}-slim(?:-bookworm)?",
    "alpine": rf"{_VERSION}-alpine(?:3\.[0-9]+)?",
    "derived": r"tiangolo/uvicorn-gunicorn:python3\.11",
    "debian": r"dockbench/debian:1",
    "musl": r"dockbench/musl:1",
    TINY: r"dockbench/tiny:1",
}
"""Stand-in → a pattern of all references that it stands for, without the default registry. Those
that only other stand-ins and tests are built on have a name of ours."""

PLAIN_NAMES: Mapping[str, str] = {
    "full": "python:3.11",
    "slim": "python:3.11-slim",
    "alpine": "python:3.11-alpine",
    "derived": "tiangolo/uvicorn-gunicorn:python3.11",
    "debian": "dockbench/debian:1",
    "musl": "dockbench/musl:1",
    TINY: "dockbench/tiny:1",
}
"""Stand-in → the shortest reference that it stands for."""


def familiar(reference: str) -> str:
    """A reference as a Dockerfile has it: without the default registry and its directory for
    official images."""
    match = _DEFAULT_REGISTRY.match(reference)
    return reference[match.end() :] if match else reference


def standin_for(reference: str) -> str:
    """`slim` for `python:3.11-slim`, `docker.io/library/python:3.11.9-slim-bookworm` and the like;
    empty where there is none."""
    name = familiar(reference)
    found = (standin for standin, made_for in MADE_FOR.items() if re.fullmatch(made_for, name))
    return next(found, "") or on_others.standin_of(name)


def no_standin(level: str, standin: str, reference: str) -> str:
    """Why nothing stands in for the image of a level; empty if its stand-in was made for it."""
    if not standin:
        return f"base={level} has no stand-in"
    known = standin in TARGETS or standin in on_others.targets()
    if not known or standin_for(reference) == standin:
        return ""
    made_for = PLAIN_NAMES.get(standin) or on_others.plain_name(standin)
    return f"the stand-in {standin} stands for {made_for}, not for {reference}"
