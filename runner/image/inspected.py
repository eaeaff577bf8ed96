"""The instructions behind the layers of an image on an engine."""

from __future__ import annotations

from pathlib import Path

from runner.engine.image_store import ImageStore
from runner.model.errors import ImageError
from runner.oci.history import guessed_history, layer_instructions, stored_history


def instructions(
    images: ImageStore, image: str, image_id: str, folders: list[Path] | None, layers: int
) -> list[str]:
    """The instruction of each layer: from the stored configuration, else the engine's listing;
    empty where the engine cannot list it (Podman 4.3 where an entry has no date)."""
    stored = stored_history(folders[0], image_id) if folders else None
    if stored is not None:
        return layer_instructions(stored, layers)
    try:
        listed = images.history(image)
    except ImageError:
        listed = ()
    return layer_instructions(guessed_history(listed, layers), layers)
