"""The package databases that we read, in the order in which they come to their files."""

from __future__ import annotations

from runner.image.contents.packages.apk import Apk
from runner.image.contents.packages.conda import Conda
from runner.image.contents.packages.dpkg import Dpkg
from runner.image.contents.packages.npm import Npm
from runner.image.contents.packages.port import PackageSource
from runner.image.contents.packages.python import Python
from runner.image.contents.scripts import is_script

SOURCES: tuple[PackageSource, ...] = (Dpkg(), Apk(), Python(), Conda(), Npm())

DATABASE_BYTES_MAX = 64 << 20
"""A larger file is not read: what it would list is unowned."""

_ENDINGS = tuple(ending for source in SOURCES for ending in source.endings)
_BEGINNINGS = tuple(beginning for source in SOURCES for beginning in source.beginnings)


def keep_for_contents(path: str, size_bytes: int) -> bool:
    """Whether the reader of an image must keep this file's content (a package database, or what
    says which programs a container may start)."""
    if path.endswith(_ENDINGS) or path.startswith(_BEGINNINGS):
        needed = any(
            source.needs(path)
            for source in SOURCES
            if path.endswith(source.endings) or path.startswith(source.beginnings)
        )
        if needed:
            return size_bytes <= DATABASE_BYTES_MAX
    return is_script(path, size_bytes)
