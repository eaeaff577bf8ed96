"""The size of an image, measured from its layers: unpacked and compressed, layer by layer; and what
of it is wasted."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import BinaryIO

from runner.engine.folders import diff_ids_of
from runner.engine.port import Engine
from runner.engine.sdk_images import SdkImages
from runner.image.base import layers_in_common
from runner.image.cache import LayerCache, LayerSize
from runner.image.compress import BLOCK_BYTES, CompressedSize, Compressor, Threads
from runner.image.contents.secrets import secrets_in
from runner.image.export import ExportedImage
from runner.image.inspected import instructions
from runner.image.merge import merge
from runner.image.overlay import OverlayFolders
from runner.image.read import read_image
from runner.image.source import Layer, LayerSource
from runner.image.tree import files_in, payload
from runner.model.entries import Entry, ImageContent, LayerContent, Limits
from runner.model.errors import ImageError
from runner.model.record import LayerRecord, Sizes
from runner.oci.budget import Budget
from runner.oci.damage import DamagedError
from runner.oci.tape import StreamTape
from runner.oci.tarball import scan

Entries = dict[str, list[Entry]]
"""diff_id → what is in the layer."""


def measure(
    engine: Engine,
    image: str,
    base_diff_ids: Sequence[str],
    cache: LayerCache,
    *,
    with_waste: bool = False,
) -> Sizes:
    """Unpacked and compressed bytes of the image and of each layer.

    Only layers that are not in the cache are read: from the engine's layer folders where this
    process can, else from the engine's export. Raises `ImageError` when they cannot be read and
    `EngineLostError` when the engine stops answering.

    `with_waste` also finds out what is wasted, unless the cache knows it of the same layers. For
    that, the entries of every layer are needed. Folders are walked through once more, which takes
    next to no time. An export takes long, so there is no second one: it holds all layers anyway,
    and those whose sizes are known are read too, but not compressed. (An image of which all sizes
    are known, but not the waste, is exported for the waste alone; that happens once.)
    """
    images = SdkImages(engine)
    inspected = images.inspect(image)
    diff_ids = diff_ids_of(inspected)
    folders = images.layer_folders(inspected) if diff_ids else None
    missing = {diff_id for diff_id in diff_ids if cache.get(diff_id) is None}
    wasted_bytes = cache.wasted_bytes(diff_ids) if with_waste else None
    entries: Entries | None = None
    if with_waste and wasted_bytes is None and not folders:
        entries, missing = {}, set(diff_ids)
    try:
        if missing:
            sources = _sources(engine, image, diff_ids, folders, cache)
            _measure_layers(sources, missing, cache, entries)
        if with_waste and wasted_bytes is None:
            wasted_bytes = _wasted_bytes(images, image, diff_ids, entries)
            cache.put_wasted_bytes(diff_ids, wasted_bytes)
    except DamagedError as error:
        raise ImageError(f"cannot measure {image}: {error.told('build it again')}") from error
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


def layer_size(content: BinaryIO, compressor: Compressor, threads: Threads) -> LayerSize:
    """Read a layer's tarball once, counting its content and compressing it at the same time.

    Raises `DamagedError` for what the readers of images would refuse too.
    """
    return _size_and_entries(content, compressor, threads)[0]


def _size_and_entries(
    content: BinaryIO, compressor: Compressor, threads: Threads
) -> tuple[LayerSize, list[Entry]]:
    compressed = CompressedSize(compressor, threads)

    def passed_on() -> Iterator[bytes]:
        for block in _blocks(content):
            compressed.add(block)
            yield block

    entries = _entries(passed_on())
    size = LayerSize(
        unpacked_bytes=sum(map(payload, entries)),
        compressed_bytes=compressed.finish(),
        files=files_in(entries),
        secrets=secrets_in(entries),
    )
    return size, entries


def _blocks(content: BinaryIO) -> Iterator[bytes]:
    while block := content.read(BLOCK_BYTES):
        yield block


def _entries(blocks: Iterator[bytes]) -> list[Entry]:
    """What is in a layer's tarball, which is read to its end."""
    tape = StreamTape(blocks)
    entries = scan(tape, Budget(Limits()))
    tape.drain()
    return entries


def _measure_layers(
    sources: list[LayerSource], missing: set[str], cache: LayerCache, entries: Entries | None
) -> None:
    """Measure from the first source; where it cannot be read, what is left from the next."""
    with Threads() as threads:
        for place, source in enumerate(sources):
            try:
                for layer in source.layers(missing):
                    found = _measure_layer(layer, cache, threads)
                    missing.discard(layer.diff_id)
                    if entries is not None:
                        entries[layer.diff_id] = found
            except ImageError:
                if place == len(sources) - 1:
                    raise
            if not missing:
                return


def _measure_layer(layer: Layer, cache: LayerCache, threads: Threads) -> list[Entry]:
    """Read a layer; its size is made and kept if it is not known by the layer's name."""
    if layer.diff_id and cache.get(layer.diff_id) is not None:
        return _entries(_blocks(layer.content))
    size, entries = _size_and_entries(layer.content, cache.compressor, threads)
    cache.put(layer.diff_id, size)
    return entries


def _wasted_bytes(
    images: SdkImages, image: str, diff_ids: Sequence[str], entries: Entries | None
) -> int:
    """Stored less live bytes; without entries, the image is read from its folders."""
    if entries is None:
        content = read_image(image, connect=lambda: images)
    else:
        layers = [LayerContent(diff_id, "", entries[diff_id]) for diff_id in diff_ids]
        content = ImageContent(image, layers)
    tree = merge(content)
    return tree.stored_bytes - tree.live_bytes


def _sources(
    engine: Engine, image: str, diff_ids: list[str], folders: list[Path] | None, cache: LayerCache
) -> list[LayerSource]:
    exported = ExportedImage(engine.client, image, cache)
    return [OverlayFolders(diff_ids, folders), exported] if folders else [exported]
