"""Removes from an engine what dockbench made there, and nothing else; never a prune, but of the
build cache of an engine that is dockbench's own.

Labels are inherited: an image that a user builds on one of ours carries our label too, and so does
his container of it, or of an image into which a stranger wrote our labels. And a user, or a compose
file that somebody gave him, may put them on anything. So a container is ours by labels that it has
and its image has not, which name the process that made it, with none of another tool's beside them;
a network likewise. A volume never is: none is made from here. Of images see `built_images`.
"""

from __future__ import annotations

import shutil
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import partial
from typing import Any

from runner.engine.built_images import (
    facts_of,
    goes_by_id,
    removal_order,
    remove_abandoned,
)
from runner.engine.docker.embedded import EmbeddedEngine
from runner.engine.ledger import Ledger
from runner.engine.linux.orphan_cleanup import mounts_below
from runner.engine.port import Engine, Resource
from runner.model import labels
from runner.model.errors import EngineError, MissingError, RefusedError
from runner.model.ownership import Owner
from runner.model.paths import CachePaths


@dataclass
class CleanReport:
    """What was removed, by name, and what had to stay, with the reason."""

    containers: list[str] = field(default_factory=list)
    networks: list[str] = field(default_factory=list)
    images: list[str] = field(default_factory=list)
    """Tags of ours that were removed, and ids of untagged images."""
    kept: list[str] = field(default_factory=list)
    build_cache_bytes: int = 0
    """What emptying the build cache of a private engine freed."""

    @property
    def removed(self) -> int:
        """How many things were removed."""
        return len(self.containers) + len(self.networks) + len(self.images)


def clean(engine: Engine) -> CleanReport:
    """Remove containers, networks and images that are ours.

    Raises `EngineError` if the engine does not answer. What it refuses to give up, such as an image
    that a user's container needs, is kept and reported, and so is what has our label and is not
    ours.
    """
    report = CleanReport()
    ledger = Ledger.of(engine)
    containers, networks = _labelled_containers(engine), engine.containers.networks(labels.OWNER)
    report.kept += _not_ours(containers, networks, engine.containers.volumes(labels.OWNER))
    for container in containers:
        if is_ours(container["Labels"]):
            _remove_container(engine, container, report)
    ours = [network for network in networks if is_ours(network.labels)]
    _remove_resources(ours, report.networks, report)
    report.images += remove_abandoned(engine, ledger, at_end=True)
    _remove_images(engine, report, ledger)
    try:
        report.build_cache_bytes = engine.empty_build_cache()
    except EngineError as error:
        report.kept.append(f"the build cache: {error}")
    return report


def sweep_orphans(engine: Engine, cache: CachePaths | None = None) -> list[str]:
    """Remove what runs that were killed left: containers, networks, and images that were built and
    not measured; returns their names. Raises `EngineError`."""
    report = CleanReport()
    _sweep(engine, report, lambda marks: is_orphan(marks, engine.is_local))
    report.images += remove_abandoned(engine, Ledger.of(engine, cache))
    return report.containers + report.networks + report.images


def sweep_own(engine: Engine) -> None:
    """Remove the containers and networks that this process still has: a trial removes its own, if
    nothing interrupts it there. Raises `EngineError`."""
    ours = str(Owner.current())
    _sweep(engine, CleanReport(), lambda marks: marks.get(labels.PROCESS) == ours)


def _sweep(
    engine: Engine, report: CleanReport, wanted: Callable[[Mapping[str, str]], bool]
) -> None:
    for container in our_containers(engine):
        if wanted(container["Labels"]):
            _remove_container(engine, container, report)
    left = [network for network in our_networks(engine) if wanted(network.labels)]
    _remove_resources(left, report.networks, report)


def leftovers(engine: Engine) -> list[str]:
    """Names of the containers that killed runs left behind; nothing is removed."""
    return [
        _name(container)
        for container in our_containers(engine)
        if is_orphan(container.get("Labels") or {}, engine.is_local)
    ]


def is_orphan(marks: Mapping[str, str], local: bool) -> bool:
    """Whether the process that a label names is gone; `local`: the engine is on this machine."""
    owner = Owner.parse(marks.get(labels.PROCESS, ""))
    return owner is not None and owner.is_gone(local)


def our_containers(engine: Engine) -> list[dict[str, Any]]:
    """Containers that we made, as `docker ps --all` has them, but with those labels only that were
    put on the container itself."""
    return [each for each in _labelled_containers(engine) if is_ours(each["Labels"])]


def our_networks(engine: Engine) -> list[Resource]:
    """Networks that we made."""
    found = engine.containers.networks(labels.OWNER)
    return [network for network in found if is_ours(network.labels)]


def is_ours(marks: Mapping[str, str]) -> bool:
    """Whether labels that were put on a container or network itself are those that we put there."""
    return (
        labels.OWNER in marks
        and Owner.parse(marks.get(labels.PROCESS, "")) is not None
        and not any(name.startswith(labels.OF_OTHERS) for name in marks)
    )


def _labelled_containers(engine: Engine) -> list[dict[str, Any]]:
    """Containers on which our label was put."""
    found = engine.containers.search(labels.OWNER)
    own = [container | {"Labels": _own_labels(engine, container)} for container in found]
    return [container for container in own if labels.OWNER in container["Labels"]]


def _not_ours(
    containers: Sequence[Mapping[str, Any]],
    networks: Sequence[Resource],
    volumes: Sequence[Resource],
) -> list[str]:
    """A line for each of these on which somebody else put our label: every volume."""
    found = [f"the container {_name(x)}" for x in containers if not is_ours(x["Labels"])]
    found += [f"the network {x.name}" for x in networks if not is_ours(x.labels)]
    found += [f"the volume {x.name}" for x in volumes]
    return [f"{each}: it carries our label, and was not made by dockbench" for each in found]


def remove_embedded(paths: CachePaths | None = None) -> bool:
    """Stop the embedded engine and remove the whole cache directory; False if there was none.

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


def _own_labels(engine: Engine, container: Mapping[str, Any]) -> dict[str, str]:
    """Labels that a container does not have from its image; none where that cannot be asked.

    What we put on a container names our process: then the label that says what it is for is ours
    as well, be it the same as the image's.
    """
    marks: dict[str, str] = container.get("Labels") or {}
    image_id = container.get("ImageID")
    image = engine.images.find(image_id) if image_id else None
    if image is None:
        return {}
    inherited = (image.get("Config") or {}).get("Labels") or {}
    own = {name: value for name, value in marks.items() if inherited.get(name) != value}
    if labels.PROCESS in own and labels.OWNER in marks:
        own[labels.OWNER] = marks[labels.OWNER]
    return own


def _remove_container(engine: Engine, container: Mapping[str, Any], report: CleanReport) -> None:
    remove = partial(engine.containers.remove, container["Id"])
    if _removed(_name(container), report, remove):
        report.containers.append(_name(container))


def _remove_resources(found: Sequence[Resource], removed: list[str], report: CleanReport) -> None:
    removed += [item.name for item in found if _removed(item.name, report, item.remove)]


def _remove_images(engine: Engine, report: CleanReport, ledger: Ledger) -> None:
    facts = [facts_of(image) for image in engine.images.search(every=True)]
    report.kept += [
        f"{image.id[7:19]}: it carries our label and was not built here: somebody built it on an"
        " image of ours, or brought it along"
        for image in facts
        if image.labelled and goes_by_id(image) and not ledger.knows(image.id)
    ]
    for image_id, reference in removal_order(facts, ledger.knows):
        remove = partial(engine.images.remove, reference)
        if _removed(reference, report, remove):
            report.images.append(reference if reference != image_id else image_id[7:19])
            ledger.forget(image_id)


def _removed(name: str, report: CleanReport, remove: Callable[[], object]) -> bool:
    """Whether it was removed; what is gone already counts as neither removed nor kept."""
    try:
        remove()
    except MissingError:
        return False
    except RefusedError as error:
        report.kept.append(f"{name}: {error.said}")
        return False
    return True


def _name(container: Mapping[str, Any]) -> str:
    names = container.get("Names") or []
    return str(names[0]).lstrip("/") if names else str(container["Id"])[:12]
