"""The layers of an archive on disk as streams, to compress those whose compressed size is unknown.

The archive has been read before, within limits and with its digests verified.
"""

from __future__ import annotations

from collections.abc import Iterator, Set
from pathlib import Path
from typing import BinaryIO

from runner.image.cache import LayerCache
from runner.image.compress import Threads
from runner.image.export import ExportedImage
from runner.image.readers.damage import DamagedError
from runner.image.readers.unpack import packing_of, unpacked
from runner.image.sizes import layer_size
from runner.image.source import LayerSource
from runner.model.errors import ImageError

_PIECE_BYTES = 1 << 20


class SavedImage(ExportedImage):
    """The layers of one image, from the tarball that somebody saved."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._image = str(path)
        self._aliases = _Strangers()

    def _stream(self) -> Iterator[bytes]:
        try:
            with self._path.open("rb") as file:
                yield from unpacked(_pieces(file), packing_of(file.peek(512)[:512]))
        except (OSError, DamagedError) as error:
            raise ImageError(f"cannot read {self._path}: {error}") from error


class _Strangers:
    """Names in a stranger's archive say nothing about those in an engine's export."""

    def diff_id_of(self, _name: str) -> None:
        """Never known."""

    def remember(self, name: str, diff_id: str) -> None:
        """Never kept."""


def compress_archive(path: Path, missing: Set[str], cache: LayerCache) -> None:
    """Put the sizes of an archive's layers into the cache; raises `ImageError`."""
    with Threads() as threads:
        for layer in SavedImage(path).layers(missing):
            size = layer_size(layer.content, cache.compressor, threads)
            cache.put(layer.diff_id, size)


def _pieces(file: BinaryIO) -> Iterator[bytes]:
    while piece := file.read(_PIECE_BYTES):
        yield piece


def _proof(image: SavedImage) -> LayerSource:
    return image
