"""An image on an engine: from its overlay2 folders where they can be read, else from its export."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import Any

import requests
from docker.errors import APIError, DockerException

from runner.engine.port import Engine
from runner.image.inspected import diff_ids_of, inspect, instructions
from runner.image.readers.archive import Archive
from runner.image.readers.blobs import Reading
from runner.image.readers.damage import DamagedError
from runner.image.readers.overlay2 import NotPlainError, read_folders
from runner.image.readers.passing import PassingArchive
from runner.image.readers.platforms import matches
from runner.model.entries import ImageContent, LayerContent
from runner.model.errors import EngineLostError, ImageError

_PIECE_BYTES = 1 << 20

ReadArchive = Callable[[Archive, Reading, str | None], ImageContent]


def read_from_engine(
    name: str, engine: Engine, reading: Reading, platform: str | None, read_archive: ReadArchive
) -> ImageContent:
    """The image of this name.

    Raises `ImageError` if it is not there or cannot be read, `EngineLostError` when the engine
    stops answering.
    """
    inspected = inspect(engine, name)
    folders = engine.layer_folders(name) if diff_ids_of(inspected) else None
    try:
        if folders is not None:
            try:
                return _from_folders(name, engine, inspected, folders, reading, platform)
            except NotPlainError:
                pass
        archive = PassingArchive(_exported(engine, name), reading)
        image = read_archive(archive, reading, platform)
        reading.check()
    except DamagedError as error:
        raise ImageError(f"cannot read {name} on the engine: {error}; build it again") from error
    image.name, image.reader = name, "export"
    return image


def _from_folders(
    name: str,
    engine: Engine,
    inspected: Mapping[str, Any],
    folders: list[Path],
    reading: Reading,
    platform: str | None,
) -> ImageContent:
    said = [str(inspected.get(key) or "") for key in ("Os", "Architecture", "Variant")]
    found = "/".join(filter(None, said))
    if platform and not matches(platform, found):
        raise ImageError(f"{name} on the engine is for {found}, not for {platform}: pull that one")
    image_id = str(inspected.get("Id") or "")
    diff_ids = diff_ids_of(inspected)
    reading.budget.take_layers(len(diff_ids))
    layers = read_folders(folders, reading.wanted, reading.budget)
    written_by = instructions(engine, name, image_id, folders, len(diff_ids))
    settings = inspected.get("Config") or {}
    pairs = (str(line).partition("=") for line in settings.get("Env") or [])
    return ImageContent(
        name=name,
        layers=[
            LayerContent(diff_id, created_by, entries)
            for diff_id, created_by, entries in zip(diff_ids, written_by, layers, strict=True)
        ],
        image_id=image_id,
        platform=found,
        reader="overlay2",
        user=str(settings.get("User") or ""),
        environment={key: value for key, _, value in pairs},
    )


def _exported(engine: Engine, name: str) -> Iterator[bytes]:
    """The engine's export, as it comes."""
    try:
        yield from engine.client.api.get_image(name, chunk_size=_PIECE_BYTES)
    except APIError as error:
        raise ImageError(f"cannot export {name}: {error.explanation or error}") from error
    except (requests.RequestException, DockerException, OSError) as error:
        raise EngineLostError(
            f"the engine stopped while exporting {name}"
            f" ({' '.join(str(error).split())}): see that it runs, then run again"
        ) from error
