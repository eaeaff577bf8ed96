"""What a caller wants of the contents: some kept, some digested, most neither."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

from msgspec import Struct

from runner.model.entries import Entry, KeepContent, keep_nothing
from runner.oci.budget import Budget

if TYPE_CHECKING:
    from runner.oci.blob_location import OnFile, Stored
    from runner.oci.fingerprints import Fingerprints
    from runner.oci.tape import Tape

HashContents = bool | Callable[[str, int], bool]
"""Whether contents are digested: all, none, or those for whose path and size it says so."""


class Wanted(Struct, frozen=True):
    """Which contents to keep and which to digest."""

    keep: KeepContent = keep_nothing
    hash_contents: HashContents = False
    attributes: bool = False
    """Whether files of an engine's directories are asked for their extended attributes."""

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

    @property
    def only(self) -> KeepContent | None:
        """Says which files alone need be looked at closer; None if all do."""
        return self.keep if self.hash_contents is False else None

    def on_file(self, budget: Budget, fingerprints: Fingerprints | None = None) -> OnFile | None:
        """What the scanner of tarballs calls for files; None if it need not. What contents are told
        apart by is noted in `fingerprints`: then it is to be called for all of them."""
        if not self.any:
            return None if fingerprints is None else fingerprints.take
        from runner.oci.content_capture import take_content  # only for tarballs

        digests, keeps = self.hash_contents is not False, self.keep
        pass_by = None if fingerprints is None else fingerprints.take

        def take(entry: Entry, tape: Tape, stored: Stored) -> None:
            """For every file of the image: what nearly all of them need comes first."""
            if digests or keeps(entry.path, entry.size_bytes):
                keep, digest = self.of(entry, budget)
                if keep or digest:
                    take_content(entry, tape, stored, keep, digest, budget, fingerprints)
                    return
            if pass_by is not None:
                pass_by(entry, tape, stored)

        return take
