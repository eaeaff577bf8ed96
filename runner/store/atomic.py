"""Files that are there completely or not at all, whatever happens while they are written."""

from __future__ import annotations

import contextlib
import errno
import os
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

from runner.model.errors import StoreError
from runner.model.ownership import Owner

TEMPORARY = ".tmp"
"""Suffix of a file that is being written; its name also begins with a dot."""

LEFT_OVER_AFTER_S = 60.0
"""A temporary file this old belongs to nobody: writing one takes milliseconds."""

_NO_HARD_LINKS = {errno.EPERM, errno.ENOTSUP, errno.ENOSYS, errno.EMLINK}


def write_text(path: Path, text: str) -> None:
    """Write or replace a file in one step; raises `StoreError` and leaves the old one as it was."""
    write_bytes(path, text.encode())


def write_bytes(path: Path, data: bytes) -> None:
    """Write or replace a file in one step; raises `StoreError` and leaves the old one as it was.

    What is no plain file (`/dev/null`, `/dev/stdout`, a pipe, a link) is written to instead: one
    step would put a file in its place.
    """
    if path.is_symlink() or (path.exists() and not path.is_file()):
        try:
            path.write_bytes(data)
        except OSError as error:
            raise _explained(path, error) from error
        return
    _place(path, data, _replace)


def create_bytes(path: Path, data: bytes) -> bool:
    """Write a new file in one step; False, and nothing written, if that name is taken already."""
    return _place(path, data, _link)


def remove_left_overs(folder: Path) -> None:
    """Remove what killed writers left in a folder; one that is still at work keeps its file."""
    oldest = time.time() - LEFT_OVER_AFTER_S
    for path in folder.glob(f".*{TEMPORARY}"):
        with contextlib.suppress(OSError):
            owner = Owner.marked(path.name)
            if (owner and owner.is_gone(local=True)) or path.stat().st_mtime < oldest:
                path.unlink()


def _place(path: Path, data: bytes, move: Callable[[Path, Path], bool]) -> bool:
    """Write beside the destination, flush to the disk, then give the file its name."""
    temporary: Path | None = None
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        temporary = _write_temporary(path, data)
        placed = move(temporary, path)
        _flush_folder(path.parent)
    except OSError as error:
        raise _explained(path, error) from error
    finally:
        if temporary is not None:
            temporary.unlink(missing_ok=True)
    return placed


def _write_temporary(path: Path, data: bytes) -> Path:
    descriptor, name = tempfile.mkstemp(
        TEMPORARY, f".{path.name}.{Owner.current().mark}.", path.parent
    )
    try:
        with os.fdopen(descriptor, "wb") as file:
            os.fchmod(file.fileno(), 0o644)
            file.write(data)
            file.flush()
            os.fsync(file.fileno())
    except BaseException:
        Path(name).unlink(missing_ok=True)
        raise
    return Path(name)


def _replace(temporary: Path, path: Path) -> bool:
    temporary.replace(path)
    return True


def _link(temporary: Path, path: Path) -> bool:
    """A hard link fails where the name exists, which a rename would silently take over."""
    try:
        path.hardlink_to(temporary)
    except FileExistsError:
        return False
    except OSError as error:
        if error.errno not in _NO_HARD_LINKS:
            raise
        if path.exists():
            return False
        temporary.replace(path)
    return True


def _flush_folder(folder: Path) -> None:
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def _explained(path: Path, error: OSError) -> StoreError:
    if error.errno in (errno.ENOSPC, errno.EDQUOT):
        return StoreError(
            f"no space left to write {path}: free some and run the same command again"
        )
    reason = error.strerror or str(error)
    return StoreError(f"cannot write {path} ({reason}): make the folder writable")
