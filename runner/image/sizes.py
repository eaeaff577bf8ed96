"""The size of an image, measured from its layers: unpacked and compressed, layer by layer; and what
of it is wasted."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from pathlib import Path

from runner.engine.image_store import ImageStore
from runner.engine.layer_directories import diff_ids_of
from runner.engine.port import Engine
from runner.image.base import layers_in_common
from runner.image.cache import LayerCache, LayerSize
from runner.image.compress import BLOCK_BYTES, CompressedSize, Threads
from runner.image.contents.secrets import secrets_in
from runner.image.inspected import instructions
from runner.image.live_files import live_files
from runner.image.merge import merge
from runner.image.on_engine import read_export
from runner.image.read import read_image
from runner.image.tree import files_in, payload
from runner.model.entries import Entry, ImageContent, Limits
from runner.model.errors import ImageError
from runner.model.record import LayerRecord, Sizes
from runner.oci.blobs import copied
from runner.oci.budget import Budget
from runner.oci.choice import Choice
from runner.oci.content_selection import Wanted
from runner.oci.damage import DamagedError
from runner.oci.digests import Digests
from runner.oci.overlay_tarball import layer_tarball
from runner.oci.reading import Copy, Reading
from runner.oci.tape import StreamTape
from runner.oci.tarball import scan

_DIGEST = re.compile(r"[0-9a-f]{64}")
"""In a path of an export: the same content always."""


def measure(
    engine: Engine,
    image: str,
    base_diff_ids: Sequence[str],
    cache: LayerCache,
    *,
    with_waste: bool = False,
) -> Sizes:
    """Unpacked and compressed bytes of the image and of each layer.

    Only layers that are not in the cache are read: from the engine's layer directories where this
    process can, else from the engine's export. Raises `ImageError` when they cannot be read and
    `EngineLostError` when the engine stops answering.

    `with_waste` also finds out what is wasted and which files are live (`LayerCache.live_files`),
    unless the cache knows it of the same layers. For
    that, the entries of every layer are needed. Directories are walked through once more, which
    takes next to no time. An export takes long, so there is no second one: it holds all layers
    anyway, and those whose sizes are known are read too, but not compressed. (An image of which all
    sizes are known, but not the waste, is exported for the waste alone; that happens once.)
    """
    images = engine.images
    inspected = images.inspect(image)
    diff_ids = diff_ids_of(inspected)
    folders = images.layer_folders(inspected) if diff_ids else None
    missing = {diff_id for diff_id in diff_ids if cache.get(diff_id) is None}
    wasted_bytes = cache.wasted_bytes(diff_ids) if with_waste else None
    wanted = with_waste and (wasted_bytes is None or cache.live_files(diff_ids) is None)
    content: ImageContent | None = None
    try:
        with Threads() as threads:
            sizing = Sizing(cache, threads)
            read = bool(folders) and _measure_folders(
                dict(zip(diff_ids, folders or (), strict=True)), missing, sizing
            )
            if not read and (missing or wanted):
                content = _measure_export(images, image, sizing)
        if wanted:
            tree = merge(content or read_image(image, connect=lambda: images))
            wasted_bytes = tree.stored_bytes - tree.live_bytes
            cache.put_wasted_bytes(diff_ids, wasted_bytes)
            cache.put_live_files(diff_ids, live_files(tree))
    except DamagedError as error:
        raise ImageError(f"cannot measure {image}: {error.told('build it again')}") from error
    lacking = [diff_id for diff_id in diff_ids if cache.get(diff_id) is None]
    if lacking:
        raise ImageError(f"the engine's export of {image} lacks layer {lacking[0]}: build it again")
    written_by = instructions(images, image, str(inspected["Id"]), folders, len(diff_ids))
    layers = _layers(diff_ids, written_by, layers_in_common(diff_ids, base_diff_ids), cache)
    return Sizes(
        unpacked_bytes=sum(layer.unpacked_bytes for layer in layers),
        compressed_bytes=sum(layer.compressed_bytes for layer in layers),
        compressor=cache.compressor.name,
        layers=layers,
        wasted_bytes=wasted_bytes,
        secrets=_secrets(layers, cache),
    )


def _secrets(layers: Sequence[LayerRecord], cache: LayerCache) -> tuple[str, ...]:
    """What the image's own layers hold of files that usually hold secrets, hidden or not."""
    own = [cache.get(layer.diff_id) for layer in layers if not layer.is_base]
    return tuple(sorted({path for size in own if size is not None for path in size.secrets}))


def _layers(
    diff_ids: Sequence[str], written_by: Sequence[str], of_base: int, cache: LayerCache
) -> tuple[LayerRecord, ...]:
    """What is recorded of each layer; all sizes are in the cache."""
    layers: list[LayerRecord] = []
    for diff_id, created_by in zip(diff_ids, written_by, strict=True):
        size = cache.get(diff_id)
        assert size is not None, "every source delivers what is wanted or raises"
        layers.append(
            LayerRecord(
                diff_id=diff_id,
                created_by=created_by,
                unpacked_bytes=size.unpacked_bytes,
                compressed_bytes=size.compressed_bytes,
                files=size.files,
                is_base=len(layers) < of_base,
            )
        )
    return tuple(layers)


class Sizing:
    """Counts and compresses layers as they pass by, and keeps their sizes; not those that are known
    by what an export calls them, nor, with `plain_only`, those that are packed."""

    def __init__(self, cache: LayerCache, threads: Threads, plain_only: bool = False) -> None:
        self.cache = cache
        self._threads = threads
        self._plain_only = plain_only

    def __call__(self, path: str, plain: bool) -> Copy | None:
        """Who gets the layer at this path."""
        named = _DIGEST.search(path)
        name = named.group() if named else ""
        known = (self.cache.diff_id_of(name) or f"sha256:{name}") if name else ""
        if (known and self.cache.get(known) is not None) or (self._plain_only and not plain):
            return None
        return _Sized(self.cache, name, CompressedSize(self.cache.compressor, self._threads))

    def directory(self, diff_id: str, folder: Path) -> None:
        """The layer that an engine keeps in a directory."""
        sized = _Sized(self.cache, "", CompressedSize(self.cache.compressor, self._threads))
        tape = StreamTape(copied(layer_tarball(folder), sized))
        entries = scan(tape, Budget(Limits()))
        tape.drain()
        sized.end(diff_id, entries)


class _Sized:
    """One layer."""

    def __init__(self, cache: LayerCache, name: str, compressed: CompressedSize) -> None:
        self._cache, self._name, self._compressed = cache, name, compressed
        self._rest = bytearray()

    def add(self, piece: bytes) -> None:
        """Compress it, in blocks of one size whatever the pieces are: the sum depends on it."""
        self._rest += piece
        while len(self._rest) >= BLOCK_BYTES:
            self._compressed.add(bytes(self._rest[:BLOCK_BYTES]))
            del self._rest[:BLOCK_BYTES]

    def end(self, diff_id: str, entries: Sequence[Entry]) -> None:
        """Keep the size, by the digest of what was compressed."""
        if self._rest:
            self._compressed.add(bytes(self._rest))
        size = LayerSize(
            sum(map(payload, entries)),
            self._compressed.finish(),
            files_in(entries),
            tuple(secrets_in(entries)),
        )
        self._cache.put(diff_id, size)
        if self._name:
            self._cache.remember(self._name, diff_id)


def _measure_folders(folders: Mapping[str, Path], missing: set[str], sizing: Sizing) -> bool:
    """Measure the layers in directories; whether all could be read."""
    for diff_id in sorted(missing, key=list(folders).index):
        try:
            sizing.directory(diff_id, folders[diff_id])
        except ImageError:
            return False
        missing.discard(diff_id)
    return True


def _measure_export(images: ImageStore, image: str, sizing: Sizing) -> ImageContent:
    """The image as the engine exports it, its layers measured."""
    with Digests() as digests:
        reading = Reading(Wanted(), Budget(Limits()), digests, copies=sizing)
        return read_export(image, images, reading, Choice())
