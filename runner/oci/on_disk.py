"""An image in a file or a directory: which form of archive it is, and who reads that."""

from __future__ import annotations

import os
import stat
from contextlib import ExitStack
from pathlib import Path

from runner.model.entries import ImageContent
from runner.oci.archive import Archive, FileArchive, FolderArchive
from runner.oci.blobs import Part
from runner.oci.choice import Choice
from runner.oci.damage import NotAnImageError
from runner.oci.docker_archive import (
    MANIFEST,
    REPOSITORIES,
    read_docker_archive,
    read_legacy_archive,
)
from runner.oci.layout import INDEX, read_oci_layout
from runner.oci.other_kinds import directory_of_skopeo, no_image, no_tarball
from runner.oci.reading import Reading
from runner.oci.stream_archive import PassingArchive
from runner.oci.unpack import Packing, packing_of, unpacked


def read_path(path: Path, reading: Reading, choice: Choice, files: ExitStack) -> ImageContent:
    """The image; what `files` closes must stay open until the digests are known."""
    if path.is_dir():
        return read_archive(FolderArchive(path, reading, files), reading, choice)
    descriptor = os.open(path, os.O_RDONLY | os.O_NONBLOCK | os.O_CLOEXEC)
    files.callback(os.close, descriptor)
    status = os.fstat(descriptor)
    if not stat.S_ISREG(status.st_mode):
        raise NotAnImageError(
            "it is neither a regular file nor a directory", "name an archive or an OCI layout"
        )
    return read_archive(_file(descriptor, status.st_size, reading), reading, choice)


def _file(descriptor: int, size_bytes: int, reading: Reading) -> Archive:
    part = Part(descriptor, 0, size_bytes)
    packing = packing_of(part.head())
    if packing is Packing.unknown or not size_bytes:
        raise no_tarball(part.head(), size_bytes)
    if packing is Packing.plain:
        return FileArchive(descriptor, size_bytes, reading)
    return PassingArchive(unpacked(part.pieces(), packing), reading, size_bytes)


def read_archive(archive: Archive, reading: Reading, choice: Choice) -> ImageContent:
    """The image in an archive, by the documents that it has."""
    if archive.has("version") and archive.has(MANIFEST) and not archive.has(INDEX):
        raise directory_of_skopeo()
    asked = bool(choice.platform or choice.ref)
    if archive.has(INDEX) and (asked or not archive.has(MANIFEST)):
        return read_oci_layout(archive, reading, choice)
    if archive.has(MANIFEST):
        return read_docker_archive(archive, reading, choice)
    if archive.has(REPOSITORIES):
        return read_legacy_archive(archive, reading)
    raise no_image(archive.names(), whole=archive.whole)
