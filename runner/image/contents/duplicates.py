"""The same content under several names, other than hard links: not waste, but worth knowing."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable
from itertools import chain

from runner.image.content_comparison import in_question
from runner.image.contents.live import LiveRoot
from runner.image.tree import Directory, MergedTree, payload
from runner.model.anatomy import SMALLEST_DUPLICATE_BYTES, Duplicate
from runner.model.entries import EntryKind


def duplicates(root: LiveRoot) -> tuple[Duplicate, ...]:
    """Contents that are live more than once, by what the further copies cost.

    Only files of which the reader knows the digest are compared (`candidates` names them).
    """
    same: dict[tuple[int, str], list[str]] = {}
    for path, digest in root.digest_of.items():
        size = root.bytes_of[path]
        if size >= SMALLEST_DUPLICATE_BYTES:
            same.setdefault((size, digest), []).append(path)
    found = [
        Duplicate(size, tuple(sorted(paths))) for (size, _), paths in same.items() if len(paths) > 1
    ]
    found.sort(key=lambda one: (-one.bytes * (len(one.paths) - 1), one.paths))
    return tuple(found)


def repeated_sizes(sizes_bytes: Iterable[int]) -> set[int]:
    """Sizes that occur more than once and are worth comparing."""
    counted = Counter(size for size in sizes_bytes if size >= SMALLEST_DUPLICATE_BYTES)
    return {size for size, times in counted.items() if times > 1}


def candidates(tree: MergedTree) -> list[int]:
    """Positions in the tree of the contents that must be hashed to find duplicates: live, large
    enough, and of a size that another one has too. Those with a digest already are left out."""
    contents = {
        tree.shared[child].position if child in tree.shared else child
        for directory in tree.directories.values()
        for child in directory.children.values()
        if not isinstance(child, Directory)
    }
    found = [at for at in contents if tree.entry_at(at).kind is EntryKind.file]
    repeated = repeated_sizes(payload(tree.entry_at(at)) for at in found)
    return sorted(
        at
        for at in found
        if payload(tree.entry_at(at)) in repeated and not tree.entry_at(at).digest
    )


def worth_digesting(tree: MergedTree) -> Callable[[str, int], bool]:
    """Says by path and size which contents a reader has to digest for duplicates, and to settle
    what is a guess."""
    asked = chain(candidates(tree), in_question(tree))
    paths = {tree.entry_at(position).path for position in asked}
    return lambda path, _size_bytes: path in paths
