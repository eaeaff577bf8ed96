"""The directory of the service in a repository that has no Dockerfile: its root, or the one of its
directories that can be started."""

from __future__ import annotations

import posixpath
import re
from collections.abc import Iterator

from runner.detect.listing import Listing
from runner.ecosystems.all import plain_of
from runner.ecosystems.port import NOTHING, Given, Plain

_MANIFESTS = frozenset(
    ("pyproject.toml", "Pipfile", "setup.py", "manage.py", "package.json", "go.mod", "Procfile")
)
_REQUIREMENTS = re.compile(r"requirements[\w.-]*\.txt")
_ASIDE = frozenset(
    (
        *("tests", "test", "docs", "doc", "examples", "example", "samples", "e2e", "scripts"),
        *("tools", "packages", "libs", "lib", "vendor", "third_party", "infra", "deploy"),
    )
)
_FIRST = ("backend", "server", "api", "app", "service", "web", "src")
"""Names of directories, where several could be started, in the order in which they are believed."""
_DEEPEST = 2
_MOST = 16
"""How many directories are looked into."""


def service_directory(listing: Listing, given: Given = NOTHING) -> str:
    """The directory, relative to the root; `.` for that itself, also where no other would do."""
    has_manifest = any(_is_manifest(path) for path in listing.paths if "/" not in path)
    if given.command or (has_manifest and isinstance(plain_of(listing), Plain)):
        return "."
    return next(iter(started_directories(listing)), ".")


def started_directories(listing: Listing) -> list[str]:
    """The directories below the root that hold something that can be started, the likeliest first:
    services come before sites."""
    found: list[tuple[bool, int, int, str]] = []
    for place in _directories(listing):
        plain = plain_of(listing.below(place))
        is_part = any(place.startswith(f"{known[-1]}/") for known in found)
        if isinstance(plain, Plain) and not is_part:
            name = posixpath.basename(place).lower()
            rank = _FIRST.index(name) if name in _FIRST else len(_FIRST)
            found.append((plain.is_site, rank, place.count("/"), place))
    return [place for *_, place in sorted(found)]


def _directories(listing: Listing) -> Iterator[str]:
    """Those with a manifest, the ones above before the ones below."""
    places = {posixpath.dirname(path) for path in listing.paths if _is_manifest(path)} - {""}
    near = [place for place in places if place.count("/") < _DEEPEST]
    shown = [place for place in near if not _ASIDE & {*place.split("/")}]
    yield from sorted(shown, key=lambda place: (place.count("/"), place))[:_MOST]


def _is_manifest(path: str) -> bool:
    name = posixpath.basename(path)
    return name in _MANIFESTS or _REQUIREMENTS.fullmatch(name) is not None
