"""The three numbers that dive 0.13 prints for an image, so that its users can compare.

They are not waste as this program means it: dive takes each path of each layer that is not a
directory with content, and calls a path wasted, with all its copies, once it occurs a second time.
A deleted file adds nothing to its copies, a deleted directory all that was in it. The definitions,
oddities included, are those of its sources: `dive/filetree/efficiency.go` (the score),
`file_tree.go` (stacking) and `dive/image/analysis.go` (the sums). Among the oddities that are kept
here:

- a directory that a layer holds only by implication is none for the layers above;
- a whiteout of what is not there ends the reading of its layer, and its path counts −1 byte;
- a directory replaced by a file keeps what was in it.

Not kept: links between layers in an archive, which dive takes for empty layers, and content behind
opaque markers, which neither counts.
"""

from __future__ import annotations

import os
from collections.abc import Iterable, Mapping

from runner.image.implied_directories import Implied
from runner.model.anatomy import DiveNumbers
from runner.model.entries import Entry, EntryKind, ImageContent, LayerContent

_FOLDER = -1
"""In place of a size: an entry for a directory."""
_PREFIX = ".wh."


def dive_numbers(image: ImageContent) -> DiveNumbers:
    """Efficiency (0 to 1), wasted bytes and wasted share (0 to 1) of the bytes above the first
    layer; where nothing is above it the share is 0 (dive prints NaN)."""
    paths, stack = _Paths(), _Stack()
    last_delete = max(
        (index for index, layer in enumerate(image.layers) if _deletes(layer)), default=-1
    )
    own_bytes = 0
    for index, layer in enumerate(image.layers):
        tree = _LayerTree(layer)
        if index == 0 and last_delete >= 0:
            stack.add(tree)
        own_bytes += tree.bytes if index else 0
        paths.visit(tree, stack)
        if index < last_delete:
            stack.put(tree)
    wasted = paths.wasted_bytes
    return DiveNumbers(
        dive_efficiency=paths.efficiency,
        dive_wasted_bytes=wasted,
        dive_user_wasted_percent=wasted / own_bytes if own_bytes else 0.0,
    )


def _deletes(layer: LayerContent) -> bool:
    whiteout = EntryKind.whiteout
    return any(entry.kind is whiteout for entry in layer.entries)


class _LayerTree:
    """One layer as dive's tree of names: sizes by path, directories by implication too."""

    def __init__(self, layer: LayerContent) -> None:
        self.sizes: dict[str, int] = {}
        """Path → payload in bytes, `_FOLDER` for an entry of a directory, 0 for an implied one."""
        self.inside: dict[str, dict[str, None]] = {"": {}}
        """What is in each path that has something in it, but for whiteouts."""
        self.whiteouts: list[str] = []
        self.bytes = 0
        self._implied = Implied()
        self._take(layer.entries)

    def _take(self, entries: list[Entry]) -> None:
        """All entries; one loop, as it runs for every file of an image. What is in a directory
        mostly stands together."""
        sizes, inside = self.sizes, self.inside
        directory, whiteout, opaque = EntryKind.directory, EntryKind.whiteout, EntryKind.opaque
        file = EntryKind.file
        total = 0
        parent, siblings = "", inside[""]
        for entry in entries:
            path, kind = entry.path, entry.kind
            if kind is opaque:
                self._imply(path)
                continue
            above = path.rpartition("/")[0]
            if above != parent:
                parent = above
                siblings = inside.get(parent) or self._begin(parent)
            if kind is whiteout:
                self.whiteouts.append(path)
                continue
            siblings[path] = None
            if kind is directory:
                sizes[path] = _FOLDER
            elif kind is file and entry.content_of < 0:
                size = sizes[path] = entry.size_bytes
                total += size
            else:
                sizes[path] = 0
        self.bytes = total

    def _begin(self, folder: str) -> dict[str, None]:
        """The first of what is in a directory is about to come."""
        if folder not in self.inside:
            self._imply(folder)
        return self.inside.setdefault(folder, {})

    def _imply(self, path: str) -> None:
        """The directory at a path and those above it, as far as the layer has not named them."""
        for folder in self._implied.missing(path, self.sizes):
            self.sizes[folder] = 0
            self.inside.setdefault(folder.rpartition("/")[0], {})[folder] = None

    def leaves(self) -> dict[str, int]:
        """Path and size of each file and each directory without content."""
        inside = self.inside
        return {
            path: size if size > 0 else 0 for path, size in self.sizes.items() if path not in inside
        }


class _Stack:
    """The layers up to one on top of each other, as dive stacks them."""

    def __init__(self) -> None:
        self.sizes: dict[str, int] = {}
        self.inside: dict[str, dict[str, None]] = {}

    def put(self, tree: _LayerTree) -> None:
        """Stack a layer: names are visited in order, so a whiteout comes before what the layer
        has at its path only if its own name (`.wh.NAME`) does."""
        late = []
        for path in dict.fromkeys(tree.whiteouts):
            name = path.rpartition("/")[2]
            if os.fsencode(f"{_PREFIX}{name}") < os.fsencode(name):
                self._remove(path)
            else:
                late.append(path)
        self.add(tree)
        for path in late:
            self._remove(path)

    def add(self, tree: _LayerTree) -> None:
        """Add what a layer holds; what is in a path stays in it, whatever replaces it."""
        self.sizes.update(tree.sizes)
        for folder, added in tree.inside.items():
            siblings = self.inside.get(folder)
            if siblings is None:
                self.inside[folder] = added.copy()
            else:
                siblings.update(added)

    def deleted_bytes(self, whiteouts: Iterable[str]) -> dict[str, int | None]:
        """What dive counts for each of a layer's whiteouts: the content of a directory, 0 for a
        file, None if nothing is there."""
        sizes = {path: self.sizes.get(path) for path in whiteouts}
        summed: dict[str, int] = {}
        for path in sorted(sizes, key=len, reverse=True):  # what is in a folder before the folder
            if sizes[path] == _FOLDER:
                summed[path] = self._bytes_in(path, summed)
        return {path: None if size is None else summed.get(path, 0) for path, size in sizes.items()}

    def _bytes_in(self, folder: str, summed: Mapping[str, int]) -> int:
        """The content of a directory; what is `summed` already is not looked through again."""
        total = 0
        pending = [folder]
        while pending:
            for child in self.inside.get(pending.pop(), ()):
                if child in summed:
                    total += summed[child]
                else:
                    total += max(self.sizes[child], 0)
                    pending.append(child)
        return total

    def _remove(self, path: str) -> None:
        if path not in self.sizes:
            return
        del self.inside[path.rpartition("/")[0]][path]
        pending = [path]
        while pending:
            gone = pending.pop()
            del self.sizes[gone]
            pending.extend(self.inside.pop(gone, ()))


class _Paths:
    """Over all layers: what each path stored in all, at least, and how often it occurred."""

    def __init__(self) -> None:
        self.once: dict[str, int] = {}
        """Size of paths that occurred once."""
        self.often: dict[str, tuple[int, int, int]] = {}
        """Sum, minimum and number of the occurrences of all others; minimum −1 for none yet."""

    @property
    def wasted_bytes(self) -> int:
        """All copies of every path that occurred more than once."""
        return sum(total for total, _, count in self.often.values() if count > 1)

    @property
    def efficiency(self) -> float:
        """Sum of the smallest copies over the sum of all copies."""
        once = sum(self.once.values())
        stored = once + sum(total for total, _, _ in self.often.values())
        return (once + sum(least for _, least, _ in self.often.values())) / stored if stored else 1

    def visit(self, tree: _LayerTree, below: _Stack) -> None:
        """Take the leaves of one layer; `below` holds the layers under it."""
        deleted = below.deleted_bytes(tree.whiteouts)
        failing = [_visited_at(path, True) for path, size in deleted.items() if size is None]
        if not failing:
            leaves = tree.leaves()
            for path in (leaves.keys() & self.once.keys()) | (leaves.keys() & self.often.keys()):
                self._count(path, leaves.pop(path))
            self.once.update(leaves)
            for path, gone in deleted.items():
                self._count(path, gone or 0)
            return
        end = min(failing)
        for path, size in tree.leaves().items():
            if _visited_at(path, False) < end:
                self._count(path, size)
        for path, gone in deleted.items():
            at = _visited_at(path, True)
            if gone is not None and at < end:
                self._count(path, gone)
            elif at == end and path not in self.once:
                self.often.setdefault(path, (0, -1, 0))

    def _count(self, path: str, size: int) -> None:
        if path in self.often:
            total, least, count = self.often[path]
            self.often[path] = (total + size, size if least < 0 else min(least, size), count + 1)
        elif path in self.once:
            before = self.once.pop(path)
            self.often[path] = (before + size, min(before, size), 2)
        else:
            self.once[path] = size


def _visited_at(path: str, whiteout: bool) -> list[bytes]:
    """Where dive's visit of a layer comes to a leaf: names in order of their bytes, level by
    level."""
    names = [os.fsencode(name) for name in path.split("/")]
    if whiteout:
        names[-1] = _PREFIX.encode() + names[-1]
    return names
