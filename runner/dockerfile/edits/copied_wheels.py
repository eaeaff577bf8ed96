"""What a COPY brings for pip to install: a directory of wheels, or single ones."""

from __future__ import annotations

import posixpath
import re
from collections.abc import Iterator
from dataclasses import dataclass, replace
from itertools import pairwise

from runner.dockerfile.document import Document, Instruction
from runner.dockerfile.edits.places import before, target_of, workdir_at
from runner.dockerfile.reads import copy_reads, origin_of, words_of_copy

MOST = 5
"""As many files of one COPY, and as many COPY instructions, are looked at."""
_NAMES = re.compile(r"(?:.*[._-])?(?:wheels?|wheelhouse|whls?)")
_BUILT = "dist"
"""Where Python's tools put wheels, and others something else."""
_KEEPS = ("--from", "--chown", "--chmod", "--link")
"""Flags of a COPY that a mount has, or that mean nothing to root."""
_UNWRITABLE = re.compile(r"[,\"'\s$]")
_PATTERN = re.compile(r"[*?\[]")
_SHARED = (
    *("/", "/home", "/media", "/mnt", "/opt", "/root", "/srv", "/tmp", "/usr", "/usr/local"),
    *("/usr/src", "/var", "/var/cache", "/var/lib", "/var/tmp"),
)
"""Directories that there are without this COPY, and that hold more than it brings."""


@dataclass(frozen=True)
class Wheels:
    """One source of a COPY, and where the image has it."""

    item: Instruction
    origin: str
    """The stage or image; empty for the context."""
    source: str
    """A wheel, or a directory."""
    target: str
    """Where it lies in the image, absolute."""
    names: str = ""
    """The names that are taken of a directory: `*.whl`, `*`; empty for a single wheel."""
    are_all: bool = False
    """Whether all in that directory is for pip."""


def wheels_of(document: Document, item: Instruction) -> list[Wheels] | str:
    """What a COPY brings for pip; why that cannot be mounted (one line); nothing for any other."""
    reads, target = copy_reads(document, item), (words_of_copy(document.value(item)) or [""])[-1]
    if item.heredocs or len(reads.sources) > MOST:
        return []
    looked_at = (_brought(document, item, reads.origin, x) for x in reads.sources)
    found = [x for x in looked_at if x is not None]
    are_files = not any(x.names for x in found)
    most = MOST if are_files else 1
    if not found or not len(found) == len(reads.sources) <= most:
        return []
    if any(map(_UNWRITABLE.search, (reads.origin, *reads.sources, target))):
        return "names a variable or a character that a mount cannot have"
    if other := [x for x in document.flags(item) if not x.startswith(_KEEPS)]:
        return f"has {other[0].partition('=')[0]}, which a mount has not"
    workdirs = _workdirs(document, item)
    if not target.startswith("/") and ("$" in workdir_at(document, item) or not workdirs):
        return "copies to a working directory that is not known"
    shared = {*_SHARED, *workdirs}
    if are_files and (len(found) > 1 or target.endswith(("/", ".")) or found[0].target in shared):
        inside = (posixpath.join(x.target, posixpath.basename(x.source)) for x in found)
        found = [replace(x, target=place) for x, place in zip(found, inside, strict=True)]
    if any(is_within(place, x.target) for place in shared for x in found):
        return "copies into a directory that holds more"
    parent = posixpath.dirname(found[0].target)
    known = any(is_within(place, parent) for place in shared)
    return found if known else f"makes the directory {parent}, which would be missing"


def _brought(document: Document, item: Instruction, origin: str, source: str) -> Wheels | None:
    """One source, if it is wheels or a directory of them, by its name or by what fills it."""
    path = posixpath.normpath(source if origin else source.lstrip("/") or ".")
    place = resolved(target_of(document, item), "/")
    above, name = posixpath.split(path)
    if name.endswith(".whl") and not _PATTERN.search(path):
        return Wheels(item, origin, path, place)
    directory, names = (above, name) if name.endswith(".whl") else (path, "*")
    named = (directory, place) if names == "*" else (directory,)
    are_all = any(_NAMES.fullmatch(posixpath.basename(x)) for x in named)
    are_all = are_all or resolved(directory, "/") in _built(document, item, origin)
    is_known = are_all or posixpath.basename(directory) == _BUILT
    if _PATTERN.search(directory) or directory in (".", "/") or not is_known:
        return None
    return Wheels(item, origin, directory, place, names, are_all)


def _built(document: Document, item: Instruction, origin: str) -> Iterator[str]:
    """Where `pip wheel` of a stage, and of what it is built on, puts wheels and nothing else lies;
    of an image that is not known."""
    stages = document.lineage_of(origin_of(document, item, origin))
    for run in (x for x in document.runs() if x.stage in stages):
        words = document.value(run).replace("=", " ").split()
        for option, path in pairwise(words) if "wheel" in words else ():
            workdir = workdir_at(document, run) if option in ("-w", "--wheel-dir") else ""
            if workdir and not is_within(workdir, resolved(path, workdir)):
                yield resolved(path, workdir)


def _workdirs(document: Document, item: Instruction) -> list[str]:
    """The working directories that are set above; none where only their end is known."""
    above = [document.value(x) for x in before(document, item) if x.keyword == "WORKDIR"]
    known = [resolved(x, "/") for x in above if x.startswith("/") and "$" not in x]
    return [*known, workdir_at(document, item)] if known else []


def resolved(path: str, workdir: str) -> str:
    """A path as an absolute one."""
    found = posixpath.normpath(posixpath.join(workdir, path.removeprefix("file://")))
    return f"/{found.lstrip('/')}"


def is_within(path: str, directory: str) -> bool:
    """Whether an absolute path is a directory or lies in it."""
    return f"{path}/".startswith("/" if directory == "/" else f"{directory}/")
