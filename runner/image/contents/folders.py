"""Bytes by directory: unowned ones in buckets that do not overlap, and the largest directories."""

from __future__ import annotations

from collections.abc import Collection

from msgspec import Struct

from runner.image.contents.live import LiveRoot, shallow
from runner.model.anatomy import SizeOf

_WORTH_A_BUCKET = 0.05
"""Share of the unowned bytes from which a directory gets its own line."""

_WORTH_SPLITTING = 0.25
"""A directory with more than this share is told by its parts."""

_DEPTH_MAX = 8


class _Sum(Struct):
    bytes: int = 0
    files: int = 0


def buckets(root: LiveRoot, owned: Collection[str]) -> tuple[int, tuple[SizeOf, ...]]:
    """The bytes of carriers that belong to no package, in all and by directory, the largest first.

    Each byte is in exactly one bucket: a directory's line does not hold what deeper lines hold.
    """
    sums = _sums(root, owned)
    children = _children(sums)
    found: list[SizeOf] = []
    total = sums[""].bytes
    pending = [("", 0)] if sums[""].files else []
    while pending:
        folder, depth = pending.pop()
        held = sums[folder]
        apart: list[str] = []
        if depth < _DEPTH_MAX and held.bytes > _WORTH_SPLITTING * total:
            apart = [
                child
                for child in children.get(folder, ())
                if sums[child].bytes > _WORTH_A_BUCKET * total
            ]
        left_bytes = held.bytes - sum(sums[child].bytes for child in apart)
        left_files = held.files - sum(sums[child].files for child in apart)
        if left_files:
            found.append(SizeOf(folder or "/", left_bytes, left_files))
        pending += [(child, depth + 1) for child in apart]
    return total, tuple(sorted(found, key=lambda part: (-part.bytes, part.path)))


def largest_folders(root: LiveRoot, top: int) -> tuple[SizeOf, ...]:
    """The directories with the most bytes in and below them.

    A directory that holds little beside one other directory is left out: that one says more.
    """
    sums = _sums(root, ())
    largest_child: dict[str, int] = {}
    for folder, held in sums.items():
        if folder:
            above = folder.rpartition("/")[0]
            largest_child[above] = max(largest_child.get(above, 0), held.bytes)
    telling = [
        SizeOf(folder, held.bytes, held.files)
        for folder, held in sums.items()
        if folder and held.bytes and largest_child.get(folder, 0) < 0.8 * held.bytes
    ]
    return tuple(sorted(telling, key=lambda part: (-part.bytes, part.path))[:top])


def _sums(root: LiveRoot, without: Collection[str]) -> dict[str, _Sum]:
    """Bytes and files of every directory with all below it, less some files."""
    gone = without if not root.carrier_of else {*without, *root.carrier_of}
    touched = {path.rpartition("/")[0] for path in gone}
    sums: dict[str, _Sum] = {"": _Sum()}
    for folder, paths in root.folders.items():
        files, own_bytes = len(paths), root.bytes_in[folder]
        if folder in touched:
            left = [path for path in paths if path not in gone]
            files, own_bytes = len(left), sum(map(root.bytes_of.__getitem__, left))
        if not files:
            continue
        above = shallow(folder)
        while True:
            held = sums.get(above)
            if held is None:
                held = sums[above] = _Sum()
            held.bytes += own_bytes
            held.files += files
            if not above:
                break
            above = above.rpartition("/")[0]
    return sums


def _children(sums: dict[str, _Sum]) -> dict[str, list[str]]:
    children: dict[str, list[str]] = {}
    for folder in sums:
        if folder:
            children.setdefault(folder.rpartition("/")[0], []).append(folder)
    return children
