"""The build context: which files of a project a .dockerignore leaves.

The SDK is used, as the only import of it on this floor, for the meaning of a .dockerignore:
Docker's own matcher, in its words.
"""

from __future__ import annotations

import os
import stat
from dataclasses import dataclass
from pathlib import Path

from docker.utils.build import PatternMatcher

from runner.model.errors import ProjectError


@dataclass(frozen=True)
class ContextEntry:
    """One file, folder or symbolic link of a context."""

    path: str
    """Relative to the context's root, with slashes."""
    mode: int
    """Permission bits."""
    bytes: int
    """Size of a regular file; 0 for the others."""
    link: str | None = None
    """Target of a symbolic link."""
    folder: bool = False


def list_context(root: Path, dockerignore: str) -> list[ContextEntry]:
    """What would be sent of `root`, sorted by path; sockets, pipes and devices are left out.

    Raises `ProjectError` if the folder or a file in it cannot be read.
    """
    if not root.is_dir():
        raise ProjectError(f"{root}: the build context is not a folder; check the project's paths")
    try:
        paths = sorted(_matcher(dockerignore).walk(str(root)), key=os.fsencode)
        entries = [_entry(f"{root}/{path}", path) for path in paths]
    except OSError as error:
        raise ProjectError(f"{error.filename}: cannot be read: {error.strerror}") from error
    return [entry for entry in entries if entry is not None]


def _matcher(dockerignore: str) -> PatternMatcher:
    """Docker's matcher for the lines of a .dockerignore, less the exception that it adds last: a
    .dockerignore is always sent, for the engine's own use, but our tarball is what is copied."""
    lines = (line.strip() for line in dockerignore.splitlines())
    matcher = PatternMatcher([line for line in lines if line and not line.startswith("#")])
    matcher.patterns.pop()
    return matcher


def _entry(full: str, path: str) -> ContextEntry | None:
    found = os.lstat(full)
    mode = stat.S_IMODE(found.st_mode)
    if stat.S_ISLNK(found.st_mode):
        return ContextEntry(path, 0o777, 0, link=str(Path(full).readlink()))
    if stat.S_ISDIR(found.st_mode):
        return ContextEntry(path, mode, 0, folder=True)
    if stat.S_ISREG(found.st_mode):
        return ContextEntry(path, mode, found.st_size)
    return None
