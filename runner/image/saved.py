"""The layers of an archive on disk as streams, to compress those whose compressed size is unknown.

The archive has been read before, within limits. What is compressed here is called by the digest
of what was compressed, never by what the archive says of it.
"""

from __future__ import annotations

from collections.abc import Iterator, Set
from pathlib import Path
from typing import BinaryIO

from runner.image.cache import LayerCache
from runner.image.compress import Threads
from runner.image.export import ExportedImage, digested
from runner.image.sizes import layer_size
from runner.image.source import Layer, LayerSource
from runner.model.errors import ImageError
from runner.oci.damage import DamagedError
from runner.oci.unpack import packing_of, unpacked

_PIECE_BYTES = 1 << 20


class SavedImage(ExportedImage):
    """The layers of one image, from the tarball that somebody saved."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._aliases = _Strangers()
        self._subject = str(path)
        self._advice = "save the image again"

    def _stream(self) -> Iterator[bytes]:
        try:
            with self._path.open("rb") as file:
                yield from unpacked(_pieces(file), packing_of(file.peek(512)[:512]))
        except (OSError, DamagedError) as error:
            raise self._unreadable(error) from error


class _Strangers:
    """Names in a stranger's archive say nothing about those in an engine's export."""

    def diff_id_of(self, _name: str) -> None:
        """Never known."""

    def remember(self, name: str, diff_id: str) -> None:
        """Never kept."""


class SavedLayout:
    """The layers of one image that lie uncompressed in the folder of an OCI layout, where the name
    of such a layer is to be its diff_id."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    def layers(self, wanted: Set[str]) -> Iterator[Layer]:
        """The layers with these diff_ids; raises `ImageError` for one that is not there, or where
        something else lies in its place."""
        for diff_id in sorted(wanted):
            path = self._folder.joinpath("blobs", *diff_id.split(":"))
            try:
                with path.open("rb") as file:
                    layer = digested(_pieces(file))
                    yield layer
            except OSError as error:
                raise ImageError(
                    f"cannot compress the layer {path}: {error.strerror}; only one of an OCI"
                    " layout can be compressed: save the image as a tarball"
                ) from error
            if layer.diff_id != diff_id:
                raise ImageError(
                    f"the layer {path} has the digest {layer.diff_id}: save the image again"
                )


def compress_saved(path: Path, missing: Set[str], cache: LayerCache) -> None:
    """Put the sizes of layers of an archive or a layout's folder into the cache; raises
    `ImageError`."""
    source: LayerSource = SavedLayout(path) if path.is_dir() else SavedImage(path)
    try:
        with Threads() as threads:
            for layer in source.layers(missing):
                size = layer_size(layer.content, cache.compressor, threads)
                cache.put(layer.diff_id, size)
    except DamagedError as error:
        what = error.told("save the image again")
        raise ImageError(f"cannot compress {path}: {what}") from error


def _pieces(file: BinaryIO) -> Iterator[bytes]:
    while piece := file.read(_PIECE_BYTES):
        yield piece
