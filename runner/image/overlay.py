"""Layers read from the folders in which the overlay2 storage driver keeps them.

The tarball of a layer is made anew from its folder, as the engine does it for a push: whiteouts are
character devices 0/0 in the folder and `.wh.NAME` in the tarball; a folder that hides what lies
below it carries an extended attribute there and holds `.wh..wh..opq` here.
"""

from __future__ import annotations

import errno
import os
import stat
import tarfile
from collections.abc import Iterator, Sequence, Set
from pathlib import Path

from runner.image.source import Layer, LayerSource
from runner.model.errors import ImageError
from runner.oci.iterator_io import pulled

WHITEOUT = ".wh."
OPAQUE_MARKER = ".wh..wh..opq"

_OPAQUE_ATTRIBUTES = ("trusted.overlay.opaque", "user.overlay.opaque")
_CAPABILITY = "security.capability"
_PIECE_BYTES = 1 << 20
_END = b"\0" * (2 * tarfile.BLOCKSIZE)


class OverlayFolders:
    """The layers of one image as folders, from the base up."""

    def __init__(self, diff_ids: Sequence[str], folders: Sequence[Path]) -> None:
        self._layers = list(zip(diff_ids, folders, strict=True))

    def layers(self, wanted: Set[str]) -> Iterator[Layer]:
        """The wanted layers from the base up; a diff_id that occurs twice is given once."""
        given: set[str] = set()
        for diff_id, folder in self._layers:
            if diff_id in wanted and diff_id not in given:
                given.add(diff_id)
                yield Layer(pulled(layer_tarball(folder)), diff_id)


def layer_tarball(folder: Path) -> Iterator[bytes]:
    """A layer's folder as a tarball, piece by piece, in the order of its paths.

    Raises `ImageError` when something in the folder cannot be read.
    """
    first_name: dict[int, str] = {}
    try:
        for entry, name in _walk(str(folder), ""):
            yield from _entry(entry, name, first_name)
    except OSError as error:
        raise ImageError(
            f"cannot read the layer's directory {folder} ({error.strerror}): run as root, or let"
            " the engine export the image"
        ) from error
    yield _END


def _walk(folder: str, below: str) -> Iterator[tuple[os.DirEntry[str], str]]:
    """Every entry below a folder with its path in the layer; a folder before what it holds."""
    with os.scandir(folder) as found:
        entries = sorted(found, key=lambda entry: entry.name)
    for entry in entries:
        name = f"{below}{entry.name}"
        yield entry, name
        if entry.is_dir(follow_symlinks=False):
            yield from _walk(entry.path, f"{name}/")


def _entry(entry: os.DirEntry[str], name: str, first_name: dict[int, str]) -> Iterator[bytes]:
    """Header and content of one file; `first_name` finds the first name of hard-linked content."""
    status = entry.stat(follow_symlinks=False)
    info = _header(name, status)
    kind = stat.S_IFMT(status.st_mode)
    if kind == stat.S_IFSOCK:
        return
    if kind == stat.S_IFCHR and status.st_rdev == 0:
        folder, _, hidden = name.rpartition("/")
        info.name = f"{folder}/{WHITEOUT}{hidden}" if folder else f"{WHITEOUT}{hidden}"
        info.mode = 0o600
        yield _bytes_of(info)
    elif kind == stat.S_IFREG and status.st_ino in first_name:
        info.type, info.linkname = tarfile.LNKTYPE, first_name[status.st_ino]
        yield _bytes_of(info)
    elif kind == stat.S_IFREG:
        if status.st_nlink > 1:
            first_name[status.st_ino] = name
        yield from _regular(entry.path, info, status.st_size)
    else:
        _describe_special(entry.path, info, kind, status)
        yield _bytes_of(info)
        if kind == stat.S_IFDIR and _is_opaque(entry.path):
            yield _bytes_of(_header(f"{name}/{OPAQUE_MARKER}", status))


def _header(name: str, status: os.stat_result) -> tarfile.TarInfo:
    info = tarfile.TarInfo(name)
    info.mode = stat.S_IMODE(status.st_mode)
    info.uid, info.gid = status.st_uid, status.st_gid
    info.mtime = int(status.st_mtime)
    return info


def _regular(path: str, info: tarfile.TarInfo, size: int) -> Iterator[bytes]:
    info.size = size
    capability = _attribute(path, _CAPABILITY)
    if capability is not None:
        info.pax_headers = {f"SCHILY.xattr.{_CAPABILITY}": os.fsdecode(capability)}
    piece = _bytes_of(info)
    left = size
    with Path(path).open("rb", buffering=0) as file:
        while left:
            content = file.read(min(left, _PIECE_BYTES))
            if not content:
                raise ImageError(f"{path} became shorter while it was read: measure again")
            left -= len(content)
            yield piece + content
            piece = b""
    yield piece + b"\0" * (-size % tarfile.BLOCKSIZE)


def _describe_special(path: str, info: tarfile.TarInfo, kind: int, status: os.stat_result) -> None:
    """Type and target of what is neither a regular file nor a whiteout."""
    if kind == stat.S_IFDIR:
        info.type = tarfile.DIRTYPE
    elif kind == stat.S_IFLNK:
        info.type, info.linkname = tarfile.SYMTYPE, os.readlink(path)  # noqa: PTH115 - as written
    elif kind == stat.S_IFIFO:
        info.type = tarfile.FIFOTYPE
    else:
        info.type = tarfile.CHRTYPE if kind == stat.S_IFCHR else tarfile.BLKTYPE
        info.devmajor, info.devminor = os.major(status.st_rdev), os.minor(status.st_rdev)


def _is_opaque(path: str) -> bool:
    return any(_attribute(path, name) == b"y" for name in _OPAQUE_ATTRIBUTES)


def _attribute(path: str, name: str) -> bytes | None:
    """An extended attribute; None where it is absent or the file system has none."""
    try:
        return os.getxattr(path, name, follow_symlinks=False)
    except OSError as error:
        if error.errno in (errno.ENODATA, errno.ENOTSUP, errno.EPERM):
            return None
        raise


def _bytes_of(info: tarfile.TarInfo) -> bytes:
    return info.tobuf(tarfile.PAX_FORMAT, "utf-8", "surrogateescape")


def _proof(folders: OverlayFolders) -> LayerSource:
    return folders
