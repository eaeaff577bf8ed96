"""Files of a project that somebody else wrote: never one that lies outside of it.

A link is followed only where it stays below the project's root, and only regular files are opened:
a pipe would wait for ever, a device never ends. Where a path leads is looked up first; then it is
opened one directory after the other, each by the descriptor of the one above and no link followed,
so that nothing that is swapped for a link in between leads anywhere else. Where the system lacks
these calls (Windows), a path is opened as it was looked up.
"""

from __future__ import annotations

import os
import posixpath
import stat
from pathlib import Path, PurePath

from runner.model.errors import ProjectError

BY_DESCRIPTOR = os.open in os.supports_dir_fd
_NO_LINK = getattr(os, "O_NOFOLLOW", 0)
_CLOSED_IN_CHILDREN = getattr(os, "O_CLOEXEC", 0)
_DIRECTORY = os.O_RDONLY | getattr(os, "O_DIRECTORY", 0) | _CLOSED_IN_CHILDREN
_ON_THE_WAY = _DIRECTORY | getattr(os, "O_PATH", 0)
"""One may go through a directory that one may not list."""
_FILE = (
    os.O_RDONLY | getattr(os, "O_NONBLOCK", 0) | getattr(os, "O_NOCTTY", 0) | _CLOSED_IN_CHILDREN
)


def inside(root: Path, path: str | PurePath) -> Path:
    """Where a path of the project leads to; raises `ProjectError` if that is outside of `root`.

    The file itself need not be there.
    """
    top, below = _resolved(root, path)
    return top / below


def _resolved(root: Path, path: str | PurePath) -> tuple[Path, Path]:
    """The root without links, and where a path leads to, relative to it."""
    try:
        real, top = Path(os.path.realpath(root / path)), Path(os.path.realpath(root))
    except (OSError, ValueError, RecursionError) as error:
        raise ProjectError(f"{str(path)!a} cannot be followed: {error}") from error
    if not real.is_relative_to(top):
        raise ProjectError(
            f"{path} leads out of the project, to {real}: replace it by a file in {root}"
        )
    return top, real.relative_to(top)


def read_inside(root: Path, path: str | PurePath, most_bytes: int) -> bytes | None:
    """The content of a project's file; None for one that is longer, or no regular file.

    Raises `ProjectError` for one that lies outside, and `OSError` for what cannot be read.
    """
    return read_below(*_resolved(root, path), most_bytes)


def read_below(root: Path, path: PurePath, most_bytes: int) -> bytes | None:
    """The content of a file below `root` that no link is to be followed to; None as `read_inside`,
    `OSError` for a link too."""
    return _content(open_below(root, path), most_bytes)


def head_below(root: Path, path: PurePath, most_bytes: int) -> bytes | None:
    """The beginning of a file below `root`, however long it is; None for no regular file,
    `OSError` for a link."""
    with open(open_below(root, path), "rb") as file:
        is_regular = stat.S_ISREG(os.fstat(file.fileno()).st_mode)
        return file.read(most_bytes) if is_regular else None


def read_named(folder: Path, name: str, most_bytes: int) -> bytes | None:
    """The content of a file that a project's description names: one below `folder` as
    `read_inside`, any other as `read_regular`, since only the user's own may name that."""
    if leads_out(name):
        return read_regular(folder / name, most_bytes)
    return read_inside(folder, name, most_bytes)


def leads_out(name: str) -> bool:
    """Whether a path leads out of the directory that it is relative to, by its text alone."""
    return posixpath.isabs(name) or posixpath.normpath(name).split("/")[0] == ".."


def lies_in(root: Path, path: Path) -> bool:
    """Whether a path that the user names is one of the project's, however he came to either of
    them: whoever wrote the project may have made it a link."""
    named = Path(os.path.abspath(path))  # noqa: PTH100 - links as written
    ways = (named, Path(os.path.realpath(named.parent)) / named.name)
    tops = (Path(os.path.abspath(root)), Path(os.path.realpath(root)))  # noqa: PTH100
    return any(way.is_relative_to(top) for way in ways for top in tops)


def read_regular(path: Path, most_bytes: int) -> bytes | None:
    """The content of a file that the user named; None as `read_inside`."""
    return _content(os.open(path, _FILE), most_bytes)


def open_below(root: Path, path: PurePath) -> int:
    """A descriptor of a file below `root`, to be read; raises `OSError` where a link is met."""
    if not BY_DESCRIPTOR:
        return os.open(root / path, _FILE)
    if not path.parts:
        return os.open(root, _FILE)
    above = _descended(root, path.parent)
    try:
        return open_in(above, path.name)
    finally:
        os.close(above)


def open_in(directory: int, name: str) -> int:
    """A descriptor of a file in an open directory, to be read; raises `OSError` for a link."""
    return os.open(name, _FILE | _NO_LINK, dir_fd=directory)


def open_directory_below(root: Path, path: PurePath) -> int:
    """A descriptor of a directory below `root`, to be listed; raises `OSError` for a link."""
    if not path.parts:
        return os.open(root, _DIRECTORY)
    above = _descended(root, path.parent)
    try:
        return os.open(path.name, _DIRECTORY | _NO_LINK, dir_fd=above)
    finally:
        os.close(above)


def _descended(root: Path, path: PurePath) -> int:
    descriptor = os.open(root, _ON_THE_WAY)
    for part in path.parts:
        try:
            inner = os.open(part, _ON_THE_WAY | _NO_LINK, dir_fd=descriptor)
        finally:
            os.close(descriptor)
        descriptor = inner
    return descriptor


def _content(descriptor: int, most_bytes: int) -> bytes | None:
    with open(descriptor, "rb") as file:
        if not stat.S_ISREG(os.fstat(descriptor).st_mode):
            return None
        content = file.read(most_bytes + 1)
    return content if len(content) <= most_bytes else None
