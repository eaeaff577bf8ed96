"""Fingerprints of contents that pass by in a stream and cannot be read again: they tell which
contents of equal size are the same.

XXH3 of 64 bits, a fraction of what reading takes. It is no proof against somebody who makes two
contents with one fingerprint on purpose; of contents by chance one pair in 2⁶⁴ has the same.
"""

from __future__ import annotations

from array import array
from collections.abc import Iterable, Iterator, Sequence
from functools import cached_property

from xxhash import xxh3_64, xxh3_64_intdigest

from runner.model.entries import Entry, content_indexes
from runner.oci.blob_location import Stored
from runner.oci.budget import Budget
from runner.oci.damage import cut_off
from runner.oci.headers import Sparse
from runner.oci.sparse import filled
from runner.oci.tape import Tape

_UNKNOWN = 0
"""In place of a fingerprint: there is nothing to tell apart, or the holes are too large."""


class Fingerprints:
    """Of the regular files of one tarball, in their order; eight bytes for each."""

    def __init__(self, budget: Budget) -> None:
        self.taken = array("Q")
        self._budget = budget
        self._piece = memoryview(b"")
        """Of the tape, the one in which the last short content lay: the next one may as well."""
        self._start = self._end = 0

    def take(self, entry: Entry, tape: Tape, stored: Stored) -> None:
        """Take that of a file that is not looked at otherwise; raises `DamagedError` where the tape
        ends."""
        position, size_bytes, sparse = stored
        if not entry.size_bytes:
            self.taken.append(_UNKNOWN)
            return
        if sparse is not None:
            self._take_sparse(entry, tape, position, size_bytes, sparse)
            return
        end = position + size_bytes
        start = self._start
        if position < start or end > self._end:
            piece, start = tape.at(position, 1)
            self._piece, self._start, self._end = memoryview(piece), start, start + len(piece)
            if end > self._end:
                self._take_all(_views(tape, position, size_bytes), size_bytes)
                return
        self.taken.append(xxh3_64_intdigest(self._piece[position - start : end - start]))

    def passing(self, pieces: Iterable[bytes]) -> Iterator[bytes]:
        """The same pieces of a file's content; its fingerprint is taken behind the last one."""
        summed = xxh3_64()
        for piece in pieces:
            summed.update(piece)
            yield piece
        self.taken.append(summed.intdigest())

    def _take_sparse(
        self, entry: Entry, tape: Tape, position: int, stored_bytes: int, sparse: Sparse
    ) -> None:
        """Take that of a content with its holes, as who reads the file would see it."""
        if self._budget.may_fill(entry.size_bytes - stored_bytes):
            self._take_all(filled(tape, position, sparse), entry.size_bytes)
        else:
            self.taken.append(_UNKNOWN)

    def _take_all(self, pieces: Iterable[bytes | memoryview], size_bytes: int) -> None:
        self.taken.append(fingerprint_of(pieces, size_bytes))


def fingerprint_of(pieces: Iterable[bytes | memoryview], size_bytes: int) -> int:
    """The fingerprint of a content in pieces; raises `DamagedError` if they are less than that."""
    summed = xxh3_64()
    length = 0
    for piece in pieces:
        summed.update(piece)
        length += len(piece)
    if length != size_bytes:
        raise cut_off("a file")
    return summed.intdigest()


def _views(tape: Tape, position: int, size_bytes: int) -> Iterator[memoryview]:
    """The pieces of a long content, without copying what one is not whole of."""
    end = position + size_bytes
    while position < end:
        piece, start = tape.at(position, 1)
        view = memoryview(piece)[position - start : end - start]
        if not view:
            return
        yield view
        position += len(view)


class PassedBy:
    """What passed by, for a later look at it: most of it is never asked for."""

    def __init__(self, entries: Sequence[Entry], taken: Sequence[int]) -> None:
        self._entries = entries
        self._taken = taken

    def at(self, index: int) -> int:
        """The fingerprint of what the entry with this index holds; 0 if it is unknown."""
        return self._by_index[index]

    @cached_property
    def _by_index(self) -> Sequence[int]:
        """Numbers in an array: an object for each would take more than the entries do."""
        spread = array("Q", bytes(8 * len(self._entries)))
        holding = content_indexes(self._entries)
        for index, fingerprint in zip(holding, self._taken, strict=True):
            spread[index] = fingerprint
        return spread
