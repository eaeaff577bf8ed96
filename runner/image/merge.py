"""The layers of an image put on top of each other, as a container sees them.

What a layer deletes (whiteouts, opaque directories) concerns the layers below only, wherever the
marker stands in the layer (OCI image specification, layer.md, "Whiteouts"); what it adds is taken
in its order, so that of two entries with one path the later one stays. Paths are taken literally: a
symbolic link is never followed, and an entry below something that is not a directory puts a
directory there. Of what lower layers hold that is what an overlay file system shows; below a link
of the same layer an engine would write to where it leads (docs/archives.md, "What names mean").

Two names for one content keep it alive until the last of them is gone. Each entry is added once
and hidden at most once: the time is linear in the number of entries.
"""

from __future__ import annotations

from runner.image.implied_directories import Implied
from runner.image.tree import (
    IMPLIED,
    SETTLED,
    Content,
    Directory,
    Hidden,
    LiveEntry,
    MergedTree,
    payload,
)
from runner.model.anatomy import WasteReason
from runner.model.entries import Entry, EntryKind, ImageContent
from runner.model.positions import position_of

__all__ = ["LiveEntry", "MergedTree", "merge", "same_content"]


def merge(image: ImageContent) -> MergedTree:
    """The merged root of an image and what each layer hid on the way.

    Raises `LimitError` for directories in each other beyond the limit `implied_bytes`.
    """
    root = Directory(IMPLIED)
    tree = MergedTree(image.layers, root, {"": root}, {})
    implied = Implied()
    for index in range(len(image.layers)):
        _Layer(tree, index, implied).apply()
    return tree


def same_content(old: Entry, new: Entry) -> bool:
    """Whether two files hold the same bytes: by their digests where both are known. Otherwise it is
    a guess: equal size and modification time are taken for equal content, as rsync does. A copy-up
    keeps both, but so does an image whose timestamps were all set to one moment, and `touch` keeps
    the content alone."""
    if old.size_bytes != new.size_bytes:
        return False
    if old.digest and new.digest:
        return old.digest == new.digest
    return old.mtime_s == new.mtime_s


def _same_settings(old: Entry, new: Entry) -> bool:
    """Whether nothing but the names of two files tells them apart."""
    return (old.mode, old.uid, old.gid, old.mtime_s, old.xattrs) == (
        new.mode,
        new.uid,
        new.gid,
        new.mtime_s,
        new.xattrs,
    )


def is_guess(old: Entry, new: Entry) -> bool:
    """Whether only the times of two files told if they hold the same bytes."""
    known = old.digest and new.digest
    return old is not new and not known and 0 < old.size_bytes == new.size_bytes


class _Layer:
    """One layer on its way into the tree."""

    def __init__(self, tree: MergedTree, index: int, implied: Implied) -> None:
        self.tree = tree
        self.implied = implied
        self.index = index
        self.entries = tree.layers[index].entries
        self.named_anew: set[int] = set()
        """Positions of its contents of which it has a name that was none of the same file below."""

    def apply(self) -> None:
        """What hard links share first, with those to the layers below before all; then what the
        layer takes away from the ones below; then what it adds."""
        whiteouts, opaques, links, added = self._sorted_out()
        for index in sorted(links, key=lambda index: self.entries[index].content_of >= 0):
            self._share(index)
        self._name_anew(links)
        for path in whiteouts:
            self._delete(path)
        for path in opaques:
            self._empty(path)
        self._add(added)

    def _sorted_out(self) -> tuple[list[str], list[str], list[int], list[int]]:
        """Paths of whiteouts and of opaque directories, indexes of hard links and of all else."""
        whiteout, opaque, file = EntryKind.whiteout, EntryKind.opaque, EntryKind.file
        whiteouts: list[str] = []
        opaques: list[str] = []
        links: list[int] = []
        added: list[int] = []
        for index, entry in enumerate(self.entries):
            kind = entry.kind
            if kind is whiteout:
                whiteouts.append(entry.path)
            elif kind is opaque:
                opaques.append(entry.path)
            else:
                added.append(index)
                if kind is file and (entry.content_of >= 0 or entry.target):
                    links.append(index)
        return whiteouts, opaques, links, added

    def _share(self, index: int) -> None:
        """Note a hard link with the content that it shares, before anything is hidden."""
        entry = self.entries[index]
        if entry.content_of < 0:
            below = self._below(entry.target)
        else:
            below = position_of(self.index, self._holder(index))
        if below is None:
            return
        shared = self.tree.shared
        content = shared.get(below)
        if content is None:
            content = shared[below] = Content(below, 1)
        own = position_of(self.index, index)
        if own not in shared:
            shared[own] = content
            content.names += 1

    def _name_anew(self, links: list[int]) -> None:
        """Note contents whose names were not all names of one file before this layer."""
        below_of: dict[int, int | None] = {}
        for index in links:
            holder = self._holder(index)
            if holder == index:
                continue
            position = position_of(self.index, holder)
            if position not in below_of:
                below_of[position] = self._content_below(self.entries[holder].path)
            if self._content_below(self.entries[index].path) != below_of[position]:
                self.named_anew.add(position)

    def _content_below(self, path: str) -> int | None:
        below = self._below(path)
        return None if below is None else self.tree.content_at(below)

    def _below(self, path: str) -> int | None:
        """Position of the file that the layers below have at a path."""
        parent = self.tree.directories.get(path.rpartition("/")[0])
        node = None if parent is None else parent.children.get(path)
        if node is None or isinstance(node, Directory):
            return None
        return node if self.tree.entry_at(node).kind is EntryKind.file else None

    def _holder(self, index: int) -> int:
        """Index of the entry that holds a link's content; itself where links go in a circle or
        to what is not a file."""
        seen = {index}
        holder = self.entries[index].content_of
        while holder not in seen and 0 <= holder < len(self.entries):
            entry = self.entries[holder]
            if entry.kind is not EntryKind.file:
                return index
            if entry.content_of < 0:
                return holder
            seen.add(holder)
            holder = entry.content_of
        return index

    def _delete(self, path: str) -> None:
        parent = self.tree.directories.get(path.rpartition("/")[0])
        node = None if parent is None else parent.children.pop(path, None)
        if node is not None:
            self._hide(path, node, WasteReason.deleted)

    def _empty(self, path: str) -> None:
        directory = self.tree.directories.get(path)
        if directory is None:
            return
        children, directory.children = directory.children, {}
        for name, node in children.items():
            self._hide(name, node, WasteReason.opaque)

    def _add(self, indexes: list[int]) -> None:
        """Put entries at their paths, in the order of the layer. What is in a directory mostly
        stands together, so the directory is looked up once; anew whenever one may have gone."""
        entries, directories = self.entries, self.tree.directories
        directory_kind = EntryKind.directory
        first = position_of(self.index, 0)
        known: str | None = None
        children: dict[str, int | Directory] = {}
        for index in indexes:
            entry = entries[index]
            path = entry.path
            folder = path.rpartition("/")[0]
            if folder != known:
                children = (directories.get(folder) or self._imply(folder)).children
                known = folder
            position = first + index
            if entry.kind is not directory_kind:
                old = children.setdefault(path, position)
                if old is not position:
                    children[path] = position
                    self._replace(path, old, position)
                    known = None
                continue
            there = children.get(path)
            if isinstance(there, Directory):
                there.position = position
                continue
            if there is not None:
                self._hide(path, there, WasteReason.type_change)
            children[path] = directories[path] = Directory(position)

    def _imply(self, path: str) -> Directory:
        """The directory at a path that has none yet, with all above it."""
        directories = self.tree.directories
        missing = self.implied.missing(path, directories)
        directory = directories[missing[-1].rpartition("/")[0]]
        for step in reversed(missing):
            old = directory.children.get(step)
            if old is not None:
                self._hide(step, old, WasteReason.type_change)
            new = Directory(IMPLIED)
            directory.children[step] = directories[step] = new
            directory = new
        return directory

    def _replace(self, path: str, old: int | Directory, new: int) -> None:
        """Hide what was at a path behind something that is not a directory."""
        entry_at = self.tree.entry_at
        if isinstance(old, Directory) or entry_at(old).kind is not entry_at(new).kind:
            self._hide(path, old, WasteReason.type_change)
            return
        content = self.tree.content_at(new)
        before, after = entry_at(self.tree.content_at(old)), entry_at(content)
        reason = WasteReason.overwritten
        if same_content(before, after):
            reason = WasteReason.attributes
            if content in self.named_anew and _same_settings(before, after):
                self.tree.linked.add(self.tree.content_at(old))
        self._hide_file(old, reason, content if is_guess(before, after) else SETTLED)

    def _hide(self, path: str, node: int | Directory, reason: WasteReason) -> None:
        """Take note of everything at and below a node that has left the tree."""
        if not isinstance(node, Directory):
            self._hide_file(node, reason)
            return
        pending = [(path, node)]
        while pending:
            where, directory = pending.pop()
            del self.tree.directories[where]
            for name, child in directory.children.items():
                if isinstance(child, Directory):
                    pending.append((name, child))
                else:
                    self._hide_file(child, reason)

    def _hide_file(self, position: int, reason: WasteReason, instead: int = SETTLED) -> None:
        """One name less; the content is hidden with its last one."""
        content = self.tree.shared.get(position)
        if content is not None:
            content.names -= 1
            if content.names:
                return
            position = content.position
        if payload(self.tree.entry_at(position)):
            self.tree.hidden.append(Hidden(position, self.index, reason, instead))
