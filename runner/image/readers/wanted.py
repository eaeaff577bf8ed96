"""What a caller wants of the contents: some kept, some digested, most neither."""

from __future__ import annotations

from collections.abc import Callable, MutableSequence
from typing import TYPE_CHECKING

from msgspec import Struct

from runner.image.readers.budget import Budget
from runner.model.entries import Entry, KeepContent, keep_nothing

if TYPE_CHECKING:
    from runner.image.readers.fingerprints import Fingerprints
    from runner.image.readers.tape import Tape
    from runner.image.readers.tarball import OnFile, Stored

Places = MutableSequence[int]
"""Where the contents of a tarball's regular files lie in it, in the order of the files."""

HashContents = bool | Callable[[str, int], bool]
"""Whether contents are digested: all, none, or those for whose path and size it says so."""


class Wanted(Struct, frozen=True):
    """Which contents to keep and which to digest."""

    keep: KeepContent = keep_nothing
    hash_contents: HashContents = False

    @property
    def any(self) -> bool:
        """Whether any content may be wanted; else none need be looked at."""
        return self.keep is not keep_nothing or self.hash_contents is not False

    def of(self, entry: Entry, budget: Budget) -> tuple[bool, bool]:
        """Whether to keep and to digest the content of this file; counts what is kept."""
        keep = self.keep(entry.path, entry.size_bytes)
        if keep:
            budget.take_kept(entry.size_bytes)
        wanted = self.hash_contents
        return keep, wanted if isinstance(wanted, bool) else wanted(entry.path, entry.size_bytes)

    def on_file(
        self,
        budget: Budget,
        places: Places | None = None,
        fingerprints: Fingerprints | None = None,
    ) -> OnFile | None:
        """What the scanner of tarballs calls for each file; None if it need not. Where contents lie
        is noted in `places`, what they are told apart by in `fingerprints`."""
        if not self.any:
            return None if fingerprints is None else fingerprints.take
        from runner.image.readers.taken import IN_PIECES, take_content  # only for tarballs

        digests, keeps = self.hash_contents is not False, self.keep
        pass_by = None if fingerprints is None else fingerprints.take

        def take(entry: Entry, tape: Tape, stored: Stored) -> None:
            """For every file of the image: what nearly all of them need comes first."""
            if places is not None:
                places.append(stored.position if stored.sparse is None else IN_PIECES)
            if digests or keeps(entry.path, entry.size_bytes):
                keep, digest = self.of(entry, budget)
                if keep or digest:
                    take_content(entry, tape, stored, keep, digest, budget, fingerprints)
                    return
            if pass_by is not None:
                pass_by(entry, tape, stored)

        return take
