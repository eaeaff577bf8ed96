"""One stored layer → its entries and its digests, from a part of a file or from a stream."""

from __future__ import annotations

import os
from array import array
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from contextlib import closing
from functools import partial

from msgspec import Struct

from runner.model.entries import Entry, Limits
from runner.oci.ahead import Ahead
from runner.oci.budget import Budget, Spent
from runner.oci.damage import DamagedError
from runner.oci.digests import Digest
from runner.oci.headers import BLOCK
from runner.oci.reading import Copy, Reading
from runner.oci.tape import FileTape, StreamTape
from runner.oci.tarball import scan
from runner.oci.unpack import Packing, packing_of, unpacked

_PIECE_BYTES = 1 << 18

FingerprintsInLayer = Callable[[Collection[int]], Mapping[int, int]]
"""Indexes of entries → the fingerprints of their contents, less those that cannot be had."""

FingerprintInLayer = Callable[[int], int]
"""Index of an entry → the fingerprint of its content; 0 if it is unknown."""


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
    passed_by: FingerprintInLayer | None = None
    """What was noted of contents as they passed by in a stream, which a packed layer is too."""
    again: FingerprintsInLayer | None = None
    """A second look at contents in a plain layer, while its file is open."""


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

    Of a plain layer no contents are read, but for the digest.
    """
    packings = {part: _layer_packing(part.head()) for part in parts}
    digests: dict[Part, Digest] = {}
    for part in sorted(packings, key=lambda part: -part.size_bytes):
        digests[part] = reading.digests.of_part(part.descriptor, part.offset, part.size_bytes)
    return {
        part: _plain(part, digests[part], reading)
        if packing is Packing.plain and reading.copies is None
        else _packed(part, packing, digests[part], reading)
        for part, packing in packings.items()
    }


def _plain(part: Part, digest: Digest, reading: Reading) -> StoredLayer:
    """The entries of a plain layer, and where their contents lie in it."""
    wanted, budget = reading.wanted, reading.budget
    before = budget.spent()
    budget.take_unpacked(part.size_bytes)
    tape, places = FileTape(part.descriptor, part.offset, part.size_bytes), array("q")
    entries = scan(tape, budget, wanted.on_file(budget), only=wanted.only, places=places)
    again: FingerprintsInLayer = partial(_in_place, part, entries, places, budget.limits)
    spent = budget.spent() - before
    return StoredLayer(entries, part.size_bytes, Packing.plain, digest, digest, spent, again=again)


def _packed(part: Part, packing: Packing, digest: Digest, reading: Reading) -> StoredLayer:
    with closing(Ahead(unpacked(part.pieces(), packing))) as pieces:
        return _read_through(pieces, part.size_bytes, packing, digest, reading)


def _in_place(
    part: Part,
    entries: Sequence[Entry],
    places: array[int],
    limits: Limits,
    indexes: Collection[int],
) -> Mapping[int, int]:
    from runner.oci.rehash import fingerprints_again  # most images have no need of it

    return fingerprints_again(part, entries, places, limits, indexes)


def layer_of_stream(
    path: str, head: bytes, pieces: Iterator[bytes], size_bytes: int, reading: Reading
) -> StoredLayer:
    """Read a layer that comes as a stream, to its end; `head` is its first block."""
    packing = _layer_packing(head)
    if packing is Packing.plain:
        return _read_through(pieces, size_bytes, packing, None, reading, path)
    stored, digest = reading.digests.of_stream(pieces)
    layer = _read_through(unpacked(stored, packing), size_bytes, packing, digest, reading, path)
    for _ in stored:
        pass
    return layer


def _read_through(
    pieces: Iterator[bytes],
    stored_bytes: int,
    packing: Packing,
    digest: Digest | None,
    reading: Reading,
    path: str = "",
) -> StoredLayer:
    """Scan an unpacked stream and read what lies behind its end mark; `digest` is None where it is
    that of the stream itself."""
    from runner.oci.fingerprints import Fingerprints, PassedBy  # only for streams

    before = reading.budget.spent()
    taken = Fingerprints(reading.budget)
    counted = _counted(pieces, stored_bytes, reading.budget)
    copy = reading.copies(path, packing is Packing.plain) if reading.copies else None
    if copy is not None:
        counted = copied(counted, copy)
    digested, diff_id = reading.digests.of_stream(counted)
    tape = StreamTape(digested)
    entries = scan(tape, reading.budget, reading.wanted.on_file(reading.budget, taken))
    tape.drain()
    if copy is not None:
        copy.end(diff_id(), entries)
    spent = reading.budget.spent() - before
    passed_by = PassedBy(entries, taken.taken).at
    return StoredLayer(entries, stored_bytes, packing, digest or diff_id, diff_id, spent, passed_by)


def _counted(pieces: Iterator[bytes], stored_bytes: int, budget: Budget) -> Iterator[bytes]:
    total = 0
    for piece in pieces:
        total += len(piece)
        budget.take_unpacked(len(piece))
        budget.check_ratio(total, stored_bytes)
        yield piece


def copied(pieces: Iterator[bytes], copy: Copy) -> Iterator[bytes]:
    """The pieces, each given to `copy` as it passes by."""
    for piece in pieces:
        copy.add(piece)
        yield piece


def _layer_packing(head: bytes) -> Packing:
    packing = packing_of(head)
    if packing is Packing.unknown:
        raise DamagedError("a layer is neither a tarball nor one packed with gzip or zstandard")
    return packing
