"""Removes from an engine what dockbench made there, and nothing else; never a prune.

Labels are inherited: an image that a user builds on one of ours carries our label too, and so does
his container of it. So an image keeps every tag that is not ours, one without a tag stays if it was
built on ours, and a container counts as ours only if the label was put on the container itself.
"""

from __future__ import annotations

import shutil
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import partial
from typing import Any

from docker.errors import APIError, NotFound

from runner.engine.builders.classic import STEP_REPOSITORY
from runner.engine.describe import TRANSPORT_ERRORS, one_line
from runner.engine.embedded import EmbeddedEngine
from runner.engine.inherited import inheriting, marked_images
from runner.engine.ownership import Owner
from runner.engine.port import Engine
from runner.engine.remains import mounts_below
from runner.model import labels
from runner.model.engine import BuildResult
from runner.model.errors import EngineError, EngineLostError
from runner.model.paths import CachePaths

_BY_LABEL = {"label": labels.OWNER}


@dataclass
class CleanReport:
    """What was removed, by name, and what had to stay, with the reason."""

    containers: list[str] = field(default_factory=list)
    networks: list[str] = field(default_factory=list)
    volumes: list[str] = field(default_factory=list)
    images: list[str] = field(default_factory=list)
    """Tags of ours that were removed, and ids of untagged images."""
    kept: list[str] = field(default_factory=list)

    @property
    def removed(self) -> int:
        """How many things were removed."""
        return len(self.containers) + len(self.networks) + len(self.volumes) + len(self.images)


@dataclass(frozen=True)
class ImageFacts:
    """What `docker images` says of one image."""

    id: str
    parent: str
    tags: tuple[str, ...]
    digests: tuple[str, ...]
    labelled: bool


def clean(engine: Engine) -> CleanReport:
    """Remove containers, networks, volumes and images that are ours.

    Raises `EngineLostError` if the engine does not answer. What the engine refuses to give up, such
    as an image that a user's container needs, is kept and reported.
    """
    report = CleanReport()
    try:
        for container in our_containers(engine):
            _remove_container(engine, container, report)
        _remove_networks(engine, report, lambda _: True)
        _remove_volumes(engine, report)
        _remove_images(engine, report)
    except APIError as error:
        raise EngineError(f"the engine refused: {one_line(error)}") from error
    except TRANSPORT_ERRORS as error:
        raise EngineLostError(
            f"the engine at {engine.address} stopped answering ({one_line(error)})"
        ) from error
    return report


def sweep_orphans(engine: Engine) -> list[str]:
    """Remove containers and networks of runs that were killed; returns their names.

    Images stay: finished variants are worth keeping. Raises `EngineLostError`.
    """
    report = CleanReport()
    local = engine.address.startswith("unix://")
    try:
        for container in our_containers(engine):
            if is_orphan(container.get("Labels") or {}, local):
                _remove_container(engine, container, report)
        _remove_networks(engine, report, lambda marks: is_orphan(marks, local))
    except TRANSPORT_ERRORS as error:
        raise EngineLostError(
            f"the engine at {engine.address} stopped answering ({one_line(error)})"
        ) from error
    return report.containers + report.networks


def leftovers(engine: Engine) -> list[str]:
    """Names of the containers that killed runs left behind; nothing is removed."""
    local = engine.address.startswith("unix://")
    return [
        _name(container)
        for container in our_containers(engine)
        if is_orphan(container.get("Labels") or {}, local)
    ]


def is_orphan(marks: Mapping[str, str], local: bool) -> bool:
    """Whether the process that a label names is gone; `local`: the engine is on this machine."""
    owner = Owner.parse(marks.get(labels.PROCESS, ""))
    return owner is not None and owner.is_gone(local)


def our_containers(engine: Engine) -> list[dict[str, Any]]:
    """Containers on which our label was put, as `docker ps --all` has them."""
    found = engine.client.api.containers(all=True, filters=_BY_LABEL)
    return [container for container in found if _is_ours(engine, container)]


def remove_built(engine: Engine, built: BuildResult) -> None:
    """Remove what a build of ours made: its image, and what the classic builder left on the way."""
    for image_id in (built.image_id, *reversed(built.between)):
        if image_id:
            remove_image(engine, image_id)


def remove_image(engine: Engine, image_id: str) -> None:
    """Remove an image of ours, with what the classic builder left below it.

    Stops at the first image that is not ours or that something else needs.
    """
    target = image_id
    while target:
        try:
            attributes = engine.client.images.get(target).attrs
            tags = attributes.get("RepoTags") or []
            if not all(map(_is_our_tag, tags)) or (target != image_id and not _is_step(tags)):
                return
            for reference in tags or [target]:
                engine.client.api.remove_image(reference, noprune=True)
            target = str(attributes.get("Parent") or "")
        except TRANSPORT_ERRORS:
            return


def removal_order(images: Sequence[ImageFacts]) -> list[tuple[str, str]]:
    """(image id, reference to remove) for everything that is ours, children before parents.

    An image with our label loses the tags that are ours, or itself if it has no tag at all. Images
    between the steps of a classic build are known by their tag, and go by id: the engine then
    refuses if something was built on them.
    """
    removals: list[tuple[str, str]] = []
    for image in _children_first(images):
        if _goes_by_id(image):
            removals.append((image.id, image.id))
        elif image.labelled:
            removals.extend((image.id, tag) for tag in image.tags if _is_our_tag(tag))
    return removals


def remove_embedded(paths: CachePaths | None = None) -> bool:
    """Stop the embedded engine and remove the whole cache folder; False if there was none.

    Raises `EngineError` while something is still mounted there: nothing is removed then.
    """
    paths = paths or CachePaths.default()
    root = paths.root.absolute()
    if not root.is_dir() or root.is_symlink():
        return False
    EmbeddedEngine(paths.engine).stop()
    if left := mounts_below(root.resolve()):
        raise EngineError(
            f"{left[0]} is still mounted: unmount it, then run `dockbench clean --all`"
        )
    try:
        shutil.rmtree(root)
    except OSError as error:
        raise EngineError(f"cannot remove {root}: {error}") from error
    return True


def _is_ours(engine: Engine, container: Mapping[str, Any]) -> bool:
    """Not so if the container has the label only because its image has it."""
    marks = container.get("Labels") or {}
    if labels.PROCESS in marks:
        return True
    try:
        image = engine.client.images.get(container["ImageID"])
    except NotFound:
        return False
    return bool(image.labels.get(labels.OWNER) != marks.get(labels.OWNER))


def _remove_container(engine: Engine, container: Mapping[str, Any], report: CleanReport) -> None:
    remove = partial(engine.client.api.remove_container, container["Id"], force=True, v=True)
    if _removed(_name(container), report, remove):
        report.containers.append(_name(container))


def _remove_networks(
    engine: Engine, report: CleanReport, wanted: Callable[[Mapping[str, str]], bool]
) -> None:
    for network in engine.client.networks.list(filters=_BY_LABEL):
        if wanted(network.attrs.get("Labels") or {}) and _removed(
            str(network.name), report, network.remove
        ):
            report.networks.append(str(network.name))


def _remove_volumes(engine: Engine, report: CleanReport) -> None:
    for volume in engine.client.volumes.list(filters=_BY_LABEL):
        if _removed(str(volume.name), report, volume.remove):
            report.volumes.append(str(volume.name))


def _remove_images(engine: Engine, report: CleanReport) -> None:
    listed = engine.client.api.images(all=True)
    theirs = inheriting(marked_images(engine))
    report.kept += [
        f"{image_id[7:19]}: somebody built it on an image of ours" for image_id in theirs
    ]
    facts = [_facts(image) for image in listed if image["Id"] not in theirs]
    for image_id, reference in removal_order(facts):
        remove = partial(engine.client.api.remove_image, reference, noprune=True)
        if _removed(reference, report, remove):
            report.images.append(reference if reference != image_id else image_id[7:19])


def _removed(name: str, report: CleanReport, remove: Callable[[], object]) -> bool:
    """Whether it was removed; what is gone already counts as neither removed nor kept."""
    try:
        remove()
    except NotFound:
        return False
    except APIError as error:
        report.kept.append(f"{name}: {one_line(error)}")
        return False
    return True


def _children_first(images: Sequence[ImageFacts]) -> Iterable[ImageFacts]:
    by_id = {image.id: image for image in images}

    def depth(image: ImageFacts) -> int:
        steps = 0
        while image.parent in by_id:
            image, steps = by_id[image.parent], steps + 1
        return steps

    return sorted(images, key=depth, reverse=True)


def _facts(image: Mapping[str, Any]) -> ImageFacts:
    return ImageFacts(
        id=image["Id"],
        parent=image.get("ParentId") or "",
        tags=_real(image.get("RepoTags")),
        digests=_real(image.get("RepoDigests")),
        labelled=labels.OWNER in (image.get("Labels") or {}),
    )


def _real(references: Sequence[str] | None) -> tuple[str, ...]:
    return tuple(name for name in references or () if not name.startswith("<none>"))


def _goes_by_id(image: ImageFacts) -> bool:
    if image.labelled:
        return not image.tags and not image.digests
    return len(image.tags) == 1 and _is_step(image.tags)


def _is_our_tag(tag: str) -> bool:
    return tag.startswith(f"{labels.REPOSITORY}/")


def _is_step(tags: Sequence[str]) -> bool:
    return any(tag.startswith(f"{STEP_REPOSITORY}:") for tag in tags)


def _name(container: Mapping[str, Any]) -> str:
    names = container.get("Names") or []
    return str(names[0]).lstrip("/") if names else str(container["Id"])[:12]
