"""A variant: one level for every factor, rendered to one Dockerfile and one build context."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import lru_cache

from runner.model.levels import FACTORS, Levels


@dataclass(frozen=True)
class Recipe:
    """What a variant's levels render to."""

    dockerfile: str
    dockerignore: str
    """Text of the .dockerignore; empty for none."""
    context: str
    """Root of the build context, relative to the repository's root (`.` for all of it)."""
    default_base: str
    """The reference that `ARG BASE_IMAGE` has if the builder is not told another."""
    files: dict[str, str] = field(default_factory=dict)
    """Name → text of further files that are sent in the root of the context."""
    target: str = ""
    """The stage to build; empty for the last one."""
    build_args: dict[str, str] = field(default_factory=dict)
    """What a compose file gives its build."""
    dockerfile_path: str = ""
    """Where the project has this Dockerfile in its context; empty for one that dockbench wrote."""
    notes: tuple[str, ...] = ()
    """What a reader must know, such as a level that has no effect on this base."""


@dataclass(frozen=True)
class Variant:
    """One Dockerfile, one build context, one name."""

    name: str
    """Short and unique in its experiment: the step's name, or the levels that were chosen."""
    levels: Levels
    recipe: Recipe
    about: str = ""
    """What changed, in one line."""
    step: int | None = None
    """Position in a path, from 0; None in a grid."""
    original_bytes: int | None = None
    """What the original post measured at this step, where it says."""
    changed: dict[str, str] = field(default_factory=dict)
    """Factor → level, for the levels that differ from the step before."""
    varied: dict[str, str] = field(default_factory=dict)
    """What a sweep varies in addition to the steps of a path: key → value."""


def variant_name(chosen: Mapping[str, str]) -> str:
    """`base=slim cache=keep`: what was chosen, whoever chose it in whichever order."""
    return " ".join(f"{key}={value}" for key, value in in_order(chosen)) or "defaults"


def in_order(chosen: Mapping[str, str]) -> list[tuple[str, str]]:
    """Keys and values in the order of the factors, then all that is not a factor."""
    return sorted(chosen.items(), key=lambda item: _position(item[0]))


_ORDER = {factor: place for place, factor in enumerate(FACTORS)}


@lru_cache(maxsize=1024)
def _position(key: str) -> tuple[int, str]:
    return (_ORDER.get(group_of(key), len(_ORDER)), key)


def group_of(key: str) -> str:
    """The first part of a key: `base` for `base.image`."""
    return key.partition(".")[0].partition("@")[0]


def variant_id(recipe: Recipe, levels: Levels, context_digest: str) -> str:
    """12 hexadecimal digits that are equal for equal Dockerfile, context and levels.

    The context is what is sent: other files of the project do not count.
    """
    content: dict[str, object] = {
        "levels": levels.names(),
        "dockerfile": recipe.dockerfile,
        "dockerignore": recipe.dockerignore,
        "context": recipe.context,
        "context_digest": context_digest,
    }
    if recipe.files:
        content["files"] = recipe.files
    if recipe.target or recipe.build_args:
        content |= {"target": recipe.target, "build_args": recipe.build_args}
    return hashlib.sha256(json.dumps(content, sort_keys=True).encode()).hexdigest()[:12]
