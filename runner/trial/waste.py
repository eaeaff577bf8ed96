"""The waste of a built image, where reading its entries takes next to no time."""

from __future__ import annotations

from runner.engine.port import Engine
from runner.engine.sdk_images import SdkImages
from runner.image.merge import merge
from runner.image.readers import read_image


def wasted_bytes(engine: Engine, image: str) -> int | None:
    """Stored less live bytes; None on an engine whose layer folders this process cannot read.

    Raises `ImageError` if one of them cannot be read after all.
    """
    if engine.layer_folders(image) is None:
        return None
    tree = merge(read_image(image, connect=lambda: SdkImages(engine)))
    return tree.stored_bytes - tree.live_bytes
