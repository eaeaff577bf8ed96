"""The merged root of an image: what is live, which layer holds it, and which names share content.

Where an entry stands is a position (`runner.model.positions`).
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from functools import cached_property
from typing import NamedTuple

from msgspec import Struct, field

from runner.model.anatomy import WasteReason
from runner.model.entries import Entry, EntryKind, LayerContent
from runner.model.positions import INDEX, SHIFT

IMPLIED = -1
"""Position of a directory that no layer has an entry for: it exists because something is in it."""

SETTLED = -1


class Directory:
    """A live directory: where its entry stands, and by full path what is in it: a further
    directory or the position of anything else."""

    __slots__ = ("children", "position")

    def __init__(self, position: int) -> None:
        self.position = position
        self.children: dict[str, int | Directory] = {}


class Content:
    """Content that several names share: where it is stored, and how many names are left."""

    __slots__ = ("names", "position")

    def __init__(self, position: int, names: int) -> None:
        self.position = position
        self.names = names


class Hidden(NamedTuple):
    """Content that a layer hid for good, its last name included."""

    position: int
    hidden_by: int
    """Index of the layer."""
    reason: WasteReason
    instead: int = SETTLED
    """Position of the content in its place where that has the same size and only the times told
    whether it is the same; `SETTLED` where there is nothing to guess."""


class LiveEntry(NamedTuple):
    """Something that is there in the merged root."""

    path: str
    layer: int
    """Index of the layer that holds the entry; -1 for a directory that is only implied."""
    entry: Entry
    bytes: int
    """Live bytes to count for this name: hard-linked content counts for one of its names only, so
    that the sum over all names is `MergedTree.live_bytes`."""
    content: int
    """Position of the content: equal for hard links of each other."""


class MergedTree(Struct, dict=True):
    """The merged root of an image, and what the merge hid."""

    layers: Sequence[LayerContent]
    root: Directory
    directories: dict[str, Directory]
    """Every live directory by its path; the root is the empty path."""
    shared: dict[int, Content]
    """Position of a name → content, for what has or had several names."""
    hidden: list[Hidden] = field(default_factory=list)
    linked: set[int] = field(default_factory=set)
    """Positions of hidden contents that a layer stored again, unchanged, with a new hard link."""

    @cached_property
    def stored_bytes(self) -> int:
        """Payload in all layers."""
        return sum(map(stored_bytes, self.layers))

    @cached_property
    def live_bytes(self) -> int:
        """Payload reachable in the merged root, hard-linked content once."""
        layers, shared = self.layers, self.shared
        contents: set[int] = set()
        total = 0
        for directory in self.directories.values():
            for child in directory.children.values():
                if isinstance(child, Directory):
                    continue
                if child in shared:
                    contents.add(shared[child].position)
                else:
                    total += payload(layers[child >> SHIFT].entries[child & INDEX])
        return total + sum(payload(self.entry_at(position)) for position in contents)

    @cached_property
    def hard_links(self) -> dict[int, tuple[str, ...]]:
        """Position of content → its live names, sorted; only content that has more than one."""
        return {at: names for at, names in self._names.items() if len(names) > 1}

    def live(self, below: str = "") -> Iterator[LiveEntry]:
        """What is live below a directory (not itself), a directory before what is in it, otherwise
        in the order of the names; nothing if there is no such directory."""
        start = self.directories.get(below)
        pending: list[tuple[str, int | Directory]] = []
        if start is not None:
            pending.extend(sorted(start.children.items(), reverse=True))
        while pending:
            path, node = pending.pop()
            yield self._live_entry(path, node)
            if isinstance(node, Directory) and node.children:
                pending.extend(sorted(node.children.items(), reverse=True))

    def has(self, path: str) -> bool:
        """Whether something lives at a path."""
        directory = self.directories.get(path.rpartition("/")[0])
        return directory is not None and path in directory.children

    def entry_at(self, position: int) -> Entry:
        """The entry at a position."""
        return self.layers[position >> SHIFT].entries[position & INDEX]

    def content_at(self, position: int) -> int:
        """Where the content of the file at a position is stored: at another one for a further name
        of hard-linked content."""
        content = self.shared.get(position)
        return position if content is None else content.position

    @cached_property
    def _names(self) -> dict[int, tuple[str, ...]]:
        """Position of content that has or had several names → the live ones, sorted."""
        names: dict[int, list[str]] = {}
        if self.shared:
            for directory in self.directories.values():
                for path, child in directory.children.items():
                    if not isinstance(child, Directory) and child in self.shared:
                        names.setdefault(self.shared[child].position, []).append(path)
        return {position: tuple(sorted(paths)) for position, paths in names.items()}

    def _live_entry(self, path: str, node: int | Directory) -> LiveEntry:
        if isinstance(node, Directory):
            if node.position == IMPLIED:
                entry = Entry(path, EntryKind.directory, mode=0o755)
                return LiveEntry(path, IMPLIED, entry, 0, IMPLIED)
            at = node.position
            return LiveEntry(path, at >> SHIFT, self.entry_at(at), 0, at)
        entry = self.entry_at(node)
        content = self.shared.get(node)
        if content is None:
            return LiveEntry(path, node >> SHIFT, entry, payload(entry), node)
        holder = self.entry_at(content.position)
        names = self._names[content.position]
        bearer = holder.path if holder.path in names else names[0]
        size = payload(holder) if path == bearer else 0
        return LiveEntry(path, node >> SHIFT, entry, size, content.position)


def payload(entry: Entry) -> int:
    """Bytes that an entry itself stores: those of a regular file that is not a further name."""
    if entry.kind is EntryKind.file and entry.content_of < 0:
        return entry.size_bytes
    return 0


def stored_bytes(layer: LayerContent) -> int:
    """Payload of one layer in bytes."""
    file = EntryKind.file
    return sum(
        [entry.size_bytes for entry in layer.entries if entry.kind is file and entry.content_of < 0]
    )


def files_in(entries: Iterable[Entry]) -> int:
    """How many of a layer's entries are files of any kind: no directories, no markers."""
    directory, whiteout, opaque = EntryKind.directory, EntryKind.whiteout, EntryKind.opaque
    kinds = [entry.kind for entry in entries]
    return len(kinds) - sum(kinds.count(kind) for kind in (directory, whiteout, opaque))
