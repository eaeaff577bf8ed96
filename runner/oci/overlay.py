"""An image read from the directories in which the overlay2 storage driver keeps its layers.

No content is read unless it is asked for: names, kinds and sizes are what the file system says. The
directories cannot be checked against the diff_ids, which are of tarballs; the engine vouches for
them.
"""

from __future__ import annotations

import errno
import io
import os
import stat
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from runner.model.entries import Entry, EntryKind
from runner.oci.budget import Budget
from runner.oci.content_selection import Wanted
from runner.oci.damage import DamagedError, shown

if TYPE_CHECKING:
    import hashlib

_OPAQUE = frozenset(("trusted.overlay.opaque", "user.overlay.opaque"))
_NOT_PLAIN = frozenset(
    f"{space}.overlay.{name}"
    for space in ("trusted", "user")
    for name in ("redirect", "metacopy", "whiteout", "whiteouts")
)
_PIECE_BYTES = 1 << 20
_FOLDER = os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC
_FORBIDDEN = (errno.EACCES, errno.EPERM)
_OPEN_AT_ONCE = 128
"""Directories in each other that are kept open."""


class NotPlainError(DamagedError):
    """A directory that uses overlay features (`redirect_dir`, `metacopy`) by which it does not hold
    its layer alone, or in which this process may not look; the engine's export tells."""


def read_folders(folders: Sequence[Path], wanted: Wanted, budget: Budget) -> list[list[Entry]]:
    """The entries of each layer, from the base up, in the order of an engine's own tarballs.

    Raises `NotPlainError` where the directories alone do not tell, `DamagedError` beyond a limit or
    where something cannot be read.
    """
    return [_Folder(str(folder), wanted, budget).read() for folder in folders]


class _Folder:
    """One pass over the directory of one layer."""

    def __init__(self, folder: str, wanted: Wanted, budget: Budget) -> None:
        self._root = folder
        self._wanted = wanted
        self._budget = budget
        self._entries: list[Entry] = []
        self._linked: dict[int, int] = {}
        """Inode → index of the entry that holds its content."""
        self._shared: dict[int, int] = {}
        """One object for equal modes and times."""

    def read(self) -> list[Entry]:
        """Walk the directory."""
        try:
            self._walk()
        except OSError as error:
            name = error.filename if isinstance(error.filename, str) else ""
            where = name if name.startswith("/") else f"{name or 'a directory'} in {self._root}"
            kind = NotPlainError if error.errno in _FORBIDDEN else DamagedError
            raise kind(f"{where} cannot be read ({error.strerror})") from error
        self._budget.take_entries(len(self._entries))
        if self._wanted.attributes:
            from runner.oci.xattrs import add_attributes  # brings OpenSSL, too

            add_attributes(self._root, self._entries)
        return self._entries

    def _walk(self) -> None:
        """In the order in which engines write layers: by name, a directory and then all in it."""
        levels = [_Level(self._root, "", None)]
        try:
            self._mark_opaque(levels[0].where, "")
            while levels:
                level = levels[-1]
                inner = self._up_to_a_folder(level.children, level.below)
                if inner is None:
                    levels.pop().close()
                    continue
                path = level.below + inner.name
                status = inner.stat(follow_symlinks=False)
                self._entries.append(self._entry(path, EntryKind.directory, status))
                levels.append(_Level(self._full(path), path, level))
                self._mark_opaque(levels[-1].where, path)
                if len(self._entries) > self._budget.entries:
                    self._budget.take_entries(len(self._entries))
        finally:
            for level in levels:
                level.close()

    def _up_to_a_folder(
        self, children: Iterator[os.DirEntry[str]], below: str
    ) -> os.DirEntry[str] | None:
        """Take what comes before the next directory among the children; returns that directory.

        One long loop with few calls: it runs for every file of the image.
        """
        append, known, wanted = self._entries.append, self._shared.setdefault, self._wanted
        file, regular, folder = EntryKind.file, stat.S_IFREG, stat.S_IFDIR
        keep = wanted.keep if wanted.any else None
        digesting = wanted.hash_contents is not False
        unpacked_bytes = 0
        inner = None
        for child in children:
            status = child.stat(follow_symlinks=False)
            fields: tuple[int, ...] = status  # type: ignore[assignment]  # ten, of whole seconds
            mode, _, _, names, uid, gid, size, _, mtime_s, _ = fields
            kind = mode & 0o170000
            if kind == folder:
                inner = child
                break
            path = below + child.name
            if kind != regular or names != 1 or status.st_blocks * 512 < size:
                self._other(path, status)
                continue
            mode &= 0o7777
            mode, mtime_s = known(mode, mode), known(mtime_s, mtime_s)
            entry = Entry(path, file, size, mode, uid, gid, mtime_s)
            append(entry)
            unpacked_bytes += size
            if keep is not None and (digesting or keep(path, size)):
                self._content(entry)
        self._budget.take_unpacked(unpacked_bytes)
        return inner

    def _other(self, path: str, status: os.stat_result) -> None:
        """What is no directory, and files with several names or fewer blocks than their size."""
        kind = stat.S_IFMT(status.st_mode)
        if kind == stat.S_IFREG:
            self._file(path, status)
        elif kind == stat.S_IFLNK:
            entry = self._entry(path, EntryKind.symlink, status)
            entry.target = os.readlink(self._full(path))  # noqa: PTH115 - as written
            self._entries.append(entry)
        elif kind == stat.S_IFCHR and status.st_rdev == 0:
            self._entries.append(Entry(path, EntryKind.whiteout))
        elif kind != stat.S_IFSOCK:
            entry = self._entry(path, EntryKind.device, status)
            if kind != stat.S_IFIFO:
                numbers = f"{os.major(status.st_rdev)}:{os.minor(status.st_rdev)}"
                entry.target = numbers if kind == stat.S_IFCHR else f"block {numbers}"
            self._entries.append(entry)

    def _file(self, path: str, status: os.stat_result) -> None:
        entry = self._entry(path, EntryKind.file, status)
        size = status.st_size
        if size and status.st_blocks * 512 < size:
            self._check_plain(path, os.listxattr(self._full(path), follow_symlinks=False))
        self._entries.append(entry)
        if status.st_nlink > 1:
            holder = self._linked.setdefault(status.st_ino, len(self._entries) - 1)
            if holder != len(self._entries) - 1:
                entry.content_of = holder
                return
        entry.size_bytes = size
        self._budget.take_unpacked(size)
        if self._wanted.any:
            self._content(entry)

    def _entry(self, path: str, kind: EntryKind, status: os.stat_result) -> Entry:
        mode, mtime = status.st_mode & 0o7777, int(status[stat.ST_MTIME])
        shared = self._shared
        return Entry(
            path,
            kind,
            0,
            shared.setdefault(mode, mode),
            status.st_uid,
            status.st_gid,
            shared.setdefault(mtime, mtime),
        )

    def _content(self, entry: Entry) -> None:
        keep, digest = self._wanted.of(entry, self._budget)
        if not keep and not digest:
            return
        summed = _sha256() if digest else None
        kept: list[bytes] = []
        left = entry.size_bytes
        with io.FileIO(self._full(entry.path)) as file:
            while left > 0 and (piece := file.read(min(left, _PIECE_BYTES))):
                left -= len(piece)
                if summed is not None:
                    summed.update(piece)
                if keep:
                    kept.append(piece)
        if left:
            raise DamagedError(f"{shown(entry.path)} became shorter while it was read")
        if summed is not None:
            entry.digest = summed.hexdigest()
        if keep:
            entry.content = b"".join(kept)

    def _mark_opaque(self, folder: int | str, path: str) -> None:
        names = os.listxattr(folder)
        if not names:
            return
        self._check_plain(path, names)
        if any(name in _OPAQUE and os.getxattr(folder, name) == b"y" for name in names):
            self._entries.append(Entry(path, EntryKind.opaque))

    def _full(self, path: str) -> str:
        return f"{self._root}/{path}"

    def _check_plain(self, path: str, names: Sequence[str]) -> None:
        special = _NOT_PLAIN.intersection(names)
        if special:
            raise NotPlainError(f"{shown(path)} has the attribute {min(special)}")


class _Level:
    """An open directory. Names are looked up in it and not from the root, which takes the kernel
    half as long; only directories very deep in others go by their paths, since a process may not
    hold many open."""

    def __init__(self, full_path: str, path: str, above: _Level | None) -> None:
        self.below = f"{path}/" if path else ""
        self.where: int | str = full_path
        self._depth: int = above._depth + 1 if above else 0
        if above is None:
            self.where = os.open(full_path, _FOLDER)
        elif isinstance(above.where, int) and self._depth < _OPEN_AT_ONCE:
            name = full_path.rpartition("/")[2]
            self.where = os.open(name, _FOLDER | os.O_NOFOLLOW, dir_fd=above.where)
        try:
            with os.scandir(self.where) as found:
                self.children = iter(sorted(found, key=_name_in_bytes))
        except BaseException:
            self.close()
            raise

    def close(self) -> None:
        """Names in it cannot be looked up any more."""
        if isinstance(self.where, int):
            os.close(self.where)


def _name_in_bytes(child: os.DirEntry[str]) -> bytes:
    """What engines sort by: also of names that are not text."""
    return os.fsencode(child.name)


def _sha256() -> hashlib._Hash:
    import hashlib  # brings OpenSSL, which few images need

    return hashlib.sha256()
