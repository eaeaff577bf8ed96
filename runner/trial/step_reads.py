"""Which files what an instruction reads takes along, and which stages of a Dockerfile are built."""

from __future__ import annotations

from collections.abc import Sequence
from fnmatch import fnmatchcase
from pathlib import PurePosixPath

from runner.dockerfile.document import Document
from runner.dockerfile.reads import reads_of


def covers(source: str, path: str) -> bool:
    """Whether a source of a COPY, which may be a pattern or a directory, takes this file along."""
    wanted = PurePosixPath("/" + source).parts[1:]
    parts = PurePosixPath(path).parts
    if len(wanted) > len(parts):
        return False
    return all(fnmatchcase(part, pattern) for part, pattern in zip(parts, wanted, strict=False))


def needed_stages(document: Document) -> set[int]:
    """The stages that are built: the last one, and what it builds on or copies from."""
    names = [stage.name for stage in document.stages]
    needed: set[int] = set()
    waiting = [len(names) - 1]
    while waiting:
        index = waiting.pop()
        if index in needed or index < 0:
            continue
        needed.add(index)
        references = [document.stages[index].reference]
        for item in document.in_stage(index):
            references += [x.origin for x in reads_of(document, item) if x.origin]
        found = (stage_named(reference, names) for reference in references)
        waiting += [other for other in found if other is not None]
    return needed


def stage_named(reference: str, names: Sequence[str]) -> int | None:
    """The stage of a name or number; the last of that name."""
    if reference.isdigit() and int(reference) < len(names):
        return int(reference)
    wanted = reference.lower()
    return max((index for index, name in enumerate(names) if name and name == wanted), default=None)
