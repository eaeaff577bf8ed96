"""Python distributions: `*.dist-info` with its RECORD, `*.egg-info` with its installed files.

A RECORD lists paths relative to the directory that holds the dist-info, scripts as
`../../../bin/x`.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator

from runner.image.contents.live import LiveRoot, shallow
from runner.image.contents.packages.port import (
    Claim,
    PackageSource,
    fields_of,
    inside,
    label,
    plain_name,
    text_of,
)

_fields = fields_of("Name|Version")
_REQUIRES = re.compile(r"^Requires-Dist: *([A-Za-z0-9][A-Za-z0-9._-]*)(.*)$", re.MULTILINE)
_EXTRA = re.compile(r";.*\bextra\b")
_DIST = ".dist-info"
_EGG = ".egg-info"
_IN_EGG = "/EGG-INFO"
_ENDINGS = (
    f"{_DIST}/METADATA",
    f"{_DIST}/RECORD",
    f"{_EGG}/PKG-INFO",
    f"{_EGG}/installed-files.txt",
    ".egg/EGG-INFO/PKG-INFO",
)


class Python:
    """Whatever installs wheels or eggs: pip, uv, Poetry, conda."""

    manager = "python"
    endings = _ENDINGS
    beginnings: tuple[str, ...] = ()

    def needs(self, path: str) -> bool:  # noqa: ARG002 - the endings say it all
        """Description and list of files of a distribution."""
        return True

    def claims(self, root: LiveRoot) -> Iterator[Claim]:
        """Distributions in the order of their directories."""
        folders = {path.rpartition("/")[0] for path in root.kept if path.endswith(_ENDINGS)}
        eggs = _eggs(root, {path.removesuffix(_IN_EGG) for path in folders if _is_egg(path)})
        for folder in sorted(folders):
            name, version, requires = _identity(root, folder)
            paths = eggs[folder] if _is_egg(folder) else _paths(root, folder)
            yield Claim(label(name) or "?", label(version), paths, requires)


def _identity(root: LiveRoot, folder: str) -> tuple[str, str, tuple[str, ...]]:
    """Name and version from the description, else from the directory's name; what it requires,
    extras left out."""
    requires: list[str] = []
    fields: dict[str, str] = {}
    for description in (f"{folder}/METADATA", f"{folder}/PKG-INFO"):
        head = re.split(r"\r?\n\r?\n", text_of(root.kept.get(description, b"")), maxsplit=1)[0]
        fields |= _fields(head)
        requires += (
            plain_name(name) for name, rest in _REQUIRES.findall(head) if not _EXTRA.search(rest)
        )
    stem = folder.removesuffix(_IN_EGG).rpartition("/")[2].rpartition(".")[0]
    name, _, version = stem.partition("-")
    name, version = fields.get("Name") or name, fields.get("Version") or version.partition("-py")[0]
    return name, version, tuple(requires)


def _is_egg(folder: str) -> bool:
    return folder.endswith(_IN_EGG)


def _eggs(root: LiveRoot, eggs: set[str]) -> dict[str, list[str]]:
    """Everything in each egg, by the directory of its description."""
    files: dict[str, list[str]] = {egg + _IN_EGG: [] for egg in eggs}
    for folder, paths in root.folders.items() if eggs else ():
        above = shallow(folder)
        while above and above not in eggs:
            above = above.rpartition("/")[0]
        if above:
            files[above + _IN_EGG] += paths
    return files


def _paths(root: LiveRoot, folder: str) -> Iterator[str]:
    """The distribution's files: its own directory, then what it lists."""
    yield from root.folders.get(folder, ())
    if folder.endswith(_EGG):
        listed: Iterable[str] = text_of(
            root.kept.get(f"{folder}/installed-files.txt", b"")
        ).splitlines()
        start = folder
    else:
        listed = _recorded(text_of(root.kept.get(f"{folder}/RECORD", b"")))
        start = folder.rpartition("/")[0]
    for path in listed:
        found = inside(start, path)
        if found:
            yield found


def _recorded(text: str) -> Iterator[str]:
    """First column of a RECORD; lines that are not CSV are left out."""
    if '"' not in text:
        for line in text.splitlines():
            yield line.split(",", 1)[0]
        return
    import csv  # for the few that quote a name

    for line in text.splitlines():
        try:
            row = next(csv.reader([line]), [])
        except csv.Error:
            continue
        if row:
            yield row[0]


def _proof(source: Python) -> PackageSource:
    return source
