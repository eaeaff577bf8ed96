"""Untagged images that carry our label only because they were built on an image of ours.

A build takes over the labels of its base. What we build ourselves gets labels of its own: an
untagged image whose labels of ours are all those of another image, and whose layers begin with all
of that one's, is somebody else's build on it.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from runner.engine.port import Engine
from runner.model import labels


@dataclass(frozen=True)
class Marked:
    """An image with our label."""

    id: str
    tags: tuple[str, ...]
    marks: frozenset[tuple[str, str]]
    """Its labels of ours, with their values."""
    diff_ids: tuple[str, ...]


def marked_images(engine: Engine) -> list[Marked]:
    """All images with our label, tagged or not, without the steps of classic builds."""
    found = engine.client.images.list(filters={"label": labels.OWNER})
    return [_marked(image.attrs) for image in found]


def inheriting(images: Sequence[Marked]) -> set[str]:
    """Ids of the untagged ones that only inherit our labels."""
    return {
        image.id
        for image in images
        if not image.tags and any(_was_built_on(image, base) for base in images)
    }


def _was_built_on(image: Marked, base: Marked) -> bool:
    layers = len(base.diff_ids)
    return (
        image.marks == base.marks
        and len(image.diff_ids) > layers
        and image.diff_ids[:layers] == base.diff_ids
    )


def _marked(attributes: Mapping[str, Any]) -> Marked:
    known = (attributes.get("Config") or {}).get("Labels") or {}
    return Marked(
        id=attributes["Id"],
        tags=tuple(attributes.get("RepoTags") or ()),
        marks=frozenset(pair for pair in known.items() if pair[0].startswith(labels.OWNER)),
        diff_ids=tuple((attributes.get("RootFS") or {}).get("Layers") or ()),
    )
