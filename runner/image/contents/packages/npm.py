"""npm and its relatives: every directory in `node_modules` with a `package.json` is a package.

Packages nest; a file belongs to the innermost package around it.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

import msgspec

from runner.image.contents.live import LiveRoot, shallow
from runner.image.contents.packages.port import Claim, PackageSource, label, plain_name

_MANIFEST = "/package.json"
_PACKAGE = re.compile(r"(?:^|.*/)node_modules/((?:@[^/]+/)?[^/@.][^/]*)/package\.json", re.DOTALL)
_MODULES = re.compile(r"(?:^|/)node_modules/(?:@[^/]+/)?[^/]+")


class _Manifest(msgspec.Struct):
    version: Any = None
    dependencies: Any = None


class Npm:
    """Packages in `node_modules`, whatever put them there."""

    manager = "npm"
    endings = (_MANIFEST,)
    beginnings: tuple[str, ...] = ()

    def needs(self, path: str) -> bool:
        """The manifest of a package, not one somewhere inside of it."""
        return _PACKAGE.fullmatch(path) is not None

    def claims(self, root: LiveRoot) -> Iterator[Claim]:
        """Packages in the order of their directories."""
        packages = {
            path.removesuffix(_MANIFEST): found.group(1)
            for path in root.kept
            if path.endswith(_MANIFEST) and (found := _PACKAGE.fullmatch(path))
        }
        files: dict[str, list[str]] = {folder: [] for folder in packages}
        for folder, paths in root.folders.items():
            owner = _innermost(folder, packages)
            if owner is not None:
                files[owner] += paths
        for folder in sorted(packages):
            version, requires = _described(root.kept[folder + _MANIFEST])
            yield Claim(label(packages[folder]), label(version), files[folder], requires)


def _innermost(folder: str, packages: dict[str, str]) -> str | None:
    """The deepest package directory that is or holds this directory."""
    if "node_modules" not in folder:
        return None
    for match in reversed(list(_MODULES.finditer(shallow(folder)))):
        if folder[: match.end()] in packages:
            return folder[: match.end()]
    return None


def _described(manifest: bytes) -> tuple[str, tuple[str, ...]]:
    """The version, and the names of the packages that it depends on."""
    try:
        found = msgspec.json.decode(manifest, type=_Manifest)
    except (msgspec.MsgspecError, RecursionError, ValueError):
        return "", ()
    names = found.dependencies if isinstance(found.dependencies, dict) else {}
    version = found.version if isinstance(found.version, str) else ""
    return version, tuple(plain_name(str(name)) for name in names)


def _proof(source: Npm) -> PackageSource:
    return source
