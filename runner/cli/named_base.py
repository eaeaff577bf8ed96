"""The base of an image: the one that was named on the command line, else the one of its labels."""

from __future__ import annotations

from collections.abc import Sequence

from runner.cli.image_names import unambiguous
from runner.cli.images import ON_ENGINE, OTHER, Images
from runner.cli.output import say
from runner.image.base import base_on_engine, layers_in_common
from runner.model.entries import ImageContent


def base_of(
    images: Images, source: str, image: ImageContent, named: str | None
) -> tuple[str, Sequence[str]]:
    """Name and diff_ids of the base; empty where none is known. Says so on stderr if `named` is
    not what the image was built on."""
    if named is None:
        on_engine = image.reader in ON_ENGINE
        return base_on_engine(images.store(), unambiguous(source)) if on_engine else ("", ())
    base = [layer.diff_id for layer in images.read(named, place=OTHER).layers]
    common = layers_in_common([layer.diff_id for layer in image.layers], base)
    if not common:
        say(f"{source} begins with no layer of {named}: not built on it")
        return "", ()
    if common < min(len(base), len(image.layers)):
        say(
            f"{source} has only the first {common} of {len(base)} layers of {named}:"
            " it may be built on another version"
        )
    return named, base
