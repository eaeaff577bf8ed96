"""The tarball of a layer, made anew from the directory in which overlay2 keeps it, as the engine
does it for a push.
"""

from __future__ import annotations

import errno
import os
import stat
import tarfile
from collections.abc import Iterator, Sequence
from pathlib import Path

from runner.model.entries import Entry, EntryKind, Limits
from runner.model.errors import ImageError
from runner.oci import tar_writer
from runner.oci.budget import Budget
from runner.oci.content_selection import Wanted
from runner.oci.damage import DamagedError
from runner.oci.overlay import read_folders
from runner.oci.paths import OPAQUE_MARKER, WHITEOUT
from runner.oci.xattrs import CAPABILITIES

_PIECE_BYTES = 1 << 20
_KINDS = {
    stat.S_IFDIR: tarfile.DIRTYPE,
    stat.S_IFLNK: tarfile.SYMTYPE,
    stat.S_IFIFO: tarfile.FIFOTYPE,
    stat.S_IFCHR: tarfile.CHRTYPE,
    stat.S_IFBLK: tarfile.BLKTYPE,
}


def layer_tarball(folder: Path) -> Iterator[bytes]:
    """A layer's directory as a tarball, piece by piece.

    Raises `ImageError` when something in the directory cannot be read.
    """
    try:
        [entries] = read_folders([folder], Wanted(), Budget(Limits()))
        for entry in entries:
            yield from _member(folder, entry, entries)
    except (OSError, DamagedError) as error:
        why = error.strerror if isinstance(error, OSError) else error
        raise ImageError(
            f"cannot read the layer's directory {folder} ({why}): run as root, or let the engine"
            " export the image"
        ) from error
    yield tar_writer.END


def _member(folder: Path, entry: Entry, entries: Sequence[Entry]) -> Iterator[bytes]:
    """Header and content of one entry."""
    path = f"{folder}/{entry.path}"
    status = os.lstat(path)
    info = _described(entry, status)
    if entry.kind is EntryKind.file and entry.content_of >= 0:
        info.type, info.linkname = tarfile.LNKTYPE, entries[entry.content_of].path
    elif entry.kind is EntryKind.file:
        yield from _regular(path, info, entry.size_bytes)
        return
    elif entry.kind not in (EntryKind.whiteout, EntryKind.opaque):
        info.type = _KINDS[stat.S_IFMT(status.st_mode)]
        if entry.kind is EntryKind.symlink:
            info.linkname = entry.target
        elif entry.target:
            info.devmajor, info.devminor = map(int, entry.target.split(":"))
    yield tar_writer.header(info)


def _described(entry: Entry, status: os.stat_result) -> tarfile.TarInfo:
    above, slash, name = entry.path.rpartition("/")
    info = tarfile.TarInfo(entry.path)
    info.mode = stat.S_IMODE(status.st_mode)
    if entry.kind is EntryKind.whiteout:
        info.name, info.mode = f"{above}{slash}{WHITEOUT}{name}", 0o600
    elif entry.kind is EntryKind.opaque:
        info.name = f"{entry.path}/{OPAQUE_MARKER}".lstrip("/")
    info.uid, info.gid = status.st_uid, status.st_gid
    info.mtime = int(status.st_mtime)
    return info


def _regular(path: str, info: tarfile.TarInfo, size_bytes: int) -> Iterator[bytes]:
    info.size = size_bytes
    capability = _capability(path)
    if capability is not None:
        info.pax_headers = {f"SCHILY.xattr.{CAPABILITIES}": os.fsdecode(capability)}
    piece = tar_writer.header(info)
    left = size_bytes
    with Path(path).open("rb", buffering=0) as file:
        while left:
            content = file.read(min(left, _PIECE_BYTES))
            if not content:
                raise ImageError(f"{path} became shorter while it was read: measure again")
            left -= len(content)
            yield piece + content
            piece = b""
    if piece := piece + tar_writer.padding(size_bytes):
        yield piece


def _capability(path: str) -> bytes | None:
    """None where there is none, or where the file system has none."""
    try:
        return os.getxattr(path, CAPABILITIES, follow_symlinks=False)
    except OSError as error:
        if error.errno in (errno.ENODATA, errno.ENOTSUP, errno.EPERM):
            return None
        raise
