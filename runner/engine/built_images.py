"""Removes images that were built from here: after a trial, after a kill, and by `dockbench clean`.

Labels are inherited, and a stranger may write any. So an image loses the tags that are ours, and
goes altogether only if it has no other and the ledger knows that it was built here.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from runner.engine.layer_directories import diff_ids_of
from runner.engine.ledger import Ledger, OpenBuild
from runner.engine.port import Engine
from runner.model import labels
from runner.model.engine import BuildResult
from runner.model.errors import EngineError, RefusedError
from runner.model.ownership import Owner


@dataclass(frozen=True)
class ImageFacts:
    """What `docker images` says of one image."""

    id: str
    parent: str
    tags: tuple[str, ...]
    digests: tuple[str, ...]
    labelled: bool


def remove_built(engine: Engine, built: BuildResult) -> None:
    """Remove what a build of ours made: its image, and what the classic builder left on the way."""
    for image_id in (built.image_id, *reversed(built.between)):
        if image_id:
            remove_image(engine, image_id)


def remove_image(engine: Engine, image_id: str) -> None:
    """Remove an image of ours, with what the classic builder left below it.

    Stops at the first image that is not ours or that something else needs.
    """
    target, seen = image_id, set[str]()
    while target and target not in seen:
        seen.add(target)
        try:
            attributes = engine.images.find(target) or {}
            tags = attributes.get("RepoTags") or []
            if not all(map(is_our_tag, tags)) or (target != image_id and not is_step(tags)):
                return
            for reference in tags or [target]:
                engine.images.remove(reference)
            target = str(attributes.get("Parent") or "")
        except EngineError:
            return


def remove_abandoned(engine: Engine, ledger: Ledger, *, at_end: bool = False) -> list[str]:
    """Remove what killed runs built and did not come to measure; returns ids or tags.

    What got another name since then stays. A build that has left nothing stays noted: the engine
    may still be giving it up. `at_end` of a run that is over, and what this process has built and
    not measured goes as well. Raises `EngineError`.
    """
    removed: list[str] = []
    for build in ledger.open_builds():
        if not build.is_abandoned and not (at_end and build.owner == Owner.current()):
            continue
        images = [*_never_noted(engine, build), *reversed(build.note.images)]
        for image_id in images:
            removed += _removed_unless_named(engine, image_id, build.note.tag)
        if images or at_end:
            build.end()
    ledger.keep_only(str(image["Id"]) for image in engine.images.search(every=True))
    return removed


def removal_order(
    images: Sequence[ImageFacts], is_built_here: Callable[[str], bool] = lambda _: True
) -> list[tuple[str, str]]:
    """(image id, reference to remove) for everything that is ours, children before parents.

    An image with our label loses the tags that are ours, or itself if it has no tag at all and was
    built here. Images between the steps of a classic build are known by their tag, and go by id:
    the engine then refuses if something was built on them.
    """
    removals: list[tuple[str, str]] = []
    for image in _children_first(images):
        if goes_by_id(image):
            if not image.labelled or is_built_here(image.id):
                removals.append((image.id, image.id))
        elif image.labelled:
            removals.extend((image.id, tag) for tag in image.tags if is_our_tag(tag))
    return removals


def facts_of(image: Mapping[str, Any]) -> ImageFacts:
    """The facts in one entry of `docker images`."""
    return ImageFacts(
        id=image["Id"],
        parent=image.get("ParentId") or "",
        tags=_real(image.get("RepoTags")),
        digests=_real(image.get("RepoDigests")),
        labelled=labels.OWNER in (image.get("Labels") or {}),
    )


def goes_by_id(image: ImageFacts) -> bool:
    """Whether it has no name that it could lose."""
    if image.labelled:
        return not image.tags and not image.digests
    return len(image.tags) == 1 and is_step(image.tags)


def is_our_tag(tag: str) -> bool:
    """Whether a tag is one that only we give."""
    return tag.startswith(f"{labels.REPOSITORY}/")


def is_step(tags: Sequence[str]) -> bool:
    """Whether one of the tags is that of an image between the steps of a classic build."""
    return any(tag.startswith(f"{labels.STEP_REPOSITORY}:") for tag in tags)


def _never_noted(engine: Engine, build: OpenBuild) -> list[str]:
    """Images of a build whose process was killed before it heard of them: they name that process,
    and so does what somebody built on one of them, which has more layers. Another process may have
    taken their names at this moment: what still is below another image is looked at, too."""
    if not (mark := build.note.marks.get(labels.BUILD)):
        return []
    wanted = f"{labels.BUILD}={mark}"
    every = {str(image["Id"]) for image in engine.images.search(wanted, every=True)}
    listed = [str(image["Id"]) for image in engine.images.search(wanted)]
    found = {image_id: engine.images.find(image_id) for image_id in [*listed, *every]}
    layers = {image_id: tuple(diff_ids_of(each)) for image_id, each in found.items() if each}
    return [
        image_id
        for image_id in listed
        if image_id in layers and not _is_on_one_of(layers.values(), layers[image_id])
    ]


def _is_on_one_of(others: Iterable[tuple[str, ...]], own: tuple[str, ...]) -> bool:
    return any(len(own) > len(other) and own[: len(other)] == other for other in others)


def _removed_unless_named(engine: Engine, image_id: str, tag: str) -> list[str]:
    try:
        found = engine.images.find(image_id)
        tags = _real((found or {}).get("RepoTags"))
        if found is None or any(name != tag and not is_step([name]) for name in tags):
            return []
        for reference in tags or [image_id]:
            engine.images.remove(reference)
    except RefusedError:
        return []
    return [tags[0] if tags else image_id.rpartition(":")[2][:12]]


def _children_first(images: Sequence[ImageFacts]) -> Iterable[ImageFacts]:
    """Each before what it was built on; of those that an engine says to be built on one another,
    which cannot be, in any order."""
    by_id = {image.id: image for image in images}
    depths: dict[str, int] = {}
    for image in images:
        line: dict[str, None] = {}
        at = image.id
        while at in by_id and at not in depths and at not in line:
            line[at] = None
            at = by_id[at].parent
        below = depths.get(at, 0)
        depths |= {each: below + steps for steps, each in enumerate(reversed(line), 1)}
    return sorted(images, key=lambda image: depths[image.id], reverse=True)


def _real(references: Sequence[str] | None) -> tuple[str, ...]:
    return tuple(name for name in references or () if not name.startswith("<none>"))
