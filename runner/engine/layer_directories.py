"""Where an engine on overlay2 keeps the layers of an image, by what it says of that image."""

from __future__ import annotations

import os
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

ROOT = 0
"""The user who owns an image's root, and its layers' directories where users are not remapped."""


def overlay_folders(graph_driver: Mapping[str, Any], diff_ids: Sequence[str]) -> list[Path] | None:
    """Layer directories from `docker inspect`'s GraphDriver: UpperDir is the top, LowerDir goes
    down.

    The same directory may stand for several layers with the same content only in other stores, so
    anything but one readable directory per diff_id is answered with None. So is a process that is
    not root: `trusted.*` attributes, which make directories opaque, are hidden from it.
    """
    if os.geteuid() != ROOT:
        return None
    data = graph_driver.get("Data") or {}
    if graph_driver.get("Name") not in ("overlay2", "overlay") or not data.get("UpperDir"):
        return None
    top_down = [data["UpperDir"], *filter(None, (data.get("LowerDir") or "").split(":"))]
    folders = [Path(folder) for folder in reversed(top_down)]
    if len(folders) != len(diff_ids):
        return None
    try:
        resolved = [folder.resolve(strict=True) for folder in folders]
        return resolved if all(map(_tells_its_layer, resolved)) else None
    except OSError:
        return None


def _tells_its_layer(folder: Path) -> bool:
    """Whether this process can read a directory in which files belong to whom the image says: an
    engine with remapped users shifts them all, the directory's own owner as well."""
    readable = folder.is_dir() and os.access(folder, os.R_OK | os.X_OK)
    return readable and folder.stat().st_uid == ROOT


def diff_ids_of(inspected: Mapping[str, Any]) -> list[str]:
    """The layers' diff_ids from the base up, from an image's `inspect`."""
    return [str(diff_id) for diff_id in (inspected.get("RootFS") or {}).get("Layers") or []]


def folders_of(inspected: Mapping[str, Any]) -> list[Path] | None:
    """The overlay2 directory of each layer from the base up, from an image's `inspect`; None if
    this process cannot read them."""
    diff_ids = diff_ids_of(inspected)
    return overlay_folders(inspected.get("GraphDriver") or {}, diff_ids) if diff_ids else None
