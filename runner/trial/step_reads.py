"""Which files a source of an instruction takes along, and which stage a name means."""

from __future__ import annotations

from collections.abc import Sequence
from fnmatch import fnmatchcase
from pathlib import PurePosixPath


def covers(source: str, path: str) -> bool:
    """Whether a source of a COPY, which may be a pattern or a directory, takes this file along."""
    wanted = PurePosixPath("/" + source).parts[1:]
    parts = PurePosixPath(path).parts
    if len(wanted) > len(parts):
        return False
    return all(fnmatchcase(part, pattern) for part, pattern in zip(parts, wanted, strict=False))


def stage_named(reference: str, names: Sequence[str]) -> int | None:
    """The stage of a name or number; the last of that name."""
    if reference.isdigit() and int(reference) < len(names):
        return int(reference)
    wanted = reference.lower()
    return max((index for index, name in enumerate(names) if name and name == wanted), default=None)
