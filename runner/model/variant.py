"""A variant: one level for every factor, rendered to one Dockerfile and one build context."""

from __future__ import annotations

import hashlib
import json
from dataclasses import dataclass, field

from runner.model.levels import Levels


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


def variant_id(recipe: Recipe, levels: Levels, context_digest: str) -> str:
    """12 hexadecimal digits that are equal for equal Dockerfile, context and levels."""
    content: dict[str, object] = {
        "levels": levels.names(),
        "dockerfile": recipe.dockerfile,
        "dockerignore": recipe.dockerignore,
        "context": recipe.context,
        "context_digest": context_digest,
    }
    if recipe.files:
        content["files"] = recipe.files
    return hashlib.sha256(json.dumps(content, sort_keys=True).encode()).hexdigest()[:12]
