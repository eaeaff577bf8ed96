"""One stored layer → its entries and its digests, from a part of a file or from a stream."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterable, Iterator
from contextlib import closing

from msgspec import Struct, field

from runner.image.readers.budget import Budget
from runner.image.readers.damage import DamagedError
from runner.image.readers.digests import Digest, Digests
from runner.image.readers.headers import BLOCK
from runner.image.readers.tape import FileTape, StreamTape, Tape
from runner.image.readers.tarball import scan
from runner.image.readers.unpack import Ahead, Packing, packing_of, unpacked
from runner.image.readers.wanted import Wanted
from runner.model.entries import Entry

_PIECE_BYTES = 1 << 18


class Reading(Struct, frozen=True):
    """What reading an image needs throughout."""

    wanted: Wanted
    budget: Budget
    digests: Digests
    checks: list[Callable[[], None]] = field(default_factory=list)
    """What is still to be looked at when all digests are known; each raises `DamagedError`."""

    def check(self) -> None:
        """Wait for the digests and look at them."""
        while self.checks:
            self.checks.pop()()


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
    several = list(dict.fromkeys(parts))
    digests = {
        part: reading.digests.of_part(part.descriptor, part.offset, part.size_bytes)
        for part in sorted(several, key=lambda part: -part.size_bytes)
    }
    return {part: _layer_of_part(part, digests[part], reading) for part in several}


def _layer_of_part(part: Part, digest: Digest, reading: Reading) -> StoredLayer:
    packing = _layer_packing(part.head())
    if packing is Packing.plain:
        reading.budget.take_unpacked(part.size_bytes)
        tape = FileTape(part.descriptor, part.offset, part.size_bytes)
        return StoredLayer(_scan(tape, reading), part.size_bytes, packing, digest, digest)
    with closing(Ahead(unpacked(part.pieces(), packing))) as pieces:
        entries, diff_id = _read_through(pieces, part.size_bytes, reading)
    return StoredLayer(entries, part.size_bytes, packing, digest, diff_id)


def layer_of_stream(
    head: bytes, pieces: Iterator[bytes], size_bytes: int, reading: Reading
) -> StoredLayer:
    """Read a layer that comes as a stream, to its end; `head` is its first block."""
    packing = _layer_packing(head)
    if packing is Packing.plain:
        entries, diff_id = _read_through(pieces, size_bytes, reading)
        return StoredLayer(entries, size_bytes, packing, diff_id, diff_id)
    stored, digest = reading.digests.of_stream(pieces)
    entries, diff_id = _read_through(unpacked(stored, packing), size_bytes, reading)
    for _ in stored:
        pass
    return StoredLayer(entries, size_bytes, packing, digest, diff_id)


def _read_through(
    pieces: Iterator[bytes], stored_bytes: int, reading: Reading
) -> tuple[list[Entry], Digest]:
    """Scan an unpacked stream and read what lies behind its end mark."""
    counted = _counted(pieces, stored_bytes, reading.budget)
    digested, diff_id = reading.digests.of_stream(counted)
    tape = StreamTape(digested)
    entries = _scan(tape, reading)
    tape.drain()
    return entries, diff_id


def _counted(pieces: Iterator[bytes], stored_bytes: int, budget: Budget) -> Iterator[bytes]:
    total = 0
    for piece in pieces:
        total += len(piece)
        budget.take_unpacked(len(piece))
        budget.check_ratio(total, stored_bytes)
        yield piece


def _scan(tape: Tape, reading: Reading) -> list[Entry]:
    return scan(tape, reading.budget, reading.wanted.on_file(reading.budget))


def _layer_packing(head: bytes) -> Packing:
    packing = packing_of(head)
    if packing is Packing.unknown:
        raise DamagedError("a layer is neither a tarball nor one packed with gzip or zstandard")
    return packing
