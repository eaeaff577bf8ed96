"""A project's own Dockerfile as a variant: built as it is, wherever its base images can be had."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace

from runner.engine.bases.images import find_image
from runner.engine.bases.official import standin_for
from runner.engine.bases.registry import pinned_reference, registry_answers
from runner.model.engine import BaseImage, BuilderName
from runner.model.errors import BaseError
from runner.model.levels import Base, Levels, Provider
from runner.model.record import Status
from runner.model.variant import Recipe, Variant, variant_id
from runner.sweep.config import Config
from runner.sweep.plan import PlannedVariant
from runner.sweep.ready import ReadyVariant
from runner.sweep.understood import OwnDockerfile
from runner.sweep.workshop import Workshop, project_check
from runner.trial.ended import TrialEnded, ended

ABOUT = "the project's own Dockerfile, as it is"


def own_variant(
    own: OwnDockerfile, config: Config, workshop: Workshop, levels: Sequence[Base]
) -> ReadyVariant:
    """The Dockerfile with its images present, or with what prevents it from being built.

    An image that one of the base `levels` names is the same as theirs.

    Where a stand-in takes the place of an official image, a copy is built that names it instead,
    and a note says so.
    """
    end: TrialEnded | None = None
    images: dict[str, BaseImage] = {}
    for reference in own.dockerfile.images:
        try:
            images[reference] = workshop.base(_wanted(reference, workshop, levels))
        except BaseError as error:
            end = end or ended(Status.base_failed, f"FROM {reference}", str(error))
    if not own.dockerfile.images:
        end = ended(Status.build_failed, own.name, "it is built on no image (FROM)")
    recipe = _copy(own, images, config, workshop)
    planned = PlannedVariant(own.name, ABOUT, config)
    variant = Variant(own.name, Levels(), recipe, ABOUT)
    digest = workshop.context_digest(config.project, recipe, config.builder)
    return ReadyVariant(
        planned=planned,
        variant=variant,
        variant_id=variant_id(recipe, Levels(), digest),
        base=images.get(own.dockerfile.base) or _absent(own.dockerfile.base),
        check_digest=project_check(config.project).digest,
        end=end,
    )


def _wanted(reference: str, workshop: Workshop, levels: Sequence[Base]) -> Base:
    """Where an image comes from: the engine's own of that name first, as in any build."""
    other = Base(level="own", about=ABOUT, image=reference, standin=standin_for(reference))
    base = next((level for level in levels if level.image == reference), other)
    engine = workshop.engine
    if find_image(engine, reference) and not pinned_reference(engine, reference):
        return replace(base, provider=Provider.engine)
    if base.standin or pinned_reference(engine, reference):
        return base
    if silent := registry_answers(engine, reference):
        raise BaseError(
            f"{silent}: load {reference} on the engine, or run where a registry answers"
        )
    return replace(base, provider=Provider.registry)


def _copy(
    own: OwnDockerfile, images: Mapping[str, BaseImage], config: Config, workshop: Workshop
) -> Recipe:
    """The recipe that is built: the Dockerfile itself, but for stand-ins."""
    notes: list[str] = []
    instead: dict[str, str] = {}
    for reference, image in images.items():
        if image.provider is Provider.standin:
            instead[reference] = image.reference
            notes.append(f"FROM {reference} is {image.reference} in the copy that is built")
    without_syntax = False
    frontend = own.dockerfile.syntax
    if frontend and config.builder is BuilderName.buildkit:
        without_syntax = bool(
            not find_image(workshop.engine, frontend)
            and registry_answers(workshop.engine, frontend)
        )
    if without_syntax:
        notes.append(f"its line syntax={frontend} is left out: no registry answers for it")
    return Recipe(
        dockerfile=own.dockerfile.built_on(instead, without_syntax),
        dockerignore=own.dockerignore,
        context=".",
        default_base="",
        dockerfile_path=own.name,
        notes=tuple(notes),
    )


def _absent(reference: str) -> BaseImage:
    """A base image that could not be had, for the record."""
    return BaseImage(reference, "", "", Provider.registry, (), "")
