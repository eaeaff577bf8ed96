"""From a planned variant to one that can be built: its Dockerfile rendered, its identity known."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from runner.model.engine import BaseImage
from runner.model.paths import ResultPaths
from runner.model.variant import Variant, variant_id
from runner.recipe.render import render
from runner.store.atomic import write_text
from runner.sweep.plan import PlannedVariant
from runner.trial.ended import TrialEnded


@dataclass(frozen=True)
class ReadyVariant:
    """A variant with its base present and its Dockerfile rendered."""

    planned: PlannedVariant
    variant: Variant
    variant_id: str
    base: BaseImage
    untraced: TrialEnded | None = None
    """How the trace ended that its Dockerfile needs; None where it needs none or has it."""


def ready(
    planned: PlannedVariant,
    base: BaseImage,
    project_digest: str,
    traced_paths: Sequence[str] = (),
) -> ReadyVariant:
    """Render the Dockerfile for this base, with prune.trace for these files; raises
    `ConstraintError` for contradictory levels."""
    config = planned.config
    levels = config.levels()
    recipe = render(levels, config.project, config.builder, base.package_manager, traced_paths)
    variant = Variant(
        name=planned.name,
        levels=levels,
        recipe=recipe,
        about=planned.about,
        step=planned.step,
        original_bytes=planned.original_bytes,
        changed=planned.changed,
    )
    return ReadyVariant(planned, variant, variant_id(recipe, levels, project_digest), base)


def write_dockerfile(item: ReadyVariant, results: ResultPaths) -> Path:
    """Leave what the variant is built from in the result folder: Dockerfile, .dockerignore and
    the list of traced files, where there are such; returns the folder."""
    folder = results.dockerfiles(file_name(item))
    folder.mkdir(parents=True, exist_ok=True)
    write_text(folder / "Dockerfile", item.variant.recipe.dockerfile)
    if item.variant.recipe.dockerignore:
        write_text(folder / ".dockerignore", item.variant.recipe.dockerignore)
    for name, text in item.variant.recipe.files.items():
        write_text(folder / name, text)
    return folder


def file_name(item: ReadyVariant) -> str:
    """The variant's name for a folder: `03-scoped` in a path, else its id."""
    if item.variant.step is None:
        return item.variant_id
    return f"{item.variant.step:02}-{item.variant.name}"
