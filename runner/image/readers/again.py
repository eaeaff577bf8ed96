"""A second look at contents in a plain tarball on disk, where they were seen the first time."""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Collection, Sequence
from itertools import count
from typing import TYPE_CHECKING

from runner.image.readers.budget import Budget
from runner.image.readers.fingerprints import Fingerprints, fingerprint_of
from runner.image.readers.stored import IN_PIECES, Places, Stored
from runner.image.readers.tape import FileTape, Tape, pieces_of
from runner.image.readers.tarball import scan
from runner.model.entries import Entry, Limits, holds_content

if TYPE_CHECKING:
    from runner.image.readers.blobs import Part


def fingerprints_again(
    part: Part, entries: Sequence[Entry], places: Places, limits: Limits, indexes: Collection[int]
) -> dict[int, int]:
    """The fingerprints of the contents of entries at these indexes; none where it was not noted in
    which places the contents lie.

    Raises `DamagedError` or `OSError` where the file is not what it was.
    """
    regular = [index for index, entry in enumerate(entries) if holds_content(entry)]
    if len(regular) != len(places):
        return {}
    ranks = {bisect_left(regular, index): index for index in indexes}
    in_pieces = {rank for rank in ranks if places[rank] == IN_PIECES}
    tape = FileTape(part.descriptor, part.offset, part.size_bytes)
    found = {
        index: fingerprint_of(
            pieces_of(tape, places[rank], entries[index].size_bytes), entries[index].size_bytes
        )
        for rank, index in ranks.items()
        if rank not in in_pieces
    }
    if in_pieces:
        with_holes = _with_holes(tape, Budget(limits), in_pieces)
        found |= {ranks[rank]: fingerprint for rank, fingerprint in with_holes.items()}
    return found


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
