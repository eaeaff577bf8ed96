"""The content of a file in a layer's tarball, kept or digested while the tarball is scanned."""

from __future__ import annotations

import hashlib
from typing import TYPE_CHECKING

from runner.model.entries import Entry
from runner.oci.blob_location import Stored
from runner.oci.budget import Budget
from runner.oci.damage import cut_off
from runner.oci.sparse import filled
from runner.oci.tape import Tape, pieces_of

if TYPE_CHECKING:
    from runner.oci.fingerprints import Fingerprints


def take_content(
    entry: Entry,
    tape: Tape,
    stored: Stored,
    keep: bool,
    digest: bool,
    budget: Budget,
    fingerprints: Fingerprints | None,
) -> None:
    """Give an entry its digest or its content, and take its fingerprint on the way if asked for;
    raises `DamagedError` where the tape ends."""
    if stored.sparse is None:
        pieces = pieces_of(tape, stored.position, stored.size_bytes)
    else:
        budget.check_ratio(entry.size_bytes, stored.size_bytes)
        pieces = filled(tape, stored.position, stored.sparse)
    if fingerprints is not None:
        pieces = fingerprints.passing(pieces)
    summed = hashlib.sha256()
    kept: list[bytes] = []
    length = 0
    for piece in pieces:
        length += len(piece)
        if digest:
            summed.update(piece)
        if keep:
            kept.append(piece)
    if length != entry.size_bytes:
        raise cut_off("a file")
    if digest:
        entry.digest = summed.hexdigest()
    if keep:
        entry.content = b"".join(kept)
