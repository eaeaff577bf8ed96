"""Files that are there completely or not at all, whatever happens while they are written."""

from __future__ import annotations

import contextlib
import errno
import os
import re
import secrets
import stat
import time
from collections.abc import Callable
from pathlib import Path
from typing import NoReturn

from runner.model.errors import StoreError
from runner.model.ownership import Owner
from runner.store.directories import Directory, is_a_link, kind_of, open_directory
from runner.store.pipes import write_pipe

TEMPORARY = ".tmp"
"""Suffix of a file that is being written; its name also begins with a dot."""

LEFT_OVER_AFTER_S = 60.0
"""A temporary file this old was left by a killed process: writing one takes milliseconds."""

_LEFT_OVER = re.compile(r"\..+\.\w+\.tmp")
_NO_HARD_LINKS = {errno.EPERM, errno.ENOTSUP, errno.ENOSYS, errno.EMLINK}


def write_text(path: Path, text: str, below: Path | None = None) -> None:
    """Write or replace a file in one step; raises `StoreError` and leaves the old one as it was."""
    write_bytes(path, text.encode(), below)


def write_bytes(path: Path, data: bytes, below: Path | None = None, mode: int = 0o644) -> None:
    """Write or replace a file in one step; raises `StoreError` and leaves the old one as it was.

    `below` is the results directory that the file belongs to: no link is followed in it, and what
    is not a regular file stays as it is. Without, the path is the user's own, and what is not a
    regular file (`/dev/null`, `/dev/stdout`, a pipe, a link) is written to: one step would put a
    file in its place.
    """
    if below is None and (path.is_symlink() or (path.exists() and not path.is_file())):
        try:
            if path.is_fifo():
                write_pipe(path, data)
            else:
                path.write_bytes(data)
        except BrokenPipeError:  # who reads it has enough, as on stdout
            return
        except OSError as error:
            raise explained(path, error) from error
        return
    _put(path, data, below, mode)


def create_in(directory: Directory, name: str, data: bytes) -> bool:
    """Write a new file in one step; False, and nothing written, if that name is taken already.

    Raises `OSError`.
    """
    return _placed(directory, name, data, _link, 0o644)


def remove_left_overs(path: Path, below: Path | None = None) -> None:
    """Remove what killed writers left in a directory; one that is still at work keeps its file."""
    with contextlib.suppress(OSError), open_directory(path, below) as directory:
        _remove_left_overs_in(directory)


def _remove_left_overs_in(directory: Directory) -> None:
    oldest = time.time() - LEFT_OVER_AFTER_S
    for name in filter(_LEFT_OVER.fullmatch, directory.names()):
        status = directory.status(name)
        if status is None or not stat.S_ISREG(status.st_mode):
            continue
        owner = Owner.marked(name)
        if (owner and owner.is_gone(local=True)) or status.st_mtime < oldest:
            with contextlib.suppress(OSError):
                directory.remove(name)


def _put(path: Path, data: bytes, below: Path | None, mode: int) -> None:
    """Write next to the destination, flush to the disk, then give the file its name; what a killed
    writer left there of a results directory goes."""
    try:
        with open_directory(path.parent, below, make=True) as directory:
            if below is not None:
                _remove_left_overs_in(directory)
            status = directory.status(path.name)
            if below is not None and status is not None and not stat.S_ISREG(status.st_mode):
                _refuse(path, status.st_mode)
            _placed(directory, path.name, data, _replace, mode)
    except OSError as error:
        raise explained(path, error) from error


def _refuse(path: Path, mode: int) -> NoReturn:
    if stat.S_ISLNK(mode):
        raise is_a_link(path)
    raise StoreError(f"cannot write {path}: {kind_of(mode)} is there; remove it")


def _placed(
    directory: Directory,
    name: str,
    data: bytes,
    move: Callable[[Directory, str, str], bool],
    mode: int,
) -> bool:
    temporary = f".{name}.{Owner.current().mark}.{secrets.token_hex(4)}{TEMPORARY}"
    descriptor = directory.open(temporary, os.O_WRONLY | os.O_CREAT | os.O_EXCL)
    try:
        with os.fdopen(descriptor, "wb") as file:
            if hasattr(os, "fchmod"):
                os.fchmod(file.fileno(), mode)
            file.write(data)
            file.flush()
            os.fsync(file.fileno())
        placed = move(directory, temporary, name)
        directory.flush()
        return placed
    finally:
        with contextlib.suppress(FileNotFoundError):
            directory.remove(temporary)


def _replace(directory: Directory, temporary: str, name: str) -> bool:
    directory.rename(temporary, name)
    return True


def _link(directory: Directory, temporary: str, name: str) -> bool:
    """A hard link fails where the name exists, which a rename would silently take over."""
    try:
        directory.link(temporary, name)
    except FileExistsError:
        return False
    except OSError as error:
        if error.errno not in _NO_HARD_LINKS:
            raise
        if directory.status(name) is not None:
            return False
        directory.rename(temporary, name)
    return True


def explained(path: Path, error: OSError) -> StoreError:
    """The one line for a file that cannot be written, with what to do about it."""
    if error.errno in (errno.ENOSPC, errno.EDQUOT):
        return StoreError(
            f"no space left to write {path}: free some and run the same command again"
        )
    reason = error.strerror or str(error)
    return StoreError(f"cannot write {path} ({reason}): {_ways_out(path, error)}")


def _ways_out(path: Path, error: OSError) -> str:
    """What to do about a file that cannot be written."""
    if error.errno in (errno.ENOTDIR, errno.EEXIST):
        file = next((x for x in path.parents if x.exists() and not x.is_dir()), path.parent)
        return f"{file} is a file: name another directory"
    if error.errno == errno.EROFS:
        return "nothing can be written there: name a directory elsewhere"
    return "make the directory writable"


def require_writable(directory: Path) -> None:
    """Raise `StoreError` for a directory that cannot be made or written to, as far as that can be
    told without writing."""
    there = next((x for x in (directory, *directory.absolute().parents) if x.exists()), directory)
    number = 0
    if not there.is_dir():
        number = errno.ENOTDIR
    elif not os.access(there, os.W_OK | os.X_OK):
        number = errno.EROFS if _is_read_only(there) else errno.EACCES
    if number:
        raise explained(directory / "records", OSError(number, os.strerror(number)))


def _is_read_only(directory: Path) -> bool:
    """Whether its file system takes nothing from anybody."""
    if not hasattr(os, "statvfs"):
        return False
    return bool(os.statvfs(directory).f_flag & os.ST_RDONLY)
