"""A slow second opinion on merging: each layer's root is written down as a plain table of paths.

Written from the rules alone and as differently from `runner.image.merge` as can be: no tree, no
counting of names; after each layer the whole table is looked through to see which content is gone.
"""

from __future__ import annotations

from dataclasses import dataclass

from runner.model.entries import Entry, EntryKind, ImageContent

Content = tuple[int, int]
"""Layer and index of the entry that stores it."""


@dataclass(frozen=True)
class There:
    """What is at a path: its kind, and for a file its content."""

    kind: EntryKind
    content: Content | None = None


Table = dict[str, There]


def is_below(path: str, folder: str) -> bool:
    return path.startswith(f"{folder}/")


def without(table: Table, path: str, itself: bool = True) -> Table:
    """The table without a path and everything below it."""
    return {
        name: there
        for name, there in table.items()
        if not is_below(name, path) and not (itself and name == path)
    }


def parents(path: str) -> list[str]:
    """All folders above a path, the outermost first."""
    names = path.split("/")
    return ["/".join(names[:count]) for count in range(1, len(names))]


def content_of(layer: int, index: int, entries: list[Entry], below: Table) -> Content | None:
    entry = entries[index]
    if entry.content_of >= 0:
        return content_of(layer, entry.content_of, entries, below)
    if entry.target:
        found = below.get(entry.target)
        if found is not None and found.content is not None:
            return found.content
    return layer, index


def next_root(below: Table, layer: int, entries: list[Entry]) -> Table:
    """The root after a layer."""
    table = dict(below)
    for entry in entries:
        if entry.kind is EntryKind.whiteout:
            table = without(table, entry.path)
        elif entry.kind is EntryKind.opaque:
            table = without(table, entry.path, itself=False)
    for index, entry in enumerate(entries):
        if entry.kind in (EntryKind.whiteout, EntryKind.opaque):
            continue
        for parent in parents(entry.path):
            if parent in table and table[parent].kind is not EntryKind.directory:
                table = without(table, parent)
            table.setdefault(parent, There(EntryKind.directory))
        if entry.kind is EntryKind.directory:
            if entry.path in table and table[entry.path].kind is not EntryKind.directory:
                table = without(table, entry.path)
            table[entry.path] = There(EntryKind.directory)
        else:
            table = without(table, entry.path)
            content = content_of(layer, index, entries, below)
            table[entry.path] = There(entry.kind, content if entry.kind is EntryKind.file else None)
    return table


@dataclass
class Materialised:
    """The root at the end, and which layer hid each content that is gone."""

    root: Table
    stored: dict[Content, int]
    hidden_by: dict[Content, int]

    @property
    def live(self) -> dict[Content, int]:
        return {at: size for at, size in self.stored.items() if at not in self.hidden_by}


def materialise(image: ImageContent) -> Materialised:
    """Every root of an image, one after the other."""
    table: Table = {}
    stored: dict[Content, int] = {}
    hidden_by: dict[Content, int] = {}
    for layer, content in enumerate(image.layers):
        for index, entry in enumerate(content.entries):
            if entry.kind is EntryKind.file and entry.content_of < 0:
                stored[layer, index] = entry.size_bytes
        table = next_root(table, layer, content.entries)
        reachable = {there.content for there in table.values()}
        for at in stored:
            if at not in reachable:
                hidden_by.setdefault(at, layer)
    return Materialised(table, stored, hidden_by)
