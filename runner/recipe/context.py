"""The build context: which files of a project a .dockerignore leaves.

The two builders read the same patterns, but walk differently. BuildKit looks into an ignored
directory wherever an exception could hold for something below it, and sends the directory with what
it finds there. The classic builder looks only where an exception begins with the directory's own
path (`*` with `!**/*.py` leaves it nothing below the root), and sends what it finds alone.
"""

from __future__ import annotations

import os
import re
import stat
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from runner.model.engine import BuilderName
from runner.model.errors import ProjectError
from runner.model.hard_links import HardLinks
from runner.recipe.ignore_patterns import (
    IgnorePattern,
    ParentMatches,
    compile_patterns,
    is_ignored,
    read_ignore_file,
)


@dataclass(frozen=True)
class ContextEntry:
    """One file, directory or link of a context."""

    path: str
    """Relative to the context's root, with slashes."""
    mode: int
    """Permission bits."""
    bytes: int
    """Size of a regular file; 0 for the others."""
    link: str | None = None
    """Target of a symbolic link."""
    folder: bool = False
    same_as: str | None = None
    """An earlier entry that is another name of the same file (a hard link)."""


def list_context(
    root: Path, dockerignore: str, builder: BuilderName = BuilderName.buildkit
) -> list[ContextEntry]:
    """What would be sent of `root`, sorted by path; sockets, pipes and devices are left out.

    Raises `ProjectError` if the directory or a file in it cannot be read, or if Docker would refuse
    the .dockerignore.
    """
    if not root.is_dir():
        raise ProjectError(f"{root}: the build context is not a directory: check the paths")
    patterns = compile_patterns(read_ignore_file(dockerignore))
    try:
        found = sorted(_Walk(root, patterns, builder).entries(), key=_by_path)
    except OSError as error:
        raise ProjectError(f"{error.filename}: cannot be read: {error.strerror}") from error
    return list(_hard_links(found))


Found = tuple[ContextEntry, os.stat_result]


def _by_path(found: Found) -> bytes:
    return os.fsencode(found[0].path)


def _hard_links(found: Iterable[Found]) -> Iterator[ContextEntry]:
    """The entries, each further name of a file with the first: both builders keep such links."""
    links = HardLinks()
    for entry, status in found:
        first = links.earlier_name(status, entry.path)
        yield replace(entry, bytes=0, same_as=first) if first else entry


@dataclass
class _Visited:
    """A directory on the way down to where the walk is."""

    path: str
    """With its slash at the end; empty for the root."""
    matches: ParentMatches | None
    members: Iterator[os.DirEntry[str]]
    unsent: tuple[Found, ...] = ()
    """Its own entry, as long as it is ignored and nothing below it was sent."""


class _Walk:
    """One walk of a context, as a builder's client makes it."""

    def __init__(self, root: Path, patterns: Sequence[IgnorePattern], builder: BuilderName) -> None:
        self._root, self._patterns = root, patterns
        self._classic = builder is BuilderName.classic
        kept = [pattern.text for pattern in patterns if pattern.exception]
        self._kept = kept if self._classic else [_without_trailing_glob(text) for text in kept]

    def entries(self) -> Iterator[Found]:
        """What is sent, in no order."""
        way = [self._visit("", None)]
        while way:
            at = way[-1]
            member = next(at.members, None)
            if member is None:
                way.pop()
                continue
            path = at.path + member.name
            ignored, matches = is_ignored(self._patterns, path, at.matches)
            if not ignored:
                for above in way:
                    yield from above.unsent
                    above.unsent = ()
                yield from _entry(member, path)
            if member.is_dir(follow_symlinks=False) and not (ignored and self._skips(f"{path}/")):
                way.append(self._visit(f"{path}/", matches))
                if ignored and not self._classic:
                    way[-1].unsent = tuple(_entry(member, path))

    def _visit(self, path: str, matches: ParentMatches | None) -> _Visited:
        with os.scandir(f"{self._root}/{path}") as listing:
            return _Visited(path, matches, iter(list(listing)))

    def _skips(self, directory: str) -> bool:
        """Whether the builder does not look into an ignored directory at all."""
        if not self._classic and any(map(_is_glob, self._kept)):
            return False
        return not any(f"{kept}/".startswith(directory) for kept in self._kept)


def _without_trailing_glob(pattern: str) -> str:
    return pattern.removesuffix("/**").removesuffix("/*")


def _is_glob(pattern: str) -> bool:
    return re.search(r"[*\[\]?^\\]", pattern) is not None


def _entry(member: os.DirEntry[str], path: str) -> Iterator[Found]:
    status = member.stat(follow_symlinks=False)
    mode = stat.S_IMODE(status.st_mode)
    if stat.S_ISLNK(status.st_mode):
        yield ContextEntry(path, 0o777, 0, link=str(Path(member.path).readlink())), status
    elif stat.S_ISDIR(status.st_mode):
        yield ContextEntry(path, mode, 0, folder=True), status
    elif stat.S_ISREG(status.st_mode):
        yield ContextEntry(path, mode, status.st_size), status
