"""Tar files, written piece by piece: POSIX headers, extended ones where a field does not fit."""

from __future__ import annotations

import tarfile
from collections.abc import Iterable, Iterator

END = bytes(2 * tarfile.BLOCKSIZE)


def header(member: tarfile.TarInfo) -> bytes:
    """The header of a member; names that are not UTF-8 keep their bytes."""
    return member.tobuf(tarfile.PAX_FORMAT, "utf-8", "surrogateescape")


def padding(size_bytes: int) -> bytes:
    """What comes behind a content of this size."""
    return bytes(-size_bytes % tarfile.BLOCKSIZE)


def file(name: str, size_bytes: int, content: Iterable[bytes]) -> Iterator[bytes]:
    """A regular file of a given size."""
    member = tarfile.TarInfo(name)
    member.size = size_bytes
    yield header(member)
    yield from content
    yield padding(size_bytes)
