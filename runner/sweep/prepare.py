"""From a planned variant to one that can be built: its Dockerfile rendered, its identity known."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from runner.dockerfile.facts import BaseConfig, Opened
from runner.model.engine import BaseImage
from runner.model.errors import BaseError
from runner.model.levels import Family, LayerShape, Levels
from runner.model.paths import ResultPaths, variant_directory
from runner.model.record import Status
from runner.model.redact import redacted
from runner.model.variant import Variant, variant_id
from runner.recipe.plain import APK_MANAGER, APT
from runner.recipe.render import render
from runner.store.atomic import write_text
from runner.sweep.plan import PlannedVariant
from runner.sweep.session import Session, project_check
from runner.trial.failures import TrialEnded, ended

PACKAGE_MANAGERS = {Family.debian: APT, Family.alpine: APK_MANAGER}
"""What a distribution's images usually have."""


@dataclass(frozen=True)
class ReadyVariant:
    """A variant with its base present and its Dockerfile rendered."""

    planned: PlannedVariant
    variant: Variant
    variant_id: str
    base: BaseImage
    check_digest: str
    """Of what its check asks and expects."""
    end: TrialEnded | None = None
    """How it failed before its trial could begin: its base could not be had, or the trace that its
    Dockerfile needs; None for a variant that can be built."""

    @property
    def results(self) -> ResultPaths:
        """The folder that its record goes to."""
        return ResultPaths(Path(self.planned.config.run.results))

    @property
    def key(self) -> tuple[str, str, str, str]:
        """What is equal for variants of which one trial says all: content, base, builder, check."""
        builder = self.planned.config.builder.value
        return (self.variant_id, self.base.digest, builder, self.check_digest)


def ready(
    planned: PlannedVariant,
    base: BaseImage,
    session: Session,
    opened: Opened | None = None,
    end: TrialEnded | None = None,
) -> ReadyVariant:
    """Render the Dockerfile for this base, with prune.trace for what was opened; raises
    `ConstraintError` for contradictory levels, `ProjectError` for files that cannot be read."""
    config = planned.config
    levels = config.levels()
    recipe = render(
        levels,
        config.project,
        config.builder,
        base.package_manager,
        opened,
        base.has_strip,
        _inherited(levels, base, session),
    )
    variant = Variant(
        name=planned.name,
        levels=levels,
        recipe=recipe,
        about=planned.about,
        step=planned.step,
        original_bytes=planned.original_bytes,
        changed=planned.changed,
        varied=planned.varied,
    )
    identity = variant_id(
        recipe, levels, session.context_digest(config.project, recipe, config.builder)
    )
    check = project_check(config.project)
    return ReadyVariant(planned, variant, identity, base, check.digest, end)


def _inherited(levels: Levels, base: BaseImage, session: Session) -> BaseConfig | None:
    """How the base is configured, for the one level that has to say it again."""
    squashed = levels.layers.shape is LayerShape.squashed
    return session.inherited(base) if squashed and base.image_id else None


def without_base(planned: PlannedVariant, session: Session, error: BaseError) -> ReadyVariant:
    """A variant whose base could not be had: its record says so, and its Dockerfile is that for
    the usual image of the base's distribution."""
    base = planned.config.base
    end = ended(Status.base_failed, f"FROM {base.image}", str(error))
    usual = BaseImage(base.image, "", "", base.provider, (), PACKAGE_MANAGERS[base.family])
    return ready(planned, usual, session, end=end)


def write_dockerfile(item: ReadyVariant, results: ResultPaths) -> Path:
    """Leave what the variant is built from in the results directory: Dockerfile, .dockerignore and
    the list of traced files, where there are such; returns the folder."""
    folder = results.dockerfiles(file_name(item))
    recipe = item.variant.recipe
    texts = {"Dockerfile": recipe.dockerfile, ".dockerignore": recipe.dockerignore, **recipe.files}
    for name, text in texts.items():
        if text or name != ".dockerignore":
            write_text(folder / name, redacted(text), results.root)
    return folder


def file_name(item: ReadyVariant) -> str:
    """The variant's name for a folder: `03-scoped` in a path, else its id."""
    return variant_directory(item.variant.step, item.variant.name, item.variant_id)
