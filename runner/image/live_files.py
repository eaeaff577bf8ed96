"""The names of all that is live in an image, with bytes and layer, in a form that can be kept: the
images of a comparison are removed one by one, and what the recommended one lacks is looked up when
all are measured."""

from __future__ import annotations

import os
import zlib
from collections.abc import Iterator
from typing import NamedTuple

import msgspec
from msgspec import Struct

from runner.image.tree import MergedTree
from runner.model.entries import EntryKind

MOST_BYTES = 1 << 28
"""A list that unpacks to more is not read: names of some millions of files."""

_LEVEL = 1
"""Of compression: names shrink to a tenth with any."""


class LiveFile(NamedTuple):
    """A file, a link or a device; a directory only matters for what is in it."""

    path: str
    bytes: int
    layer: int
    """Index of the layer that holds it."""
    uid: int = 0
    """The user to whom it belongs."""


class LiveFiles(Struct, frozen=True):
    """What is live in an image, column by column."""

    names: bytes
    """Paths, relative to the root, each ended by a NUL."""
    sizes_bytes: tuple[int, ...]
    layers: tuple[int, ...]
    uids: tuple[int, ...] = ()
    """Empty in lists of earlier versions, where all count as root's."""

    def __iter__(self) -> Iterator[LiveFile]:
        paths = os.fsdecode(self.names).split("\0")
        uids = self.uids or (0,) * len(self.layers)
        return map(LiveFile, paths, self.sizes_bytes, self.layers, uids)


def live_files(tree: MergedTree) -> LiveFiles:
    """All that is live in a merged root but its directories."""
    found = [live for live in tree.live() if live.entry.kind is not EntryKind.directory]
    return LiveFiles(
        names=b"".join(os.fsencode(f"{live.path}\0") for live in found),
        sizes_bytes=tuple(live.bytes for live in found),
        layers=tuple(live.layer for live in found),
        uids=tuple(live.entry.uid for live in found),
    )


def packed(files: LiveFiles) -> bytes:
    """As it is kept in a file."""
    return zlib.compress(msgspec.msgpack.encode(files), _LEVEL)


def unpacked(data: bytes) -> LiveFiles:
    """What `packed` made of it; raises `ValueError` for anything else."""
    unpacker = zlib.decompressobj()
    try:
        text = unpacker.decompress(data, MOST_BYTES)
        found = msgspec.msgpack.decode(text, type=LiveFiles)
    except (zlib.error, msgspec.MsgspecError) as error:
        raise ValueError(f"no list of files: {error}") from error
    columns = {found.names.count(b"\0"), len(found.sizes_bytes), len(found.layers)}
    columns |= {len(found.uids)} if found.uids else set()
    if unpacker.unconsumed_tail or len(columns) > 1:
        raise ValueError("no list of files: it is not whole")
    return found
