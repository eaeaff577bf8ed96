"""Directories below a root, by descriptor: no link is followed in them.

A repository that somebody found may hold a committed `results/` in which a directory or a file is a
link to somewhere else, or becomes one between a check and its use. So every component below the
root is opened by itself with O_NOFOLLOW, and what is read, written or removed is named relative to
the descriptor. A root that is given as a relative path is reached in the same way; an absolute one
is what the user named. Where the system lacks these calls (Windows), paths are checked before use.
"""

from __future__ import annotations

import contextlib
import os
import stat
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from runner.model.errors import StoreError

_BY_DESCRIPTOR = {os.open, os.mkdir, os.unlink, os.rename, os.link, os.stat} <= os.supports_dir_fd
_DIRECTORY = getattr(os, "O_DIRECTORY", 0) | os.O_RDONLY | getattr(os, "O_CLOEXEC", 0)
_NO_LINK = getattr(os, "O_NOFOLLOW", 0)
_NO_WAIT = getattr(os, "O_NONBLOCK", 0)
LARGEST_BYTES = 64 << 20
"""What a file of results is at most."""


@dataclass(frozen=True)
class Directory:
    """An open directory; its files go by their bare names."""

    path: Path
    descriptor: int | None

    def names(self) -> list[str]:
        """The names in it, in order."""
        return sorted(os.listdir(self._place))  # noqa: PTH208 - by descriptor

    def status(self, name: str) -> os.stat_result | None:
        """Of a file, or of a link itself; None if there is none."""
        try:
            return os.stat(self._named(name), dir_fd=self.descriptor, follow_symlinks=False)
        except FileNotFoundError:
            return None

    def open(self, name: str, flags: int, mode: int = 0o600) -> int:
        """A descriptor of a file; a link is refused, a pipe does not wait for its other end."""
        flags |= _NO_LINK | _NO_WAIT | getattr(os, "O_CLOEXEC", 0)
        return os.open(self._named(name), flags, mode, dir_fd=self.descriptor)

    def read(self, name: str, largest_bytes: int = LARGEST_BYTES) -> bytes:
        """The bytes of a regular file; raises `StoreError` for anything else, or a larger one."""
        status = self.status(name)
        if status is not None and not stat.S_ISREG(status.st_mode):
            raise StoreError(f"{self.path / name}: {kind_of(status.st_mode)}, so not read")
        with os.fdopen(self.open(name, os.O_RDONLY), "rb") as file:
            return read_regular(file.fileno(), self.path / name, largest_bytes)

    def rename(self, source: str, target: str) -> None:
        """Give a file another name; what had that name goes, a link itself too."""
        os.replace(
            self._named(source),
            self._named(target),
            src_dir_fd=self.descriptor,
            dst_dir_fd=self.descriptor,
        )

    def link(self, source: str, target: str) -> None:
        """Give a file a second name; raises `FileExistsError` where that is taken."""
        os.link(
            self._named(source),
            self._named(target),
            src_dir_fd=self.descriptor,
            dst_dir_fd=self.descriptor,
        )

    def remove(self, name: str) -> None:
        """Remove a file, or a link itself."""
        os.unlink(self._named(name), dir_fd=self.descriptor)

    def flush(self) -> None:
        """Have the names on the disk."""
        if self.descriptor is not None:
            os.fsync(self.descriptor)

    def is_still_there(self) -> bool:
        """Whether its path leads to it."""
        if self.descriptor is None:
            return self.path.is_dir()
        try:
            there = self.path.stat()
        except OSError:
            return False
        return os.path.samestat(there, os.fstat(self.descriptor))

    @property
    def _place(self) -> int | Path:
        return self.path if self.descriptor is None else self.descriptor

    def _named(self, name: str) -> str | Path:
        return self.path / name if self.descriptor is None else name


@contextmanager
def open_directory(
    path: Path, below: Path | None = None, *, make: bool = False
) -> Iterator[Directory]:
    """A directory, made on the way if so wanted.

    With `below`, no link is followed on the way from that root. Raises `StoreError` for a link,
    and `OSError` for what cannot be opened.
    """
    if not _BY_DESCRIPTOR:
        yield _checked(path, below, make)
        return
    if below is None:
        descriptor = _named_by_user(path, make)
    else:
        descriptor = _descend(_root(below, make), below, _parts(path, below), make)
    try:
        yield Directory(path, descriptor)
    finally:
        os.close(descriptor)


def _parts(path: Path, below: Path) -> tuple[str, ...]:
    parts = path.relative_to(below).parts if path.is_relative_to(below) else ("..",)
    if ".." in parts:
        raise StoreError(f"{path}: leads out of {below}")
    return parts


def _root(below: Path, make: bool) -> int:
    if below.is_absolute():
        return _named_by_user(below, make)
    return _descend(os.open(".", _DIRECTORY), Path(), below.parts, make)


def _named_by_user(path: Path, make: bool) -> int:
    if make:
        path.mkdir(parents=True, exist_ok=True)
    return os.open(path, _DIRECTORY)


def _descend(descriptor: int, at: Path, parts: tuple[str, ...], make: bool) -> int:
    """Go down one directory after the other; closes the descriptor that it is given."""
    for part in parts:
        at /= part
        try:
            inner = _enter(descriptor, part, make)
        except OSError as error:
            _refuse_link(descriptor, part, at)
            raise OSError(error.errno, error.strerror, str(at)) from error
        finally:
            os.close(descriptor)
        descriptor = inner
    return descriptor


def _enter(descriptor: int, part: str, make: bool) -> int:
    flags = _DIRECTORY | _NO_LINK
    try:
        return os.open(part, flags, dir_fd=descriptor)
    except FileNotFoundError:
        if not make:
            raise
    with contextlib.suppress(FileExistsError):  # another writer was first
        os.mkdir(part, dir_fd=descriptor)
    return os.open(part, flags, dir_fd=descriptor)


def _refuse_link(descriptor: int, part: str, at: Path) -> None:
    try:
        mode = os.stat(part, dir_fd=descriptor, follow_symlinks=False).st_mode
    except OSError:
        return
    if stat.S_ISLNK(mode):
        raise is_a_link(at)


def is_a_link(path: Path) -> StoreError:
    """The error for a link below a root."""
    return StoreError(
        f"{path}: a symbolic link, and below a results directory none is followed: remove it, or"
        " name another directory by its absolute path"
    )


def _checked(path: Path, below: Path | None, make: bool) -> Directory:
    if below is not None:
        at = below
        for part in ("", *_parts(path, below)):
            at /= part
            if at.is_symlink():
                raise is_a_link(at)
    if make:
        path.mkdir(parents=True, exist_ok=True)
    return Directory(path, None)


def read_regular(descriptor: int, path: Path, largest_bytes: int = LARGEST_BYTES) -> bytes:
    """All bytes of an open file; raises `StoreError` if it is not a regular one, or too large."""
    status = os.fstat(descriptor)
    if not stat.S_ISREG(status.st_mode):
        raise StoreError(f"{path}: {kind_of(status.st_mode)}, so not read")
    with os.fdopen(os.dup(descriptor), "rb") as file:
        data = file.read(largest_bytes + 1)
    if len(data) > largest_bytes:
        raise StoreError(f"{path}: larger than {largest_bytes:,} bytes, so not read")
    return data


def kind_of(mode: int) -> str:
    """What a file is if it is not a regular one."""
    kinds = {
        stat.S_IFLNK: "a symbolic link",
        stat.S_IFDIR: "a directory",
        stat.S_IFIFO: "a named pipe",
        stat.S_IFSOCK: "a socket",
    }
    return kinds.get(stat.S_IFMT(mode), "a device")
