"""An image on an engine: from its overlay2 directories where they can be read, else from its
export."""

from __future__ import annotations

import os
from collections.abc import Collection, Iterator, Mapping, Sequence
from contextlib import closing, suppress
from functools import partial
from itertools import chain
from pathlib import Path
from typing import Any

from msgspec.structs import replace

from runner.engine.image_store import ImageStore
from runner.engine.layer_directories import diff_ids_of
from runner.image.inspected import instructions
from runner.model.entries import Entry, ImageContent, LayerContent
from runner.model.errors import ImageError
from runner.model.positions import index_of, layer_of
from runner.oci.budget import Budget
from runner.oci.choice import Choice
from runner.oci.damage import DamagedError
from runner.oci.overlay import NotPlainError, read_folders
from runner.oci.platforms import matches
from runner.oci.reading import Reading

_PIECE_BYTES = 1 << 18


def read_from_engine(
    name: str,
    images: ImageStore,
    reading: Reading,
    choice: Choice,
) -> ImageContent:
    """The image of this name.

    Raises `ImageError` if it is not there or cannot be read, `EngineLostError` when the engine
    stops answering.
    """
    if choice.ref and not choice.if_several:
        raise ImageError(
            f"--ref {choice.ref} chooses in an archive or a layout, and {name} is one image on the"
            " engine: leave it out"
        )
    choice = replace(choice, ref="")
    inspected = images.inspect(name)
    folders = images.layer_folders(inspected) if diff_ids_of(inspected) else None
    try:
        if folders is not None:
            try:
                own = replace(reading, budget=Budget(reading.budget.limits))
                return _from_folders(name, images, inspected, folders, own, choice)
            except NotPlainError:
                pass
    except DamagedError as error:
        raise _unreadable(name, error) from error
    return read_export(name, images, reading, choice)


def read_export(name: str, images: ImageStore, reading: Reading, choice: Choice) -> ImageContent:
    """The image of this name as the engine exports it; raises what `read_from_engine` raises."""
    try:
        image = _from_export(images.export(name), reading, choice)
        reading.check()
    except DamagedError as error:
        raise _unreadable(name, error) from error
    image.name, image.reader = name, "export"
    return image


def _unreadable(name: str, error: DamagedError) -> ImageError:
    return ImageError(f"cannot read {name} on the engine: {error.told('build it again')}")


def _from_export(pieces: Iterator[bytes], reading: Reading, choice: Choice) -> ImageContent:
    """The first piece is waited for here, where Ctrl-C is heard: the engine takes its time for it,
    and then sends all there is as fast as it is taken."""
    from runner.oci.ahead import Ahead  # what directories have no need of
    from runner.oci.on_disk import read_archive
    from runner.oci.stream_archive import PassingArchive

    first = next(pieces, b"")
    with closing(Ahead(chain((first,), pieces))) as ahead:
        return read_archive(PassingArchive(ahead, reading), reading, choice)


def _from_folders(
    name: str,
    images: ImageStore,
    inspected: Mapping[str, Any],
    folders: list[Path],
    reading: Reading,
    choice: Choice,
) -> ImageContent:
    platform = choice.platform
    said = [str(inspected.get(key) or "") for key in ("Os", "Architecture", "Variant")]
    found = "/".join(filter(None, said))
    if platform and not matches(platform, found):
        raise ImageError(f"{name} on the engine is for {found}, not for {platform}: pull that one")
    image_id = str(inspected.get("Id") or "")
    diff_ids = diff_ids_of(inspected)
    reading.budget.take_layers(len(diff_ids))
    layers = read_folders(folders, reading.wanted, reading.budget)
    written_by = instructions(images, name, image_id, folders, len(diff_ids))
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
        command=(
            *_words(settings.get("Entrypoint")),
            *_words(settings.get("Cmd")),
            *_words((settings.get("Healthcheck") or {}).get("Test"))[1:],
        ),
        fingerprints_again=partial(_fingerprints_in, folders, layers),
    )


def _words(command: object) -> tuple[str, ...]:
    words = command if isinstance(command, list) else [command] if command else []
    return tuple(str(word) for word in words)


def _fingerprints_in(
    folders: Sequence[Path], layers: Sequence[Sequence[Entry]], positions: Collection[int]
) -> dict[int, int]:
    """The fingerprints of contents at these positions, without those that cannot be read."""
    roots = [str(folder) for folder in folders]
    found: dict[int, int] = {}
    for position in positions:
        layer = layer_of(position)
        entry = layers[layer][index_of(position)]
        with suppress(OSError):
            found[position] = _fingerprint(f"{roots[layer]}/{entry.path}", entry.size_bytes)
    return found


def _fingerprint(path: str, size_bytes: int) -> int:
    """That of a file that is not a link; most are small, and there may be thousands."""
    from xxhash import xxh3_64, xxh3_64_intdigest  # not every image has something to compare

    descriptor = os.open(path, os.O_RDONLY | os.O_NOFOLLOW | os.O_CLOEXEC)
    try:
        piece = os.read(descriptor, min(_PIECE_BYTES, size_bytes + 1))
        if len(piece) == size_bytes:
            return xxh3_64_intdigest(piece)
        summed = xxh3_64()
        while piece:
            summed.update(piece)
            piece = os.read(descriptor, _PIECE_BYTES)
        return summed.intdigest()
    finally:
        os.close(descriptor)
