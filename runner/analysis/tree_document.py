"""A file tree as a list, for programs: what `dockbench inspect --tree --json` adds to the rest."""

from __future__ import annotations

from collections.abc import Iterator

from msgspec import Struct

from runner.analysis.file_tree import Change, FileChange, Folder


class TreeEntry(Struct, frozen=True):
    """A directory with all that is below it, or a path that is not a directory."""

    path: str
    """Relative to the root; empty for the root."""
    directory: bool
    state: Change
    """Against what the tree is compared with; of a directory `changed` unless all in it agree."""
    bytes: int
    """0 for what was removed."""
    before_bytes: int
    files: int
    """Paths that are not directories: in a directory those that were removed too."""


class TreeDocument(Struct, frozen=True):
    """The whole image, or what one layer does."""

    layer: int | None
    """None for the whole image."""
    against: str
    """What the states relate to: the base's name, `layer 0`, `the layers below`."""
    depth: int
    """Directories that are opened; a deeper one is told by its sums alone."""
    entries: tuple[TreeEntry, ...]
    """Every directory before what is in it."""


def tree_document(root: Folder, layer: int | None, against: str, depth: int) -> TreeDocument:
    """The tree down to `depth` directories."""
    return TreeDocument(layer, against, depth, tuple(_entries(root, depth)))


def _entries(folder: Folder, depth: int) -> Iterator[TreeEntry]:
    yield _of_folder(folder)
    if depth <= 0:
        return
    inside: list[Folder | FileChange] = [*folder.folders.values(), *folder.files]
    for item in sorted(inside, key=lambda item: item.path):
        if isinstance(item, FileChange):
            sizes = (item.after_bytes, item.before_bytes)
            yield TreeEntry(item.path, False, item.change, *sizes, 1)
        else:
            yield from _entries(item, depth - 1)


def _of_folder(folder: Folder) -> TreeEntry:
    return TreeEntry(
        folder.path,
        True,
        folder.change if folder.counts else Change.unchanged,
        folder.after_bytes,
        folder.before_bytes,
        sum(folder.counts.values()),
    )
