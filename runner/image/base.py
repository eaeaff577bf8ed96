"""Which image an image was built on: what it says of itself, proved by the layers' diff_ids."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from itertools import takewhile

from runner.engine.image_store import ImageStore
from runner.engine.layer_directories import diff_ids_of
from runner.model import labels
from runner.model.errors import ImageError

BASE_NAME = "org.opencontainers.image.base.name"
"""The label in which a builder names the base (OCI image specification, annotations.md)."""

_REFERENCE = re.compile(r"\w+(?:[-.:/@]{1,2}(?<!\.\.)\w+)*", re.ASCII)


def layers_in_common(diff_ids: Sequence[str], base_diff_ids: Sequence[str]) -> int:
    """How many layers an image has of its base: the first ones of both, up to where they differ.

    A layer that both have elsewhere, as the empty one often is, is no sign of anything.
    """
    pairs = zip(diff_ids, base_diff_ids, strict=False)
    return sum(1 for _ in takewhile(lambda pair: pair[0] == pair[1], pairs))


def longest_base(
    diff_ids: Sequence[str], known: Mapping[str, Sequence[str]]
) -> tuple[str, tuple[str, ...]]:
    """Name and diff_ids of the known image that `diff_ids` is built on with the most layers.

    Its diff_ids are the first of `diff_ids`, and not all of them. Empty where none is.
    """
    found = [
        (len(below), name)
        for name, below in known.items()
        if 0 < len(below) < len(diff_ids) and layers_in_common(diff_ids, below) == len(below)
    ]
    if not found:
        return "", ()
    _, name = max(found)
    return name, tuple(known[name])


def base_on_engine(images: ImageStore, image: str) -> tuple[str, tuple[str, ...]]:
    """Name and diff_ids of the base that the image's labels name, if the engine has it.

    That is the base of the OCI label, or a stand-in: its label is inherited by what is built on it.
    Empty where no label helps. Raises `ImageError` if the engine has no such image, and
    `EngineLostError`.
    """
    inspected = images.inspect(image)
    carried = (inspected.get("Config") or {}).get("Labels") or {}
    known: dict[str, list[str]] = {}
    for name in named(carried):
        try:
            known[name] = diff_ids_of(images.inspect(name))
        except ImageError:
            continue
    return longest_base(diff_ids_of(inspected), known)


def named(carried: Mapping[str, str]) -> Iterator[str]:
    """References that the labels lead to; what cannot be one is left out."""
    names = [carried.get(BASE_NAME) or ""]
    if carried.get(labels.STANDIN):
        names.append(labels.standin_tag(carried[labels.STANDIN]))
    return filter(_REFERENCE.fullmatch, names)
