"""A project's own Dockerfile as a variant: built as it is, wherever its base images can be had."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import replace

from runner.compare.base_images import named_by_user, wanted_base, without_apk
from runner.compare.candidates import Candidate
from runner.compare.own_dockerfiles import OwnDockerfile
from runner.compare.standin_edits import for_other_versions, for_standins
from runner.detect.dockerfile import Dockerfile
from runner.dockerfile.alpine_on_debian import on_debian
from runner.dockerfile.document import DockerfileError, Document
from runner.dockerfile.frontend import (
    without_heredocs,
    without_mounts_of_caller,
    without_new_flags,
    without_stages,
)
from runner.dockerfile.spans import NotApplicable
from runner.engine.bases.images import find_image
from runner.engine.bases.registry import registry_answers
from runner.model.engine import BaseImage, BuilderName
from runner.model.errors import BaseError
from runner.model.levels import Base, Levels, Provider, Prune
from runner.model.record import Status
from runner.model.variant import Recipe, Variant, variant_id
from runner.sweep.config import Config
from runner.sweep.plan import PlannedVariant
from runner.sweep.prepare import ReadyVariant
from runner.sweep.session import Session, project_check
from runner.trial.failures import TrialEnded, ended

ABOUT = "the project's own Dockerfile, as it is"


MENDED = "the project's own Dockerfile, with what it lacks to work at all"
ELSEWHERE = "a Dockerfile from outside of the project, as it is"
_NEW_MAJOR = 25
"""The engine whose own frontend knows all of today's instructions and flags."""
PLAIN = "the plain Dockerfile, as a tutorial would write it"


def own_variant(
    own: OwnDockerfile,
    config: Config,
    session: Session,
    bases: Sequence[Base],
    candidate: Candidate | None = None,
) -> ReadyVariant:
    """The Dockerfile with its images present, or with what prevents it from being built; with a
    `candidate`, as that has changed it.

    An image that one of the `bases` names is the same as theirs.

    Where a stand-in takes the place of an official image, a copy is built that names it instead,
    and a note says so.
    """
    as_it_is = MENDED if own.mends else ABOUT
    about = PLAIN if own.plain else ELSEWHERE if own.outside else as_it_is
    name, changed = own.name, dict[str, str]()
    if candidate is not None:
        name, about, changed = candidate.name, candidate.about or about, dict(candidate.levels)
        own = replace(own, dockerfile=replace(own.dockerfile, text=candidate.text))
        if candidate.dockerignore is not None:
            own = replace(own, dockerignore=candidate.dockerignore)
    images, instead, end = _images(own, session, bases)
    if not own.dockerfile.images:
        end = ended(Status.build_failed, name, "it is built on no image (FROM)")
    recipe = _copy(own, images, instead, bases, config, session)
    levels = Levels()
    if candidate is not None:
        recipe = replace(recipe, files=dict(candidate.files))
        if not candidate.ships:
            levels = Levels(prune=Prune(ships=False))
    planned = PlannedVariant(name, about, config, changed=changed)
    variant = Variant(name, levels, recipe, about, changed=changed)
    digest = session.context_digest(config.project, recipe, config.builder)
    return ReadyVariant(
        planned=planned,
        variant=variant,
        variant_id=variant_id(recipe, levels, digest),
        base=images.get(own.dockerfile.base) or _absent(own.dockerfile.base),
        check_digest=project_check(config.project).digest,
        end=end,
    )


def _images(
    own: OwnDockerfile, session: Session, bases: Sequence[Base]
) -> tuple[dict[str, BaseImage], dict[str, str], TrialEnded | None]:
    """Reference → its image on the engine, reference → what is named in its place, and why it
    cannot be built: all images that cannot be had, which is known before any is made."""
    wanted: dict[str, Base] = {}
    missing: dict[str, str] = {}
    for reference in own.dockerfile.images:
        try:
            wanted[reference] = wanted_base(reference, session, bases)
        except BaseError as error:
            missing[reference] = without_apk(own, reference, reference) or str(error)
    images: dict[str, BaseImage] = {}
    for reference, base in {} if missing else wanted.items():
        try:
            images[reference] = image = session.base(base)
        except BaseError as error:
            missing[reference] = str(error)
            continue
        if image.provider is Provider.standin and (
            lacking := without_apk(own, reference, base.image)
        ):
            missing[reference] = lacking
    named = {x: images[x].reference for x in images if wanted[x].image != x}
    if not missing:
        return images, named, None
    said = "; ".join(missing.values())
    return images, named, ended(Status.base_failed, f"FROM {next(iter(missing))}", said)


def _copy(
    own: OwnDockerfile,
    images: Mapping[str, BaseImage],
    named: Mapping[str, str],
    bases: Sequence[Base],
    config: Config,
    session: Session,
) -> Recipe:
    """The recipe that is built: the Dockerfile itself, but for stand-ins and for images that are
    `named` in the place of others."""
    instead = dict(named)
    notes = [_note(reference, other, bases) for reference, other in named.items()]
    for reference, image in images.items():
        if image.provider is Provider.standin and reference not in named:
            instead[reference] = image.reference
            notes.append(f"FROM {reference} is {image.reference} in the copy that is built")
    without_syntax = False
    frontend = own.dockerfile.syntax
    if frontend and config.builder is BuilderName.buildkit:
        without_syntax = bool(
            not find_image(session.engine, frontend) and registry_answers(session.engine, frontend)
        )
    if without_syntax:
        notes.append(f"its line syntax={frontend} is left out: no registry answers for it")
    moved = [x for x in named if "alpine" in x and _is_debian(images[x])]
    text = _on_debian(own, moved, notes).built_on(instead, without_syntax)
    is_old = not frontend and _major(session.info.version) < _NEW_MAJOR
    if config.builder is BuilderName.buildkit and (without_syntax or is_old):
        text = _for_old_frontend(own, text, notes)
    if config.builder is BuilderName.buildkit:
        text = _without_mounts(own, text, notes)
    if named:
        text = for_other_versions(text, own.target, notes, named)
    if images and all(image.provider is Provider.standin for image in images.values()):
        text = for_standins(text, own.target, notes, own.elsewhere)
    return Recipe(
        dockerfile=text,
        dockerignore=own.dockerignore,
        context=own.context,
        default_base="",
        target=own.target,
        build_args=dict(own.args),
        dockerfile_path="" if own.plain or own.outside else _within(own.context, own.name),
        notes=tuple(notes),
    )


def _note(reference: str, other: str, bases: Sequence[Base]) -> str:
    """Why an image takes the place of another."""
    if named_by_user(reference, bases):
        return f"FROM {reference} is {other}, as --base says"
    return (
        f"FROM {reference} is {other} in the copy that is built: no registry answers for it, and it"
        " is the nearest that can be had"
    )


def _is_debian(image: BaseImage) -> bool:
    """Whether it is a stand-in that apt-get is in, for all that its name tells."""
    return image.provider is Provider.standin and "alpine" not in image.reference


def _on_debian(own: OwnDockerfile, moved: Sequence[str], notes: list[str]) -> Dockerfile:
    """The Dockerfile with apt-get in the place of apk in stages whose image of Alpine is one of
    Debian in the copy that is built."""
    written = [word for x in moved for word in own.dockerfile.images.get(x, ())]
    try:
        document = Document(own.dockerfile.text, own.target)
        said = on_debian(document, written, own.scripts)
    except DockerfileError:
        return own.dockerfile  # the builder will say what is wrong with it
    if isinstance(said, NotApplicable) or said.text == document.text:
        return own.dockerfile
    notes.append(
        "apk is apt-get, and users are made by Debian's programs, in the copy that is built: sizes"
        " are those on Debian"
    )
    return replace(own.dockerfile, text=said.text)


def _for_old_frontend(own: OwnDockerfile, text: str, notes: list[str]) -> str:
    """The text as the engine's own frontend can read it; a note says what was written otherwise."""
    try:
        document = Document(text, own.target)
        needed = without_stages(document, own.dockerfile.needed)
        plain = without_heredocs(needed)
        known = without_new_flags(plain)
    except DockerfileError:
        return text  # the builder will say what is wrong with it
    if needed.text != document.text:
        notes.append("stages that nothing needs are left out of the copy that is built")
    if plain.text != needed.text:
        notes.append("here-documents are in exec form in the copy that is built")
    if known.text != plain.text:
        notes.append("flags that this engine does not know are left out of the copy that is built")
    return known.text


def _without_mounts(own: OwnDockerfile, text: str, notes: list[str]) -> str:
    """The text without what nobody gives a build here; a note says so."""
    try:
        document = Document(text, own.target)
        without = without_mounts_of_caller(document)
    except DockerfileError:
        return text  # the builder will say what is wrong with it
    if without.text != text:
        notes.append(
            "secrets and keys of ssh that a RUN would mount are left out of the copy that is built:"
            " it is given none"
        )
    return without.text


def _major(version: str) -> int:
    """The first number of an engine's version; a high one where it says none."""
    match = re.match(r"\d+", version)
    return int(match[0]) if match else _NEW_MAJOR


def _within(context: str, path: str) -> str:
    """A path of the project relative to the context; empty if it lies elsewhere."""
    if context == ".":
        return path
    head = f"{context}/"
    return path.removeprefix(head) if path.startswith(head) else ""


def _absent(reference: str) -> BaseImage:
    """A base image that could not be had, for the record."""
    return BaseImage(reference, "", "", Provider.registry, (), "")
