"""dpkg: the lists of files in `var/lib/dpkg/info`, names and versions from its status.

Distroless images have one small status file per package instead, and next to it its checksums.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from runner.image.contents.live import LiveRoot
from runner.image.contents.packages.port import (
    Claim,
    PackageSource,
    fields_of,
    label,
    paragraphs,
    plain_name,
    text_of,
)

_FOLDER = "var/lib/dpkg/"
_INFO = f"{_FOLDER}info/"
_STATUS = f"{_FOLDER}status"
_STATUS_FOLDER = f"{_FOLDER}status.d/"
_DIVERSIONS = f"{_FOLDER}diversions"
_fields = fields_of("Package|Status|Version|Architecture|Depends|Pre-Depends")

_NAME = re.compile(r"(?:^|[,|])\s*([a-z0-9][a-z0-9+.-]*)")
"""A name in a list of dependencies, alternatives included."""

_Diversions = dict[str, tuple[str, str]]
"""Listed path → where the file of any other package went, and the package that asked for it."""


class Dpkg:
    """Debian's package manager and its relatives."""

    manager = "dpkg"
    endings: tuple[str, ...] = ()
    beginnings = (_FOLDER,)

    def needs(self, path: str) -> bool:
        """Lists of files, the status, the diversions."""
        if path in (_STATUS, _DIVERSIONS):
            return True
        if path.startswith(_INFO):
            return path.endswith(".list")
        return path.startswith(_STATUS_FOLDER)

    def claims(self, root: LiveRoot) -> Iterator[Claim]:
        """Packages in the order of their lists' names."""
        versions, requires, gone = _status(text_of(root.kept.get(_STATUS, b"")))
        diversions = _diversions(text_of(root.kept.get(_DIVERSIONS, b"")))
        own = _own_files(root)
        for path in sorted(root.kept):
            if path.startswith(_INFO) and path.endswith(".list"):
                name, _, architecture = path[len(_INFO) : -len(".list")].partition(":")
                if (name, architecture) in gone and (name, architecture) not in versions:
                    continue
                version = versions.get((name, architecture), versions.get((name, ""), ""))
                listed = _listed(text_of(root.kept[path]), name, diversions)
                files = [*listed, *own.get(path[: -len(".list")], ())]
                yield Claim(label(name), label(version), files, requires.get(name, ()))
            elif path.startswith(_STATUS_FOLDER) and path.endswith(".md5sums"):
                yield _distroless(root, path.removesuffix(".md5sums"), path)


_Installed = dict[tuple[str, str], str]
"""Name and architecture, and name alone → version."""


def _status(
    status: str,
) -> tuple[_Installed, dict[str, tuple[str, ...]], frozenset[tuple[str, str]]]:
    """Versions of what is installed, what each package depends on, and what was removed and has
    left nothing but its configuration (`deinstall ok config-files`)."""
    found: _Installed = {}
    requires: dict[str, tuple[str, ...]] = {}
    gone: set[tuple[str, str]] = set()
    for paragraph in paragraphs(status):
        fields = _fields(paragraph)
        name, architecture = fields.get("Package"), fields.get("Architecture", "")
        if not name:
            continue
        if fields.get("Status", "installed").split()[-1:] in (["config-files"], ["not-installed"]):
            gone |= {(name, architecture), (name, "")}
            continue
        version = fields.get("Version", "")
        found[name, architecture] = version
        found.setdefault((name, ""), version)
        depends = f"{fields.get('Pre-Depends', '')},{fields.get('Depends', '')}"
        requires[name] = tuple(map(plain_name, _NAME.findall(depends)))
    return found, requires, frozenset(gone)


def _diversions(text: str) -> _Diversions:
    """Three lines each: the path, where it goes, the package that is exempt."""
    lines = text.split("\n")
    return {
        lines[place].lstrip("/"): (lines[place + 1].lstrip("/"), lines[place + 2])
        for place in range(0, len(lines) - 2, 3)
    }


def _listed(text: str, package: str, diversions: _Diversions) -> Iterator[str]:
    for line in text.split("\n"):
        path = line.lstrip("/")
        if path in diversions and diversions[path][1] != package:
            path = diversions[path][0]
        if path:
            yield path


def _own_files(root: LiveRoot) -> dict[str, list[str]]:
    """What dpkg itself keeps for each package (checksums, scripts), by the path without ending."""
    found: dict[str, list[str]] = {}
    for path in root.folders.get(_INFO.rstrip("/"), ()):
        found.setdefault(path.rpartition(".")[0], []).append(path)
    return found


def _distroless(root: LiveRoot, status: str, checksums: str) -> Claim:
    fields = _fields(text_of(_status_content(root, status)))
    name = fields.get("Package") or status[len(_STATUS_FOLDER) :]
    paths = [line[34:].lstrip("/") for line in text_of(root.kept[checksums]).split("\n")]
    return Claim(label(name), label(fields.get("Version", "")), [status, checksums, *paths])


def _status_content(root: LiveRoot, status: str) -> bytes:
    return root.kept.get(status, b"")


def _proof(source: Dpkg) -> PackageSource:
    return source
