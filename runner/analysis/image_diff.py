"""Two images compared by content, not by layer index: what came, went and changed, in bytes."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from runner.analysis.file_tree import (
    Change,
    FileChange,
    Folder,
    differences,
    directory_changes,
    file_changes,
    folder_tree,
)
from runner.analysis.packages_diff import PackageChange, content_changes, package_changes
from runner.image.contents.live import live_root
from runner.image.contents.packages import ownership
from runner.image.tree import MergedTree
from runner.model.anatomy import SCHEMA, AnatomyDocument, ImageFacts

SHARE = 0.05
"""A directory with less of all that moved is not told apart from what lies around it."""


@dataclass(frozen=True)
class Totals:
    """Live bytes by what happened to them; before + added − removed + grown = after."""

    before_bytes: int
    after_bytes: int
    added_bytes: int
    removed_bytes: int
    grown_bytes: int
    """How much larger the changed files are; negative if they are smaller."""
    changed_bytes: int
    """Of the changed files, after."""
    unchanged_bytes: int
    added_files: int
    removed_files: int
    changed_files: int


@dataclass(frozen=True)
class FolderChange:
    """A directory and what happened in it; a part of it may stand in a row of its own."""

    path: str
    added_bytes: int
    removed_bytes: int
    changed_bytes: int
    grown_bytes: int
    files: int
    rest: bool = False
    """Whether some of what is in it has rows of its own."""


@dataclass(frozen=True)
class FilePair:
    """One file or directory that is not the same."""

    path: str
    change: Change
    before_bytes: int
    after_bytes: int
    what: tuple[str, ...] = ()
    """What of a changed file is not the same: content, mode, owner, capabilities, …"""


@dataclass(frozen=True)
class ImageDiff:
    """One image against another."""

    before: ImageFacts
    after: ImageFacts
    totals: Totals
    packages: tuple[PackageChange, ...]
    folders: tuple[FolderChange, ...]
    """Every file that is not the same is in exactly one of them; the largest first."""
    files: tuple[FilePair, ...]
    """The largest files that are not the same."""
    directories: tuple[FilePair, ...]
    """Directories with another mode, owner or attributes, and empty ones that one image lacks."""
    shared_layers: int
    """Layers that both have, told by their diff_ids."""
    schema: int = SCHEMA


def image_diff(
    before: tuple[AnatomyDocument, MergedTree],
    after: tuple[AnatomyDocument, MergedTree],
    most_files: int,
) -> ImageDiff:
    """The second image against the first.

    Who owns a file is only known where the reader kept the package databases in the trees.
    """
    (old, old_tree), (new, new_tree) = before, after
    told = differences(old_tree, new_tree)
    changes = list(file_changes(old_tree, new_tree, told))
    directories = directory_changes(old_tree, new_tree, told)
    root = folder_tree(changes)
    moved = [change for change in changes if change.change is not Change.unchanged]
    moved.sort(key=lambda item: (-max(item.before_bytes, item.after_bytes), item.path))
    owners = ownership(live_root(old_tree)), ownership(live_root(new_tree))
    known = {layer.diff_id for layer in old.layers}
    return ImageDiff(
        before=old.image,
        after=new.image,
        totals=_totals(root),
        packages=package_changes(old.packages, new.packages, content_changes(moved, *owners)),
        folders=tuple(folder_changes(root)),
        files=tuple(map(_pair, moved[:most_files])),
        directories=tuple(map(_pair, sorted(directories, key=lambda item: item.path))),
        shared_layers=sum(layer.diff_id in known for layer in new.layers),
    )


def _pair(item: FileChange) -> FilePair:
    what = tuple(aspect.value for aspect in item.what)
    return FilePair(item.path, item.change, item.before_bytes, item.after_bytes, what)


def folder_changes(root: Folder) -> list[FolderChange]:
    """The directories where things happened, each as deep as most of it lies; the largest first."""
    rows = [row for row in _split(root, root.moved_bytes * SHARE) if row.files]
    return sorted(
        rows,
        key=lambda row: (-(row.added_bytes + row.removed_bytes + row.changed_bytes), row.path),
    )


def _split(folder: Folder, least: float) -> Iterator[FolderChange]:
    """The directory's larger directories on their own if they hold most of what moved, and the
    rest."""
    large = [inner for inner in folder.folders.values() if inner.moved_bytes > least]
    if 2 * sum(inner.moved_bytes for inner in large) < folder.moved_bytes or not large:
        yield _row(folder, [])
        return
    for inner in large:
        yield from _split(inner, least)
    yield _row(folder, large)


def _row(folder: Folder, without: list[Folder]) -> FolderChange:
    def less(change: Change) -> int:
        total = folder.bytes.get(change, 0)
        return total - sum(inner.bytes.get(change, 0) for inner in without)

    def grown(part: Folder) -> int:
        return (
            part.after_bytes
            - part.before_bytes
            - part.bytes.get(Change.added, 0)
            + part.bytes.get(Change.removed, 0)
        )

    def files(part: Folder) -> int:
        return sum(part.counts.values()) - part.counts.get(Change.unchanged, 0)

    return FolderChange(
        path=folder.path,
        added_bytes=less(Change.added),
        removed_bytes=less(Change.removed),
        changed_bytes=less(Change.changed),
        grown_bytes=grown(folder) - sum(map(grown, without)),
        files=files(folder) - sum(map(files, without)),
        rest=bool(without),
    )


def _totals(root: Folder) -> Totals:
    whole = _row(root, [])
    return Totals(
        before_bytes=root.before_bytes,
        after_bytes=root.after_bytes,
        added_bytes=whole.added_bytes,
        removed_bytes=whole.removed_bytes,
        grown_bytes=whole.grown_bytes,
        changed_bytes=whole.changed_bytes,
        unchanged_bytes=root.bytes.get(Change.unchanged, 0),
        added_files=root.counts.get(Change.added, 0),
        removed_files=root.counts.get(Change.removed, 0),
        changed_files=root.counts.get(Change.changed, 0),
    )
