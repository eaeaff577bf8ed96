"""Packages of the distribution: which of those that a build installs the running service needs."""

from __future__ import annotations

from collections.abc import Collection, Iterable

from runner.dockerfile.spans import NotApplicable

_RUNTIME_OF = {
    "libpq-dev": "libpq5",
    "libffi-dev": "libffi8",
    "libssl-dev": "libssl3",
    "default-libmysqlclient-dev": "libmariadb3",
    "libxml2-dev": "libxml2",
    "libxslt1-dev": "libxslt1.1",
    "libjpeg-dev": "libjpeg62-turbo",
    "zlib1g-dev": "zlib1g",
}
"""Headers → the library that what was compiled against them loads (Debian 12)."""
_ONLY_BUILD = frozenset(
    (
        *("build-essential", "gcc", "g++", "make", "cmake", "git", "pkg-config", "python3-dev"),
        *("build-base", "musl-dev", "linux-headers", "patch", "autoconf", "automake", "libtool"),
    )
)


def needed_at_run_time(
    names: Iterable[str], started: Collection[str] = ()
) -> list[str] | NotApplicable:
    """The libraries in the place of their headers, and what is no tool of a build or is `started`
    in a container; refused for headers of which the library is not known."""
    found: list[str] = []
    for name in names:
        if name in _ONLY_BUILD and name not in started:
            continue
        if name.endswith(("-dev", "-headers")):
            if name not in _RUNTIME_OF:
                return NotApplicable(f"which library of {name} the service needs is not known")
            found.append(_RUNTIME_OF[name])
        else:
            found.append(name)
    return list(dict.fromkeys(found))
