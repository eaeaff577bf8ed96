"""Where the images of a project's Dockerfiles come from: the engine, a registry, a stand-in, what
the user names, or, where no registry answers, the nearest image that can be had."""

from __future__ import annotations

import re
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from dataclasses import replace
from functools import partial

from runner.compare.own_dockerfiles import OwnDockerfile
from runner.detect.listing import Listing
from runner.detect.python_version import fits
from runner.dockerfile.alpine_on_debian import on_debian
from runner.dockerfile.document import DockerfileError, Document
from runner.dockerfile.programs import line_that_runs
from runner.dockerfile.spans import NotApplicable
from runner.dockerfile.uv_python import stages_of_uv
from runner.engine.bases.images import find_image
from runner.engine.bases.registry import NO_ANSWER, pinned_reference, registry_answers
from runner.engine.port import Engine
from runner.engine.standins.nearest import (
    in_another_kind,
    nearest_on_debian,
    nearest_references,
    of_the_same_program,
    releases_apart,
    version_in,
)
from runner.engine.standins.obtainable import can_be_made
from runner.engine.standins.references import standin_for
from runner.model.errors import BaseError
from runner.model.levels import Base, Provider
from runner.model.text import printable
from runner.sweep.session import Session

NAMED = "named"
"""About a base that --base puts in the place of another."""
NEAREST = "nearest"
"""About a base that takes the place of another because no registry answers."""
_MOST_TRIED = 3
"""How many images are tried in the place of one: each is a build that fails."""
_RELEASES = 2
"""How many main releases may lie between an image of Alpine and what stands for it, where the very
release can be had on Debian."""
_ITSELF = ""
"""In the place of an image: its own stand-in."""
_TO_NAME = ", or name another Dockerfile (--dockerfile FILE)"
_REFERENCE = re.compile(
    r"(?:[A-Za-z0-9][A-Za-z0-9.-]*(?::[0-9]+)?/|\[[0-9a-fA-F:]+\](?::[0-9]+)?/)?"
    r"[a-z0-9]+(?:[._/-]+[a-z0-9]+)*(?::[\w][\w.-]{0,127})?(?:@[a-z0-9+._-]+:[0-9a-fA-F]{32,})?"
)
"""A name of an image in the grammar of its specification, in outline."""
_SLIM_PYTHON = re.compile(r"python:\d+\.\d+-slim")
_LACKING = ("apk",)
"""Programs of Alpine that its stand-ins lack."""


def wanted_base(reference: str, session: Session, levels: Sequence[Base]) -> Base:
    """Where an image comes from: the engine's own of that name first, as in any build."""
    made = can_be_made(reference, session.engine)
    standin = standin_for(reference) if made else ""
    other = Base(level="own", about="", image=reference, standin=standin)
    named = (level for level in levels if reference in (level.image, level.level))
    base = next(named, other)
    if not is_reference(base.image):
        raise BaseError(f"`{printable(base.image)}` names no image: correct it{_TO_NAME}")
    if not base.standin and base.image == reference:  # a usual base on another Python
        base = replace(base, standin=other.standin)
    if base.about not in (NAMED, NEAREST):
        followed = (NAMED,) if base.standin else (NAMED, NEAREST)
        asked = {x.level: x.image for x in levels if x.about in followed}
        if same := in_another_kind(reference, asked):
            base = Base(level="own", about="", image=same, standin=standin_for(same))
    engine = session.engine
    if find_image(engine, reference) and not pinned_reference(engine, reference):
        return replace(base, provider=Provider.engine)
    if base.standin or pinned_reference(engine, reference):
        return base
    if silent := registry_answers(engine, reference):
        nearest = next(iter(nearest_references(reference)), of_the_same_program(reference))
        raise BaseError(
            f"{silent}: load {reference} on the engine, run where a registry answers, or build on"
            f" another image: --base {reference}={nearest or 'IMAGE'}"
        )
    return replace(base, provider=Provider.registry)


def is_reference(text: str) -> bool:
    """Whether a text can name an image: what stands for one in a template cannot, and the engine
    refuses to look for it."""
    return bool(_REFERENCE.fullmatch(text))


def in_their_place(
    dockerfiles: Sequence[OwnDockerfile],
    session: Session,
    levels: Sequence[Base],
    listing: Listing,
) -> list[list[Base]]:
    """What to build the Dockerfiles on where no registry answers for an image of theirs: the
    nearest that can be had for each, then the next nearest; of Python first what the project's
    pyproject.toml allows. A stand-in for Alpine is first taken as it is, then one of Debian in its
    place. Empty where nothing is to be replaced."""
    choices: dict[str, list[str]] = {}
    for item in dockerfiles:
        for reference in item.dockerfile.images:
            if reference in choices or named_by_user(reference, levels):
                continue
            if not is_reference(reference):
                continue
            asked = {known: found[0] for known, found in choices.items() if found}
            same = in_another_kind(reference, asked)
            if same and not runs_apk(item, reference, same):
                choices[reference] = [same]
            elif _is_silent(item, reference, session.engine):
                usable = partial(can_be_made, engine=session.engine)
                near = list(dict.fromkeys(_nearest(item, reference, usable)))[:_MOST_TRIED]
                texts = listing.below(item.context).texts
                near.sort(key=lambda x: _is_refused(x, texts))
                choices[reference] = [*near, *filter(usable, _with_compilers(near))]
            elif _is_for_uv(item, reference, listing) and on_standins(item, session.engine):
                choices[reference] = _allowed(item, reference, session.engine, listing)
            elif _is_small(item, reference, session.engine):
                choices[reference] = [_ITSELF, *nearest_on_debian(reference)[:1]]
    replaced = {reference: found for reference, found in choices.items() if found}
    rounds = max(map(len, replaced.values()), default=0)
    return [
        [
            _nearest_base(reference, image)
            for reference, x in replaced.items()
            if (image := x[min(turn, len(x) - 1)]) != _ITSELF
        ]
        for turn in range(rounds)
    ]


def _is_small(own: OwnDockerfile, reference: str, engine: Engine) -> bool:
    """Whether an image of Alpine is a stand-in, which has less than it (no libgcc, say), for what
    can be built on Debian where nothing builds on that."""
    if "alpine" not in reference or not standin_for(reference) or find_image(engine, reference):
        return False
    may = _may_be_debian(own, reference) and bool(nearest_on_debian(reference))
    return may and registry_answers(engine, reference).startswith(NO_ANSWER)


def _is_for_uv(own: OwnDockerfile, reference: str, listing: Listing) -> bool:
    """Whether uv makes its environment with another Python than the image has: it downloads one
    that `requires-python` allows, from a host that may not answer."""
    if not _is_refused(reference, listing.below(own.context).texts):
        return False
    try:
        document = Document(own.dockerfile.text, own.target)
    except DockerfileError:
        return False
    return bool(stages_of_uv(document))


def _allowed(own: OwnDockerfile, reference: str, engine: Engine, listing: Listing) -> list[str]:
    """The nearest image with a Python that the project allows; none where there is none."""
    texts = listing.below(own.context).texts

    def usable(image: str) -> bool:
        return not _is_refused(image, texts) and can_be_made(image, engine)

    return nearest_references(reference, usable)[:1]


def _is_refused(image: str, texts: Mapping[str, str]) -> bool:
    """Whether an image has a version of Python that the project does not allow."""
    version = version_in(image)
    return "python" in image and bool(version) and not fits(texts, version)


def _nearest_base(reference: str, image: str) -> Base:
    return Base(level=reference, about=NEAREST, image=image, standin=standin_for(image))


def _is_silent(own: OwnDockerfile, reference: str, engine: Engine) -> bool:
    """Whether no registry answers for an image that is not here, and nothing stands for it."""
    if find_image(engine, reference):
        return False
    made = standin_for(reference) and can_be_made(reference, engine)
    if made and not runs_apk(own, reference, reference):
        return False
    return registry_answers(engine, reference).startswith(NO_ANSWER)


def on_standins(own: OwnDockerfile, engine: Engine) -> bool:
    """Whether something stands for each image of a Dockerfile for which no registry answers."""
    return bool(own.dockerfile.images) and all(
        not find_image(engine, x) and registry_answers(engine, x).startswith(NO_ANSWER)
        for x in own.dockerfile.images
    )


def _nearest(own: OwnDockerfile, reference: str, usable: Callable[[str], bool]) -> Iterator[str]:
    """The images that could take the place of one, the nearest first."""
    debian = nearest_on_debian(reference, usable) if _may_be_debian(own, reference) else []
    same = [] if runs_apk(own, reference, reference) else nearest_references(reference, usable)
    if debian and same and releases_apart(reference, same[0]) > _RELEASES:
        yield from (*debian[:1], *same, *debian[1:])
    else:
        yield from (*same[:1], *debian[:1], *same[1:], *debian[1:])


def _with_compilers(near: Sequence[str]) -> list[str]:
    """The full image of the nearest slim one of Python: another release than the project's may have
    no compiled packages of what it pins, and they are compiled then."""
    slim = next((x for x in near if _SLIM_PYTHON.fullmatch(x)), "")
    full = slim.removesuffix("-slim")
    return [full] if slim and standin_for(full) else []


def _may_be_debian(own: OwnDockerfile, reference: str) -> bool:
    """Whether what is written for Alpine can be built on Debian."""
    return "alpine" in reference and not isinstance(
        _translated(own, own.dockerfile.images.get(reference, ())), NotApplicable
    )


def _translated(own: OwnDockerfile, written: Collection[str]) -> Document | NotApplicable:
    try:
        return on_debian(Document(own.dockerfile.text, own.target), written, own.scripts)
    except DockerfileError:
        return NotApplicable("")  # the builder will say what is wrong with it


def runs_apk(own: OwnDockerfile, reference: str, image: str) -> int:
    """The line that runs Alpine's package manager on a reference, or makes users as it does, for
    which `image` is taken; 0 where none does, or `image` is another distribution's."""
    return _lacking(own, reference, image)[0]


def _lacking(own: OwnDockerfile, reference: str, image: str) -> tuple[int, str]:
    """The first line that runs what no stand-in for Alpine has, and that program."""
    if "alpine" not in image:
        return 0, ""
    written = own.dockerfile.images.get(reference, ())
    try:
        document = Document(own.dockerfile.text, own.target)
        lines = [(line_that_runs(document, program, written), program) for program in _LACKING]
    except DockerfileError:
        return 0, ""  # the builder will say what is wrong with it
    return min((found for found in lines if found[0]), default=(0, ""))


def without_apk(own: OwnDockerfile, reference: str, image: str) -> str:
    """Why a stand-in for Alpine cannot take the place of a reference; empty where nothing needs its
    package manager, or `image` is another distribution's."""
    line, program = _lacking(own, reference, image)
    if not line:
        return ""
    why = (
        f"no registry answers for {reference}, and its line {line} runs {program}, which no"
        f" stand-in for Alpine has: load {reference} on the engine, "
    )
    other = next(iter(nearest_on_debian(reference)), "")
    said = _translated(own, own.dockerfile.images.get(reference, ()))
    if not other or isinstance(said, NotApplicable):
        told = f" (Debian will not do: {said.reason})" if isinstance(said, NotApplicable) else ""
        return f"{why}or run where a registry answers{told}"
    return (
        f"{why}run where a registry answers, or build on Debian with apt-get in apk's place:"
        f" --base {reference}={other}"
    )


def named_by_user(reference: str, levels: Sequence[Base]) -> bool:
    """Whether --base says what takes the place of an image, or of another kind of it."""
    named = {level.level: level.image for level in levels if level.about == NAMED}
    return reference in named or bool(in_another_kind(reference, named))


def lines_of(bases: Sequence[Base]) -> list[str]:
    """A line for each image that another takes the place of, for want of a registry."""
    return [
        f"FROM {base.level} is built on {base.image}: no registry answers for it, and that is the"
        f" nearest that can be had (--base {base.level}=IMAGE names another)"
        for base in bases
    ]
