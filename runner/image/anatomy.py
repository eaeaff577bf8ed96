"""The anatomy of an image, assembled: layers, waste, caches, packages, what is large, hints."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from runner.image.base import layers_in_common
from runner.image.contents.caches import caches
from runner.image.contents.folders import largest_folders
from runner.image.contents.hints import Findings, hints
from runner.image.contents.largest import largest_files
from runner.image.contents.live import LiveRoot, live_root
from runner.image.contents.packages import Ownership, ownership
from runner.image.contents.secrets import secrets_in
from runner.image.contents.start_commands import started_words
from runner.image.dive import dive_numbers
from runner.image.merge import merge
from runner.image.tree import MergedTree, files_in, stored_bytes
from runner.image.waste import waste_of, wasted_by_layer
from runner.model.anatomy import (
    AnatomyDocument,
    DiveNumbers,
    Duplicate,
    ImageFacts,
    LayerFacts,
    Waste,
)
from runner.model.entries import ImageContent, LayerContent

AS_STORED = "as stored"
"""The compressor where the source holds the layers compressed."""

TOP = 20
"""Rows of the largest files and directories unless more are asked for."""

Compressed = Callable[[str], int | None]
"""diff_id → compressed bytes, None where they were never measured."""


def anatomy(
    image: ImageContent,
    base_diff_ids: Sequence[str] = (),
    compressed: Compressed | None = None,
    *,
    compressor: str = "",
    base: str = "",
    top: int = TOP,
    tree: MergedTree | None = None,
    with_dive: bool = False,
    with_duplicates: bool = False,
) -> AnatomyDocument:
    """Everything that can be said of an image.

    The layers that the image has in common with `base_diff_ids`, from the base up, are the base's,
    which `base` names. Compressed bytes are those of the reader, else `compressed` is asked, whose
    numbers `compressor` made. `top` limits the largest files and directories. `tree` is the image
    merged, if that was done already. `with_dive` asks for dive's three numbers. `with_duplicates`
    tells that the reader made the digests that they are found by.
    """
    tree = tree or merge(image)
    root = live_root(tree)
    waste = tuple(waste_of(image, tree))
    layers = _layers(image, base_diff_ids, compressed, waste)
    owned = ownership(root)
    found = Findings(
        layers,
        waste,
        caches(root, [layer.created_by for layer in layers], image.environment),
        _duplicates(root) if with_duplicates else None,
        owned,
        root,
        started_words(image.command, image.environment, root),
    )
    dive = dive_numbers(image) if with_dive else None
    secrets = sorted({path for layer in image.layers for path in secrets_in(layer.entries)})
    return _document(image, dive, found, tuple(secrets), base, compressor, top)


def _duplicates(root: LiveRoot) -> tuple[Duplicate, ...]:
    from runner.image.contents.duplicates import duplicates  # seldom asked for

    return duplicates(root)


def _document(
    image: ImageContent,
    dive: DiveNumbers | None,
    found: Findings,
    secrets: tuple[str, ...],
    base: str,
    compressor: str,
    top: int,
) -> AnatomyDocument:
    owned: Ownership = found.ownership
    root: LiveRoot = found.root
    sizes = [layer.compressed_bytes for layer in found.layers]
    stored, live = sum(layer.stored_bytes for layer in found.layers), root.live_bytes
    known = [size for size in sizes if size is not None]
    return AnatomyDocument(
        image=ImageFacts(
            name=image.name,
            stored_bytes=stored,
            live_bytes=live,
            wasted_bytes=stored - live,
            compressed_bytes=sum(known) if len(known) == len(sizes) else None,
            compressor=_compressor(image, compressor) if len(known) == len(sizes) else "",
            base=base,
            platform=image.platform,
            reader=image.reader,
            live_files=len(root.bytes_of) - len(root.carrier_of),
        ),
        layers=tuple(found.layers),
        waste=tuple(found.waste),
        caches=tuple(left.finding for left in found.caches),
        packages=owned.packages,
        unowned_bytes=owned.unowned_bytes,
        unowned=owned.unowned,
        largest_files=largest_files(root, top),
        largest_directories=largest_folders(root, top),
        duplicates=found.duplicates,
        hints=hints(found),
        secrets=secrets,
        dive=dive,
    )


def _layers(
    image: ImageContent,
    base_diff_ids: Sequence[str],
    compressed: Compressed | None,
    waste: tuple[Waste, ...],
) -> tuple[LayerFacts, ...]:
    wasted = wasted_by_layer(waste, len(image.layers))
    of_base = layers_in_common([layer.diff_id for layer in image.layers], base_diff_ids)
    return tuple(
        LayerFacts(
            diff_id=layer.diff_id,
            created_by=layer.created_by,
            stored_bytes=stored_bytes(layer),
            compressed_bytes=_compressed_bytes(layer, compressed),
            files=files_in(layer.entries),
            is_base=index < of_base,
            wasted_bytes=wasted[index],
        )
        for index, layer in enumerate(image.layers)
    )


def _compressed_bytes(layer: LayerContent, compressed: Compressed | None) -> int | None:
    if layer.compressed_bytes is not None or compressed is None:
        return layer.compressed_bytes
    return compressed(layer.diff_id)


def _compressor(image: ImageContent, compressor: str) -> str:
    """What made the compressed bytes; both names where the layers differ."""
    stored = {layer.compressed_bytes is not None for layer in image.layers}
    names = {True: AS_STORED, False: compressor}
    return ", ".join(names[one] for one in sorted(stored, reverse=True))
