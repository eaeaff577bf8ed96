"""apk: the one database that Alpine keeps, `F:` a directory and `R:` a file in it."""

from __future__ import annotations

import re
from collections.abc import Iterator

from runner.image.contents.live import LiveRoot, joined
from runner.image.contents.packages.port import (
    Claim,
    PackageSource,
    inside,
    label,
    paragraphs,
    plain_name,
    text_of,
)

_DATABASES = ("lib/apk/db/installed", "usr/lib/apk/db/installed")


class Apk:
    """Alpine's package manager."""

    manager = "apk"
    endings = ("apk/db/installed",)
    beginnings: tuple[str, ...] = ()

    def needs(self, path: str) -> bool:
        """The database of installed packages, at its old and its new place."""
        return path in _DATABASES

    def claims(self, root: LiveRoot) -> Iterator[Claim]:
        """Packages in the order of the database."""
        for database in _DATABASES:
            for record in paragraphs(text_of(root.kept.get(database, b""))):
                claim = _claim(record)
                if claim is not None:
                    yield claim


def _claim(record: str) -> Claim | None:
    name = version = folder = ""
    paths: list[str] = []
    requires: tuple[str, ...] = ()
    for line in record.split("\n"):
        key, value = line[:2], line[2:]
        if key == "R:":
            path = inside("", joined(folder, value))
            if path is not None:
                paths.append(path)
        elif key == "F:":
            folder = value.rstrip("/")
        elif key == "P:":
            name = value
        elif key == "V:":
            version = value
        elif key == "D:":
            requires = tuple(plain_name(re.split(r"[<>=~]", one)[0]) for one in value.split())
    return Claim(label(name), label(version), paths, requires) if name else None


def _proof(source: Apk) -> PackageSource:
    return source
