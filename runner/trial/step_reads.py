"""What the instructions of a Dockerfile read: paths of the context, other stages, images."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from fnmatch import fnmatchcase
from pathlib import PurePosixPath

from runner.dockerfile.document import Document, Instruction

_MOUNT = re.compile(r"^--mount=(.*)$")
_QUOTED = re.compile(r'"((?:[^"\\]|\\.)*)"')


@dataclass(frozen=True)
class Reads:
    """What an instruction reads: paths of the context, or of a stage or image."""

    origin: str
    """Empty for the context."""
    sources: tuple[str, ...]


def copy_reads(document: Document, item: Instruction) -> Reads:
    origin = next(
        (flag.partition("=")[2] for flag in document.flags(item) if flag.startswith("--from=")), ""
    )
    value = document.value(item)
    words = _QUOTED.findall(value) if value.startswith("[") else value.split()
    sources = tuple(word for word in words[:-1] if not word.startswith("<<"))
    return Reads(origin, sources)


def mount_reads(flag: str) -> Reads | None:
    match = _MOUNT.match(flag)
    if match is None:
        return None
    options = dict(part.partition("=")[::2] for part in match[1].split(","))
    if options.get("type", "bind") != "bind":
        return None
    source = options.get("source") or options.get("src") or "."
    return Reads(options.get("from", ""), (source,))


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
            reads = [mount_reads(flag) for flag in document.flags(item)]
            if item.keyword in ("COPY", "ADD"):
                reads.append(copy_reads(document, item))
            references += [read.origin for read in reads if read and read.origin]
        found = (stage_named(reference, names) for reference in references)
        waiting += [other for other in found if other is not None]
    return needed


def stage_named(reference: str, names: Sequence[str]) -> int | None:
    """The stage of a name or number; the last of that name."""
    if reference.isdigit() and int(reference) < len(names):
        return int(reference)
    wanted = reference.lower()
    return max((index for index, name in enumerate(names) if name and name == wanted), default=None)
