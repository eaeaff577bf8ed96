"""Which version of Python a project asks for, and where it says so."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import Any

from packaging.specifiers import InvalidSpecifier, SpecifierSet

from runner.model.foreign import table_of, toml_or_nothing

USUAL = "3.11"
"""The version where a project names none, or leaves the choice."""

KNOWN = tuple(f"3.{minor}" for minor in range(6, 16))
"""The releases that a range may choose from."""

_RELEASE = re.compile(r"(?<![\d.])([23]\.\d{1,2})(?!\d)")
_BOUND = re.compile(r"(\^|~(?!=))\s*(\d+)(?:\.(\d+))?(?:\.\d+)*")
_PATCHES = 40
"""More than any release has had."""
_ONE_PATCH = re.compile(r"\s*={0,3}\s*(3\.\d{1,2}\.\d{1,2})\s*")
_LONGEST = 200
"""Characters of a requirement that is read."""


def wanted_python(texts: Mapping[str, str]) -> tuple[str, str]:
    """`3.12` and `.python-version`; two empty texts where the project does not say.

    `texts` is file name → content. A file that names a release comes before a range: of a range
    that allows `USUAL` that is taken, else the lowest that is above it, else the highest below.
    """
    if named := named_release(texts):
        return named
    for wanted in _ranges(texts):
        if found := allowed(wanted):
            return found, f"{wanted} in pyproject.toml"
    return "", ""


def named_release(texts: Mapping[str, str]) -> tuple[str, str] | None:
    """The release that a file names, and the file; None where none does, as with a range."""
    for name in (".python-version", "runtime.txt"):
        if match := _RELEASE.search(texts.get(name, "")[:_LONGEST]):
            return match[1], name
    pipfile = table_of(toml_or_nothing(texts.get("Pipfile", "")), "requires")
    for key in ("python_version", "python_full_version"):
        if match := _RELEASE.match(str(pipfile.get(key, ""))):
            return match[1], f"{key} in Pipfile"
    return None


def only_patch(texts: Mapping[str, str]) -> str:
    """`3.11.7` where a pyproject.toml allows that patch alone; else empty: what it locks is for no
    other one."""
    ranges = _ranges(texts)
    return next((match[1] for wanted in ranges if (match := _ONE_PATCH.fullmatch(wanted))), "")


def allowed(wanted: str) -> str:
    """The release that a range like `>=3.10,<3.13`, `^3.12` or `3.12.*` asks for; empty for one
    that none is in, or that cannot be read."""
    if len(wanted) > _LONGEST:
        return ""
    ranges = [found for found in _alternatives(wanted) if found is not None]
    fitting = [release for found in ranges for release in KNOWN if _holds(found, release)]
    if USUAL in fitting:
        return USUAL
    above = [release for release in KNOWN if release in fitting and _minor(release) > 11]
    below = [release for release in KNOWN if release in fitting and _minor(release) < 11]
    return next(iter([*above, *reversed(below)]), "")


def fits(texts: Mapping[str, str], release: str) -> bool:
    """Whether the ranges of a pyproject.toml have a release in them; so has one that cannot be
    read, and a project that says none."""
    return all(_in_range(wanted, release) for wanted in _ranges(texts))


def _in_range(wanted: str, release: str) -> bool:
    ranges = _alternatives(wanted[:_LONGEST])
    return any(found is None or _holds(found, release) for found in ranges)


def _alternatives(wanted: str) -> list[SpecifierSet | None]:
    """The ranges that `||` stands between, None for one that cannot be read."""
    return [_specifiers(alternative.strip()) for alternative in wanted.split("||")]


def _specifiers(wanted: str) -> SpecifierSet | None:
    try:
        return SpecifierSet(_BOUND.sub(_as_specifiers, _exact(wanted)))
    except InvalidSpecifier:
        return None


def _holds(specifiers: SpecifierSet, release: str) -> bool:
    """Whether any patch of a release is in a range: 3.11.0 is not in `>=3.11.4`."""
    return any(specifiers.contains(f"{release}.{patch}") for patch in range(_PATCHES))


def _exact(text: str) -> str:
    """A bare `3.11`, which Poetry takes for exactly that release."""
    return f"=={text}.*" if re.fullmatch(r"\d+\.\d+", text) else re.sub(r"^(?=\d)", "==", text)


def _as_specifiers(match: re.Match[str]) -> str:
    """Poetry's `^3.11` and `~3.11` as others write them."""
    major, minor = int(match[2]), match[3]
    lowest = match[0].lstrip("^~ ")
    if match[1] == "^" or minor is None:
        return f">={lowest},<{major + 1}"
    return f">={lowest},<{major}.{int(minor) + 1}"


def _minor(release: str) -> int:
    return int(release.partition(".")[2])


def _ranges(texts: Mapping[str, str]) -> Iterator[str]:
    document = toml_or_nothing(texts.get("pyproject.toml", ""))
    poetry = table_of(table_of(document, "tool"), "poetry")
    yield from filter(
        None,
        (
            _text(table_of(document, "project").get("requires-python")),
            _text(table_of(poetry, "dependencies").get("python")),
        ),
    )


def _text(value: Any) -> str:
    return value if isinstance(value, str) else ""
