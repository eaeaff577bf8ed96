"""A second look at contents in a plain tarball on disk, where they were seen the first time."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Sequence
from itertools import count
from typing import TYPE_CHECKING

from xxhash import xxh3_64_intdigest

from runner.model.entries import Entry, Limits, content_indexes
from runner.oci.blob_location import IN_PIECES, Places, Stored
from runner.oci.budget import Budget
from runner.oci.damage import cut_off
from runner.oci.fingerprints import Fingerprints, fingerprint_of
from runner.oci.tape import PIECE_BYTES, FileTape, Tape, bytes_of, pieces_of
from runner.oci.tarball import scan

if TYPE_CHECKING:
    from runner.oci.blobs import Part

_GAP_BYTES = 1 << 13
"""What is read for nothing between two contents: less than a call of its own takes."""


def fingerprints_again(
    part: Part, entries: Sequence[Entry], places: Places, limits: Limits, indexes: Collection[int]
) -> dict[int, int]:
    """The fingerprints of the contents of entries at these indexes; none where it was not noted in
    which places the contents lie.

    Raises `DamagedError` or `OSError` where the file is not what it was.
    """
    regular = list(content_indexes(entries))
    if len(regular) != len(places):
        return {}
    asked = set(indexes)
    wanted = [
        (place, index) for place, index in zip(places, regular, strict=True) if index in asked
    ]
    tape = FileTape(part.descriptor, part.offset, part.size_bytes)
    found = _together(
        tape,
        [
            (place, entries[index].size_bytes, index)
            for place, index in wanted
            if place != IN_PIECES
        ],
    )
    if len(found) < len(wanted):
        ranks = {
            rank: index
            for rank, index in enumerate(regular)
            if index in asked and places[rank] == IN_PIECES
        }
        with_holes = _with_holes(tape, Budget(limits), ranks)
        found |= {ranks[rank]: fingerprint for rank, fingerprint in with_holes.items()}
    return found


def _together(tape: Tape, contents: Iterable[tuple[int, int, int]]) -> dict[int, int]:
    """Fingerprints of contents (place, size, index), which are in order of their places: where all
    files of an image were overwritten, most lie close together, and one call reads many."""
    found: dict[int, int] = {}
    near: list[tuple[int, int, int]] = []
    begin = end = 0
    for content in contents:
        place, size_bytes, index = content
        if size_bytes > PIECE_BYTES:
            found[index] = fingerprint_of(pieces_of(tape, place, size_bytes), size_bytes)
            continue
        if near and (place - end > _GAP_BYTES or place + size_bytes - begin > PIECE_BYTES):
            found.update(_read_at_once(tape, begin, end, near))
            near = []
        if not near:
            begin = place
        near.append(content)
        end = place + size_bytes
    found.update(_read_at_once(tape, begin, end, near))
    return found


def _read_at_once(
    tape: Tape, begin: int, end: int, contents: Iterable[tuple[int, int, int]]
) -> Iterator[tuple[int, int]]:
    read = memoryview(bytes_of(tape, begin, end - begin))
    if len(read) < end - begin:
        raise cut_off("a file")
    for place, size_bytes, index in contents:
        start = place - begin
        yield index, xxh3_64_intdigest(read[start : start + size_bytes])


def _with_holes(tape: Tape, budget: Budget, ranks: Collection[int]) -> dict[int, int]:
    """Fingerprints of files with holes, by how many regular files come before each. Their maps are
    looked for anew: they are few, and where they lie was not noted."""
    taken = Fingerprints(budget)
    seen = count()

    def take(entry: Entry, tape: Tape, stored: Stored) -> None:
        if next(seen) in ranks:
            taken.take(entry, tape, stored)

    scan(tape, budget, take)
    return dict(zip(sorted(ranks), taken.taken, strict=True))
