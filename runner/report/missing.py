"""What a recommended image holds no more of what the project's own image held, in words."""

from __future__ import annotations

from collections.abc import Iterator

from runner.analysis.missing_files import Missing, MissingDirectory
from runner.model.text import first_of
from runner.report import formats

_MOST_PROGRAMS = 20
_MOST_DIRECTORIES = 10
_MOST_NAMES = 5


def missing_lines(missing: Missing) -> tuple[str, ...]:
    """A line for each kind and each directory; nothing where nothing is missing."""
    return tuple(_lines(missing))


def owner_lines(missing: Missing) -> tuple[str, ...]:
    """A line for what is root's now, and another user's before; nothing where nothing is."""
    if not missing.rooted:
        return ()
    number = sum(item.files for item in missing.rooted)
    places = first_of([f"/{item.path}" for item in missing.rooted], _MOST_NAMES)
    return (
        f"{_counted(number, 'file')} in {places} belong to root, and to another user there: the"
        " service may not write to them",
    )


def missing_summary(missing: Missing) -> str:
    """The same in one line; empty where nothing is missing but caches."""
    if not missing.files and not missing.base_programs:
        return ""
    parts = []
    if missing.files:
        parts.append(f"{_counted(missing.files, 'file')} ({formats.size(missing.bytes)})")
    if missing.programs:
        parts.append(f"the programs {first_of(missing.programs, _MOST_NAMES)}")
    if missing.base_programs:
        parts.append(f"{first_of(missing.base_programs, _MOST_NAMES)} of the base image")
    return f"not in the image any more: {'; '.join(parts)}; the check passed without them"


def _lines(missing: Missing) -> Iterator[str]:
    if missing.base_programs:
        yield (
            f"programs of the base image that the project's files name:"
            f" {first_of(missing.base_programs, _MOST_PROGRAMS)}"
        )
    if missing.programs:
        yield f"programs: {first_of(missing.programs, _MOST_PROGRAMS)}"
    for item in missing.directories[:_MOST_DIRECTORIES]:
        yield _directory(item)
    others = missing.directories[_MOST_DIRECTORIES:]
    if others:
        number, total = sum(item.files for item in others), sum(item.bytes for item in others)
        yield (
            f"{_counted(number, 'file')} in {_counted(len(others), 'other directory')}:"
            f" {formats.size(total)}"
        )
    if missing.cache_files:
        yield (
            f"caches, bytecode, logs and temporary files: {formats.size(missing.cache_bytes)} in"
            f" {_counted(missing.cache_files, 'file')}"
        )


def _directory(item: MissingDirectory) -> str:
    return (
        f"/{item.path}: {formats.size(item.bytes)} in {_counted(item.files, 'file')}"
        f" ({first_of(item.names, _MOST_NAMES)})"
    )


def _counted(number: int, what: str) -> str:
    """`1 file`, `2 files`, `2 other directories`."""
    if number == 1:
        return f"1 {what}"
    return f"{number} {what.removesuffix('y')}ies" if what.endswith("y") else f"{number} {what}s"
