"""Which earlier entry of a layer's tarball a hard link is a further name of."""

from __future__ import annotations

from runner.model.entries import Entry, EntryKind
from runner.oci.damage import DamagedError, shown
from runner.oci.paths import plain


class HardLinkTargets:
    """The entries of one tarball by their paths, as far as they are read."""

    def __init__(self, entries: list[Entry]) -> None:
        """`entries` is the list that the reader appends to."""
        self._entries = entries
        self._places: dict[str, int] = {}
        self._placed = 0

    def resolve(self, entry: Entry) -> None:
        """Make a hard link a further name of what it links to, or of content in lower layers.

        Raises `DamagedError` for a link to a directory or to the root.
        """
        target = plain(entry.target)
        if not target:
            raise DamagedError(f"the hard link {shown(entry.path)} leads to the root")
        place = self._place(target)
        if place < 0:
            entry.target = target
            return
        other = self._entries[place]
        if other.kind is EntryKind.directory:
            raise DamagedError(f"the hard link {shown(entry.path)} leads to a directory")
        entry.kind, entry.target = other.kind, other.target
        if other.kind is EntryKind.file and not other.target:
            entry.content_of = place if other.content_of < 0 else other.content_of

    def _place(self, path: str) -> int:
        """Index of the layer's last entry with this path; -1 if there is none so far."""
        for place in range(self._placed, len(self._entries)):
            entry = self._entries[place]
            if entry.kind not in (EntryKind.whiteout, EntryKind.opaque):
                self._places[entry.path] = place
        self._placed = len(self._entries)
        return self._places.get(path, -1)
