"""Two merged roots side by side, file by file, and their sums directory by directory."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from enum import Enum

from msgspec.structs import replace

from runner.image.merge import merge, same_content
from runner.image.tree import IMPLIED, Directory, LiveEntry, MergedTree
from runner.model.entries import EntryKind, ImageContent
from runner.model.positions import layer_of
from runner.oci.xattrs import CAPABILITIES, names

DEEPEST = 64
"""Directories below each other that are told apart; an image may hold thousands on purpose."""


class Change(Enum):
    """What happened to a package, a file, or everything in a directory."""

    added = "added"
    removed = "removed"
    changed = "changed"
    unchanged = "unchanged"


@dataclass(frozen=True, slots=True)
class FileChange:
    """One path that is not a directory, before and after; a path that is not there has 0 bytes."""

    path: str
    change: Change
    before_bytes: int
    after_bytes: int
    target: str = ""
    """Where a symbolic link points."""
    what: tuple[Aspect, ...] = ()
    """What of it is not the same, where it is changed."""


class Aspect(Enum):
    """Something of a file that can be another one."""

    kind = "kind"
    content = "content"
    names = "hard links"
    """Which names share one content."""
    target = "link target"
    device = "device"
    """The numbers of a device, or whether it is a character or a block device, or a pipe."""
    mode = "mode"
    owner = "owner"
    capabilities = "capabilities"
    attributes = "extended attributes"


Differences = Callable[[LiveEntry, LiveEntry], tuple[Aspect, ...]]
"""What of what was at a path before is not what is there after; nothing if it is the same."""


@dataclass(slots=True)
class Folder:
    """A directory with everything below it."""

    path: str
    """Relative to the root; empty for the root."""
    folders: dict[str, Folder] = field(default_factory=dict)
    files: list[FileChange] = field(default_factory=list)
    bytes: dict[Change, int] = field(default_factory=dict)
    """After, or before for what was removed, everything below included; so are the counts."""
    counts: dict[Change, int] = field(default_factory=dict)
    before_bytes: int = 0
    after_bytes: int = 0
    moved_bytes: int = 0
    """Bytes added, removed, or changed (the larger of before and after)."""

    @property
    def change(self) -> Change:
        """What happened to all of it; `changed` where it is not the same for all."""
        return next(iter(self.counts)) if len(self.counts) == 1 else Change.changed

    @property
    def shown_bytes(self) -> int:
        """Bytes in it after, or before where all of it was removed."""
        return self.before_bytes if self.change is Change.removed else self.after_bytes


def file_changes(
    before: MergedTree, after: MergedTree, differences: Differences
) -> Iterator[FileChange]:
    """Every path of either root that is not a directory, unchanged ones too."""
    old = {live.path: live for live in _files(before)}
    for live in _files(after):
        was = old.pop(live.path, None)
        change, what = Change.added, tuple[Aspect, ...]()
        if was is not None:
            what = differences(was, live)
            change = Change.changed if what else Change.unchanged
        target = live.entry.target if live.entry.kind is EntryKind.symlink else ""
        yield FileChange(live.path, change, was.bytes if was else 0, live.bytes, target, what)
    for was in old.values():
        yield FileChange(was.path, Change.removed, was.bytes, 0)


def folder_tree(changes: Iterable[FileChange]) -> Folder:
    """The directories of the changes, each with its sums."""
    root = Folder("")
    for change in changes:
        parts = change.path.split("/")
        folder = root
        _add(folder, change)
        for depth, name in enumerate(parts[:-1][:DEEPEST], 1):
            inner = folder.folders.get(name)
            if inner is None:
                inner = folder.folders[name] = Folder("/".join(parts[:depth]))
            folder = inner
            _add(folder, change)
        folder.files.append(change)
    return root


def layer_tree(image: ImageContent, layer: int) -> Folder:
    """What one layer does to the root below it; what it leaves alone is not in the tree."""
    below = merge(replace(image, layers=image.layers[:layer]))
    above = merge(replace(image, layers=image.layers[: layer + 1]))
    changes = file_changes(below, above, _other_entry)
    return folder_tree(change for change in changes if change.change is not Change.unchanged)


def whole_tree(image: ImageContent, base_layers: int) -> Folder:
    """The merged root, with what happened to each path since the base's layers."""
    below = merge(replace(image, layers=image.layers[:base_layers]))
    return folder_tree(file_changes(below, merge(image), _other_entry))


def differences(before: MergedTree, after: MergedTree) -> Differences:
    """What tells files of two images apart, wherever the layers are cut.

    Content counts by its digest where it is known, else by size and modification time; mode, owner
    and extended attributes count too, times do not.
    """

    def of(old: LiveEntry, new: LiveEntry) -> tuple[Aspect, ...]:
        first, second = old.entry, new.entry
        if first.kind is not second.kind:
            return (Aspect.kind,)
        found = []
        if first.kind is not EntryKind.file:
            if first.target != second.target:
                found.append(Aspect.device if first.kind is EntryKind.device else Aspect.target)
        elif _origin(before, old) != _origin(after, new) and not same_content(
            before.entry_at(old.content), after.entry_at(new.content)
        ):
            found.append(Aspect.content)
        if _names(before, after, old) != _names(after, before, new):
            found.append(Aspect.names)
        if first.kind is not EntryKind.symlink and first.mode != second.mode:
            found.append(Aspect.mode)
        if (first.uid, first.gid) != (second.uid, second.gid):
            found.append(Aspect.owner)
        return (*found, *_attributes(first.xattrs, second.xattrs))

    return of


def _names(tree: MergedTree, other: MergedTree, live: LiveEntry) -> list[str]:
    """All names of a file's content that are there in both trees, if it has several."""
    names = tree.hard_links.get(live.content, ())
    there = [name for name in names if other.has(name)]
    return there if len(there) > 1 else []


def directory_changes(
    before: MergedTree, after: MergedTree, differences: Differences
) -> Iterator[FileChange]:
    """Directories that are in both roots with another mode, owner or attributes, and empty ones
    that only one root has (of any other its files tell).

    Of a directory that no layer has an entry for nothing is known.
    """
    for path, was in before.directories.items():
        now = after.directories.get(path)
        if now is None:
            if not was.children:
                yield FileChange(path, Change.removed, 0, 0)
        elif IMPLIED not in (was.position, now.position):
            what = differences(
                *(_directory(*one) for one in ((before, path, was), (after, path, now)))
            )
            if what:
                yield FileChange(path, Change.changed, 0, 0, what=what)
    for path, now in after.directories.items():
        if path not in before.directories and not now.children:
            yield FileChange(path, Change.added, 0, 0)


def _directory(tree: MergedTree, path: str, directory: Directory) -> LiveEntry:
    at = directory.position
    return LiveEntry(path, layer_of(at), tree.entry_at(at), 0, at)


def _attributes(before: str, after: str) -> Iterator[Aspect]:
    if before == after:
        return
    old, new = names(before), names(after)
    other = {name for name in {*old, *new} if old.get(name) != new.get(name)}
    if CAPABILITIES in other:
        yield Aspect.capabilities
    if other - {CAPABILITIES}:
        yield Aspect.attributes


def doubtful(before: MergedTree, after: MergedTree) -> frozenset[str]:
    """Paths at which the content that two files share or not decides: equal size, other layer.

    Where the content is stored under another name (a hard link), that name is given too.
    """
    old = {live.path: live for live in _files(before)}
    found: set[str] = set()
    for live in _files(after):
        was = old.get(live.path)
        if was is None or _origin(before, was) == _origin(after, live):
            continue
        first, second = before.entry_at(was.content), after.entry_at(live.content)
        if EntryKind.file is first.kind is second.kind and first.size_bytes == second.size_bytes:
            found.update((first.path, second.path))
    return frozenset(found)


def _origin(tree: MergedTree, live: LiveEntry) -> tuple[str, str]:
    """The layer that holds a file's content and its path there: the same layer, the same file."""
    return tree.layers[layer_of(live.content)].diff_id, tree.entry_at(live.content).path


def _other_entry(old: LiveEntry, new: LiveEntry) -> tuple[Aspect, ...]:
    return () if old.entry is new.entry else (Aspect.content,)


def _files(tree: MergedTree) -> Iterator[LiveEntry]:
    return (live for live in tree.live() if live.entry.kind is not EntryKind.directory)


def _add(folder: Folder, item: FileChange) -> None:
    change = item.change
    shown = item.before_bytes if change is Change.removed else item.after_bytes
    folder.bytes[change] = folder.bytes.get(change, 0) + shown
    folder.counts[change] = folder.counts.get(change, 0) + 1
    folder.before_bytes += item.before_bytes
    folder.after_bytes += item.after_bytes
    if change is not Change.unchanged:
        folder.moved_bytes += max(item.before_bytes, item.after_bytes)
