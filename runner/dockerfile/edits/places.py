"""Where in an image things are when an instruction runs: its working directory, its user, and the
files of the context that were copied before."""

from __future__ import annotations

import fnmatch
import posixpath
import re
from collections.abc import Iterable

from runner.dockerfile.document import Document, Instruction
from runner.dockerfile.reads import words_of_copy

_VARIABLE = re.compile(r"\$\{?(\w+)")


def workdir_at(document: Document, item: Instruction) -> str:
    """The working directory of an instruction; what a base image sets is not known, so `/`."""
    return workdir_behind(document, before(document, item))


def workdir_behind(document: Document, items: Iterable[Instruction]) -> str:
    """The working directory behind these instructions, which begin in `/`."""
    found = "/"
    for item in items:
        if item.keyword == "WORKDIR":
            found = joined(document, found, item, document.value(item))
    return posixpath.normpath(found)


def joined(document: Document, place: str, item: Instruction, path: str) -> str:
    """Where a path of an instruction leads from this directory; a variable at its beginning, as in
    `$APP_HOME/web`, is taken to hold an absolute one where nothing above says otherwise."""
    plain = path.strip("\"'")
    name = _VARIABLE.match(plain)
    is_absolute = name is not None and not _is_relative(document, item, name[1])
    return posixpath.join(place, f"/{plain}" if is_absolute else plain)


def _is_relative(document: Document, item: Instruction, name: str) -> bool:
    """Whether the last ENV or ARG above an instruction gives a variable a relative path."""
    texts = [document.value(x) for x in before(document, item) if x.keyword in ("ENV", "ARG")]
    found = re.findall(rf"(?:^|\s){name}(?:=|\s+)[\"']?(\S)", "\n".join(texts))
    return bool(found) and found[-1] not in "/$"


def user_at(document: Document, item: Instruction) -> str:
    """Who an instruction is run as; empty for root."""
    users = [document.value(other) for other in before(document, item) if other.keyword == "USER"]
    return users[-1] if users and users[-1].partition(":")[0] not in ("root", "0") else ""


def copied_to(document: Document, item: Instruction, path: str) -> frozenset[str]:
    """Where the COPY and ADD instructions before `item` put one file of the context."""
    found = set()
    for other in before(document, item):
        if other.keyword in ("COPY", "ADD") and not other.heredocs:
            found |= _targets(document, other, path)
    return frozenset(found)


def target_of(document: Document, item: Instruction) -> str:
    """Where a COPY or ADD puts what it takes, absolute: a file, or the directory that gets it."""
    words = words_of_copy(document.value(item))
    place = joined(document, workdir_at(document, item), item, words[-1] if words else ".")
    return posixpath.normpath(place)


def before(document: Document, item: Instruction) -> list[Instruction]:
    """What stands above an instruction in its stage, and in the stages that this is built on."""
    stages = document.lineage_of(item.stage)
    return [x for x in document.instructions if x.start < item.start and x.stage in stages]


def _targets(document: Document, item: Instruction, path: str) -> set[str]:
    flags = document.flags(item)
    if any(re.match(r"--(?:from|parents|exclude)\b", flag) for flag in flags):
        return set()
    words = words_of_copy(document.value(item))
    if len(words) < 2 or any("$" in word or "://" in word for word in words):
        return set()
    *sources, target = words
    place = posixpath.join(workdir_at(document, item), target)
    directory = len(sources) > 1 or target.endswith(("/", ".")) or _is_pattern(sources[0])
    return {
        found
        for source in sources
        if (found := _target(source, place, path, directory=directory)) is not None
    }


def _target(source: str, place: str, path: str, *, directory: bool) -> str | None:
    """Where one source puts the file; None if it does not have it."""
    wanted = posixpath.normpath(source.lstrip("/") or ".")
    if wanted == ".":
        return posixpath.normpath(posixpath.join(place, path))
    if path.startswith(f"{wanted}/"):
        return posixpath.normpath(posixpath.join(place, path.removeprefix(f"{wanted}/")))
    same_depth = wanted.count("/") == path.count("/")
    if path == wanted or (same_depth and fnmatch.fnmatchcase(path, wanted)):
        end = posixpath.basename(path) if directory else ""
        return posixpath.normpath(posixpath.join(place, end))
    return None


def _is_pattern(source: str) -> bool:
    return any(sign in source for sign in "*?[")


def comment_start(document: Document, item: Instruction) -> int:
    """Where the comment begins that stands directly above an instruction, else where that does."""
    lines = document.text[: item.start].splitlines(keepends=True)
    start = item.start
    while lines and lines[-1].lstrip().startswith("#"):
        start -= len(lines.pop())
    return start
