"""The size of an image, measured from its layers: unpacked and compressed, layer by layer."""

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
from runner.image.export import ExportedImage
from runner.image.inspected import instructions
from runner.image.overlay import OverlayFolders
from runner.image.readers.budget import Budget
from runner.image.readers.damage import DamagedError
from runner.image.readers.tape import StreamTape
from runner.image.readers.tarball import scan
from runner.image.source import LayerSource
from runner.image.tree import files_in, payload
from runner.model.entries import Limits
from runner.model.errors import ImageError
from runner.model.record import LayerRecord, Sizes


def measure(engine: Engine, image: str, base_diff_ids: Sequence[str], cache: LayerCache) -> Sizes:
    """Unpacked and compressed bytes of the image and of each layer.

    Only layers that are not in the cache are read: from the engine's layer folders where this
    process can, else from the engine's export. Raises `ImageError` when they cannot be read and
    `EngineLostError` when the engine stops answering.
    """
    images = SdkImages(engine)
    inspected = images.inspect(image)
    diff_ids = diff_ids_of(inspected)
    folders = images.layer_folders(inspected) if diff_ids else None
    missing = {diff_id for diff_id in diff_ids if cache.get(diff_id) is None}
    if missing:
        try:
            _measure_layers(_sources(engine, image, diff_ids, folders, cache), missing, cache)
        except DamagedError as error:
            raise ImageError(f"cannot measure {image}: {error.told('build it again')}") from error
    written_by = instructions(images, image, str(inspected["Id"]), folders, len(diff_ids))
    of_base = layers_in_common(diff_ids, base_diff_ids)
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
    return Sizes(
        unpacked_bytes=sum(layer.unpacked_bytes for layer in layers),
        compressed_bytes=sum(layer.compressed_bytes for layer in layers),
        compressor=cache.compressor.name,
        layers=tuple(layers),
    )


def layer_size(content: BinaryIO, compressor: Compressor, threads: Threads) -> LayerSize:
    """Read a layer's tarball once, counting its content and compressing it at the same time.

    Raises `DamagedError` for what the readers of images would refuse too.
    """
    compressed = CompressedSize(compressor, threads)

    def passed_on() -> Iterator[bytes]:
        while block := content.read(BLOCK_BYTES):
            compressed.add(block)
            yield block

    tape = StreamTape(passed_on())
    entries = scan(tape, Budget(Limits()))
    tape.drain()
    return LayerSize(sum(map(payload, entries)), compressed.finish(), files_in(entries))


def _measure_layers(sources: list[LayerSource], missing: set[str], cache: LayerCache) -> None:
    """Measure from the first source; where it cannot be read, what is left from the next."""
    with Threads() as threads:
        for place, source in enumerate(sources):
            try:
                for layer in source.layers(missing):
                    size = layer_size(layer.content, cache.compressor, threads)
                    cache.put(layer.diff_id, size)
                    missing.discard(layer.diff_id)
            except ImageError:
                if place == len(sources) - 1:
                    raise
            if not missing:
                return


def _sources(
    engine: Engine, image: str, diff_ids: list[str], folders: list[Path] | None, cache: LayerCache
) -> list[LayerSource]:
    exported = ExportedImage(engine.client, image, cache)
    return [OverlayFolders(diff_ids, folders), exported] if folders else [exported]
