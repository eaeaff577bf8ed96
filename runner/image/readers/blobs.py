"""One stored layer → its entries and its digests, from a part of a file or from a stream."""

from __future__ import annotations

import os
from array import array
from bisect import bisect_left
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from contextlib import closing
from functools import partial

from msgspec import Struct

from runner.image.readers import native
from runner.image.readers.ahead import Ahead
from runner.image.readers.budget import Budget, Spent
from runner.image.readers.damage import DamagedError
from runner.image.readers.digests import Digest, NoDigests, sha256_of, unknown
from runner.image.readers.headers import BLOCK
from runner.image.readers.helper import Layer, read_layers
from runner.image.readers.reading import Reading
from runner.image.readers.tape import FileTape, StreamTape, Tape
from runner.image.readers.tarball import IN_PIECES, Places, scan
from runner.image.readers.unpack import Packing, packing_of, unpacked
from runner.image.readers.wanted import Wanted
from runner.model.entries import Entry, Limits, holds_content

_PIECE_BYTES = 1 << 18
WORTH_HELP_BYTES = 8 << 20
"""Of plain layers, from which on a second process pays."""


DigestsInLayer = Callable[[Collection[int]], Mapping[int, str]]
"""Indexes of entries → the sha256 of their contents, less those that cannot be had."""


class StoredLayer(Struct, frozen=True):
    """A layer as it was found."""

    entries: list[Entry]
    size_bytes: int
    """As it is stored."""
    packing: Packing
    digest: Digest
    """Of the stored bytes."""
    diff_id: Digest
    """Of the tarball."""
    spent: Spent
    """What reading it took of the limits."""
    again: DigestsInLayer | None = None
    """A second look at contents, while the file is open; None for a layer of a stream."""


class Part(Struct, frozen=True):
    """A part of an open file."""

    descriptor: int
    offset: int
    size_bytes: int

    def head(self) -> bytes:
        """The first block."""
        return os.pread(self.descriptor, min(BLOCK, self.size_bytes), self.offset)

    def pieces(self) -> Iterator[bytes]:
        """All of it; raises `DamagedError` if the file ends before."""
        position, end = self.offset, self.offset + self.size_bytes
        while position < end:
            piece = os.pread(self.descriptor, min(_PIECE_BYTES, end - position), position)
            if not piece:
                raise DamagedError("the file became shorter while it was read")
            position += len(piece)
            yield piece


def layers_of_parts(parts: Iterable[Part], reading: Reading) -> dict[Part, StoredLayer]:
    """Read layers in files, each once; their digests are under way from the start, long ones first.

    Of a plain layer no contents are read, but for the digest; where there are several, a second
    process may read some of them, while this one reads those that are packed.
    """
    packings = {part: _layer_packing(part.head()) for part in parts}
    plain = [part for part, packing in packings.items() if packing is Packing.plain]
    digests: dict[Part, Digest] = {}
    found: dict[Part, StoredLayer] = {}

    def begin() -> None:
        """After the other process has begun: threads do not go along with it."""
        for part in sorted(packings, key=lambda part: -part.size_bytes):
            of_part = reading.digests.of_part(part.descriptor, part.offset, part.size_bytes)
            digests[part] = of_part
        for part, packing in packings.items():
            if packing is not Packing.plain:
                found[part] = _packed(part, packing, digests[part], reading)

    layers = read_layers(
        len(plain),
        lambda index: _scanned(plain[index], reading),
        reading.budget,
        pays=not native.COMPILED and sum(part.size_bytes for part in plain) >= WORTH_HELP_BYTES,
        meanwhile=begin,
    )
    for part, layer in zip(plain, layers, strict=True):
        found[part] = _plain(part, layer, digests[part])
    return found


def _scanned(part: Part, reading: Reading) -> Layer:
    """The entries of a plain layer, and where their contents lie in it."""
    reading.budget.take_unpacked(part.size_bytes)
    tape, places = FileTape(part.descriptor, part.offset, part.size_bytes), array("q")
    entries = _scan(tape, reading, places)
    return Layer(entries, places.tobytes())


def _plain(part: Part, layer: Layer, digest: Digest) -> StoredLayer:
    places = array("q", layer.places)
    again: DigestsInLayer = partial(_in_place, part, layer.entries, places)
    return StoredLayer(
        layer.entries, part.size_bytes, Packing.plain, digest, digest, layer.spent, again
    )


def _packed(part: Part, packing: Packing, digest: Digest, reading: Reading) -> StoredLayer:
    with closing(Ahead(unpacked(part.pieces(), packing))) as pieces:
        entries, diff_id, spent = _read_through(pieces, part.size_bytes, reading)
    again: DigestsInLayer = partial(_unpacked_again, part, packing, entries, reading.budget.limits)
    return StoredLayer(entries, part.size_bytes, packing, digest, diff_id, spent, again)


def _in_place(
    part: Part, entries: Sequence[Entry], places: Places, indexes: Collection[int]
) -> dict[int, str]:
    """The digests of contents in a plain tarball, read where they were seen."""
    regular = [index for index, entry in enumerate(entries) if holds_content(entry)]
    if len(regular) != len(places):
        return {}
    found: dict[int, str] = {}
    for index in indexes:
        rank = bisect_left(regular, index)
        if places[rank] != IN_PIECES:
            offset, size_bytes = part.offset + places[rank], entries[index].size_bytes
            found[index] = sha256_of(Part(part.descriptor, offset, size_bytes).pieces())
    return found


def _unpacked_again(
    part: Part, packing: Packing, entries: Sequence[Entry], limits: Limits, indexes: Collection[int]
) -> dict[int, str]:
    """The digests of contents in a packed layer, which is unpacked once more."""
    paths = {entries[index].path for index in indexes}
    wanted = Wanted(hash_contents=lambda path, _size_bytes: path in paths)
    again = _packed(part, packing, unknown, Reading(wanted, Budget(limits), NoDigests()))
    same = len(again.entries) == len(entries)
    return {index: again.entries[index].digest for index in indexes if same}


def layer_of_stream(
    head: bytes, pieces: Iterator[bytes], size_bytes: int, reading: Reading
) -> StoredLayer:
    """Read a layer that comes as a stream, to its end; `head` is its first block."""
    packing = _layer_packing(head)
    if packing is Packing.plain:
        entries, diff_id, spent = _read_through(pieces, size_bytes, reading)
        return StoredLayer(entries, size_bytes, packing, diff_id, diff_id, spent)
    stored, digest = reading.digests.of_stream(pieces)
    entries, diff_id, spent = _read_through(unpacked(stored, packing), size_bytes, reading)
    for _ in stored:
        pass
    return StoredLayer(entries, size_bytes, packing, digest, diff_id, spent)


def _read_through(
    pieces: Iterator[bytes], stored_bytes: int, reading: Reading
) -> tuple[list[Entry], Digest, Spent]:
    """Scan an unpacked stream and read what lies behind its end mark."""
    before = reading.budget.spent()
    counted = _counted(pieces, stored_bytes, reading.budget)
    digested, diff_id = reading.digests.of_stream(counted)
    tape = StreamTape(digested)
    entries = _scan(tape, reading)
    tape.drain()
    return entries, diff_id, reading.budget.spent() - before


def _counted(pieces: Iterator[bytes], stored_bytes: int, budget: Budget) -> Iterator[bytes]:
    total = 0
    for piece in pieces:
        total += len(piece)
        budget.take_unpacked(len(piece))
        budget.check_ratio(total, stored_bytes)
        yield piece


def _scan(tape: Tape, reading: Reading, places: Places | None = None) -> list[Entry]:
    wanted = reading.wanted
    return scan(
        tape, reading.budget, wanted.on_file(reading.budget), only=wanted.only, places=places
    )


def _layer_packing(head: bytes) -> Packing:
    packing = packing_of(head)
    if packing is Packing.unknown:
        raise DamagedError("a layer is neither a tarball nor one packed with gzip or zstandard")
    return packing
