"""An image in a file or a folder: which form of archive it is, and who reads that."""

from __future__ import annotations

import os
import stat
from contextlib import ExitStack
from pathlib import Path

from runner.image.readers.archive import Archive, FileArchive, FolderArchive
from runner.image.readers.blobs import Part
from runner.image.readers.budget import Budget
from runner.image.readers.damage import DamagedError
from runner.image.readers.digests import Digests
from runner.image.readers.docker_archive import (
    MANIFEST,
    REPOSITORIES,
    read_docker_archive,
    read_legacy_archive,
)
from runner.image.readers.oci_layout import INDEX, read_oci_layout
from runner.image.readers.passing import PassingArchive
from runner.image.readers.reading import Reading
from runner.image.readers.unpack import Packing, packing_of, unpacked
from runner.image.readers.wanted import Wanted
from runner.model.entries import ImageContent


def read_path(
    path: Path, wanted: Wanted, budget: Budget, platform: str | None, stack: ExitStack
) -> tuple[ImageContent, Reading]:
    """The image; what `stack` closes must stay open until the digests are known."""
    if path.is_dir():
        files = stack.enter_context(ExitStack())
        reading = Reading(wanted, budget, stack.enter_context(Digests()))
        return read_archive(FolderArchive(path, reading, files), reading, platform), reading
    descriptor = os.open(path, os.O_RDONLY | os.O_NONBLOCK | os.O_CLOEXEC)
    stack.callback(os.close, descriptor)
    status = os.fstat(descriptor)
    if not stat.S_ISREG(status.st_mode):
        raise DamagedError("it is neither a file nor a directory")
    reading = Reading(wanted, budget, stack.enter_context(Digests()))
    archive = _file(descriptor, status.st_size, reading)
    return read_archive(archive, reading, platform), reading


def _file(descriptor: int, size_bytes: int, reading: Reading) -> Archive:
    part = Part(descriptor, 0, size_bytes)
    packing = packing_of(part.head())
    if packing is Packing.unknown or not size_bytes:
        raise DamagedError("it is not a tar archive")
    if packing is Packing.plain:
        return FileArchive(descriptor, size_bytes, reading)
    return PassingArchive(unpacked(part.pieces(), packing), reading, size_bytes)


def read_archive(archive: Archive, reading: Reading, platform: str | None) -> ImageContent:
    """The image in an archive, by the documents that it has."""
    if archive.has(INDEX) and (platform or not archive.has(MANIFEST)):
        return read_oci_layout(archive, reading, platform)
    if archive.has(MANIFEST):
        return read_docker_archive(archive, reading, platform)
    if archive.has(REPOSITORIES):
        return read_legacy_archive(archive, reading)
    raise DamagedError(
        f"no {MANIFEST}, {INDEX} or {REPOSITORIES} in it: it is not an image archive"
    )
