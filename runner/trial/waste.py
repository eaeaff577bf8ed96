"""The waste of a built image, where reading its entries takes next to no time."""

from __future__ import annotations

from runner.engine.port import Engine
from runner.image.merge import merge
from runner.model.entries import Limits, keep_nothing


def wasted_bytes(engine: Engine, image: str) -> int | None:
    """Stored less live bytes; None on an engine whose layer folders this process cannot read.

    Raises `ImageError` if one of them cannot be read after all.
    """
    from runner.image.readers import read_image

    if engine.layer_folders(image) is None:
        return None
    content = read_image(
        image,
        keep=keep_nothing,
        hash_contents=False,
        limits=Limits(),
        platform=None,
        connect=lambda: engine,
    )
    tree = merge(content)
    return tree.stored_bytes - tree.live_bytes
