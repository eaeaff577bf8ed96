"""A container's merged root as a listing, and what of it must be there for some files to be found.

Pure but for `read_tree`; paths are absolute as the container sees them.
"""

from __future__ import annotations

import fnmatch
import os
import posixpath
import stat
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

ROOT = "/"
_MOST_LINKS = 40
"""How many symbolic links Linux follows in one path."""


@dataclass(frozen=True)
class Node:
    """One entry of the tree."""

    kind: int
    """The type bits of its mode: stat.S_IFREG, S_IFDIR, S_IFLNK …"""
    bytes: int = 0
    """Size of a regular file; 0 for the others."""
    inode: int = 0
    target: str = ""
    """Of a symbolic link."""

    @property
    def is_file(self) -> bool:
        """Whether it is a regular file."""
        return self.kind == stat.S_IFREG

    @property
    def is_folder(self) -> bool:
        """Whether it is a directory."""
        return self.kind == stat.S_IFDIR


Tree = Mapping[str, Node]
"""Path → entry; the root itself is `/`."""


def read_tree(folder: Path) -> dict[str, Node]:
    """The tree below a directory, which becomes `/`; symbolic links are not followed.

    Raises `OSError` if a directory cannot be read.
    """
    tree = {ROOT: Node(stat.S_IFDIR)}
    tree.update(_below(str(folder), ROOT))
    return tree


def _below(folder: str, name: str) -> Iterator[tuple[str, Node]]:
    with os.scandir(folder) as found:
        entries = list(found)
    for entry in entries:
        path = f"{name}{entry.name}"
        if entry.is_dir(follow_symlinks=False):
            yield path, Node(stat.S_IFDIR)
            yield from _below(entry.path, f"{path}/")
        elif entry.is_symlink():
            yield path, Node(stat.S_IFLNK, target=os.readlink(entry.path))  # noqa: PTH115 - as is
        else:
            status = entry.stat(follow_symlinks=False)
            size = status.st_size if stat.S_ISREG(status.st_mode) else 0
            yield path, Node(stat.S_IFMT(status.st_mode), size, status.st_ino)


def bytes_of(tree: Tree, paths: Iterable[str]) -> int:
    """Bytes of these regular files, hard-linked content once."""
    sizes = {tree[path].inode: tree[path].bytes for path in paths}
    return sum(sizes.values())


def matching(tree: Tree, patterns: Sequence[str]) -> set[str]:
    """The paths that one of the patterns fits, each relative to the root (`etc/passwd`, `*.so`);
    a `*` stands for any characters, slashes included."""
    found: set[str] = set()
    for pattern in patterns:
        found |= set(fnmatch.filter(tree, f"/{pattern}"))
    return found


def closure(tree: Tree, wanted: Iterable[str]) -> list[str]:
    """The wanted entries of the tree with all directories above them, and every symbolic link that
    leads to one of them: whatever name a program knows it by. Sorted, directories before what is in
    them, the root left out."""
    kept: set[str] = set()
    for path in wanted:
        if path in tree:
            kept |= {path, *_above(path)}
    links = [path for path, node in tree.items() if node.kind == stat.S_IFLNK]
    ways = {path: way for path in links if (way := _way(tree, path))}
    followed: set[str] = set()
    while more := {
        path
        for path, way in ways.items()
        if path not in followed and (path in kept or way[-1] in kept)
    }:
        for path in more:  # a link is of no use without all that it leads through
            followed.add(path)
            for passed in (path, *ways[path]):
                kept |= {passed, *_above(passed)}
    return sorted(kept - {ROOT}, key=lambda path: path.split("/"))


def _above(path: str) -> Iterator[str]:
    while path != ROOT:
        path = posixpath.dirname(path)
        yield path


def _way(tree: Tree, path: str) -> list[str]:
    """What a path leads through when every link in it is followed, and last where it ends; empty
    if that is nowhere."""
    left = [part for part in reversed(path.split("/")) if part]
    reached, followed = ROOT, 0
    way: list[str] = []
    while left:
        part = left.pop()
        if part in ("", "."):
            continue
        if part == "..":
            reached = posixpath.dirname(reached)
            continue
        reached = posixpath.join(reached, part)
        node = tree.get(reached)
        if node is None:
            return []
        way.append(reached)
        if node.kind == stat.S_IFLNK:
            followed += 1
            if followed > _MOST_LINKS:
                return []
            left.extend(reversed(node.target.split("/")))
            reached = ROOT if node.target.startswith("/") else posixpath.dirname(reached)
    return [*way, reached]
