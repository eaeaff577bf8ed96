"""The build context: which files a .dockerignore leaves, and one deterministic tarball of them.

The tarball is ours and not the SDK's, because the SDK's carries time stamps and owners, and holds
the whole context in memory or a spooled file of its own. What the SDK is used for, as the only
import of it on this floor, is the meaning of a .dockerignore: Docker's own matcher, in its words.
"""

from __future__ import annotations

import hashlib
import io
import os
import stat
import tarfile
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import IO, Protocol

from docker.utils.build import PatternMatcher

from runner.model.errors import ProjectError
from runner.model.record import ContextRecord

DOCKERFILE = "Dockerfile.dockbench"
"""What the Dockerfile is called in the tarball, if the project has nothing of that name."""
MTIME = 315532800
"""1980-01-01, the earliest time that zip archives (and so wheels) can hold."""
BUFFER_BYTES = 1 << 20


class Readable(Protocol):
    """Where a file's content comes from."""

    def read(self, size: int = -1, /) -> bytes:
        """The next bytes."""


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


@dataclass(frozen=True)
class WrittenContext:
    """A context tarball."""

    path: Path
    dockerfile: str
    """Name of the Dockerfile in it."""
    record: ContextRecord
    """The project's files alone: the Dockerfile is not counted."""


def list_context(root: Path, dockerignore: str) -> list[ContextEntry]:
    """What would be sent of `root`, sorted by path; sockets, pipes and devices are left out.

    Raises `ProjectError` if the folder or a file in it cannot be read.
    """
    if not root.is_dir():
        raise ProjectError(f"{root}: the build context is not a folder; check the project's paths")
    try:
        paths = sorted(_matcher(dockerignore).walk(str(root)), key=os.fsencode)
        entries = [_entry(root, path) for path in paths]
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


def _entry(root: Path, path: str) -> ContextEntry | None:
    found = (root / path).lstat()
    mode = stat.S_IMODE(found.st_mode)
    if stat.S_ISLNK(found.st_mode):
        return ContextEntry(path, 0o777, 0, link=str((root / path).readlink()))
    if stat.S_ISDIR(found.st_mode):
        return ContextEntry(path, mode, 0, folder=True)
    if stat.S_ISREG(found.st_mode):
        return ContextEntry(path, mode, found.st_size)
    return None


def measure_context(root: Path, dockerignore: str) -> ContextRecord:
    """Size and digest of a context without writing it; raises `ProjectError` as `list_context`."""
    return _digest(root, list_context(root, dockerignore), lambda _, __: None)


def write_context(
    root: Path,
    dockerignore: str,
    dockerfile: str,
    out: Path,
    files: Mapping[str, str] | None = None,
) -> WrittenContext:
    """Write the tarball of a context, its Dockerfile and further files (name → text) to `out`:
    uncompressed, in sorted order, with fixed owners and times, so that equal contexts give equal
    bytes.

    Raises `ProjectError` if a file cannot be read, if the project has a file of such a name
    already, or if the tarball cannot be written.
    """
    entries = list_context(root, dockerignore)
    taken = {entry.path for entry in entries}
    name = _free_name(taken)
    for other in sorted(taken & set(files or ())):
        raise ProjectError(f"{root / other}: dockbench sends a file of this name: rename yours")
    try:
        with tarfile.TarFile(
            out, "w", format=tarfile.GNU_FORMAT, copybufsize=BUFFER_BYTES
        ) as archive:
            for own_name, own_text in {name: dockerfile, **(files or {})}.items():
                text = own_text.encode()
                info = _tar_info(ContextEntry(own_name, 0o644, len(text)))
                archive.addfile(info, io.BytesIO(text))

            def add(entry: ContextEntry, content: Readable | None) -> None:
                archive.addfile(_tar_info(entry), content)

            record = _digest(root, entries, add)
    except OSError as error:
        where = error.filename or out
        raise ProjectError(f"{where}: the build context was not written: {error}") from error
    return WrittenContext(out, name, record)


def _free_name(taken: set[str]) -> str:
    name, number = DOCKERFILE, 2
    while name in taken:
        name, number = f"{DOCKERFILE}-{number}", number + 1
    return name


def _tar_info(entry: ContextEntry) -> tarfile.TarInfo:
    info = tarfile.TarInfo(entry.path)
    info.mode, info.size, info.mtime = entry.mode, entry.bytes, MTIME
    if entry.link is not None:
        info.type, info.linkname = tarfile.SYMTYPE, entry.link
    elif entry.folder:
        info.type = tarfile.DIRTYPE
    return info


def _digest(
    root: Path,
    entries: list[ContextEntry],
    visit: Callable[[ContextEntry, Readable | None], None],
) -> ContextRecord:
    """Show each entry with its content to `visit`; returns what they add up to."""
    digest = hashlib.sha256()
    for entry in entries:
        content = ""
        if entry.link is not None or entry.folder:
            visit(entry, None)
        else:
            with (root / entry.path).open("rb") as file:
                hashing = _Hashing(file)
                visit(entry, hashing)
                content = hashing.hexdigest()
        kind = "link" if entry.link is not None else "folder" if entry.folder else "file"
        fields = (entry.path, kind, f"{entry.mode:o}", entry.link or "", content)
        digest.update(b"".join(os.fsencode(field) + b"\0" for field in fields))
    files = [entry for entry in entries if not entry.folder]
    return ContextRecord(
        bytes=sum(entry.bytes for entry in files), files=len(files), digest=digest.hexdigest()
    )


class _Hashing:
    """A file that is hashed while it is read."""

    def __init__(self, file: IO[bytes]) -> None:
        self._file = file
        self._digest = hashlib.sha256()

    def read(self, size: int = -1) -> bytes:
        """The next bytes."""
        block = self._file.read(size)
        self._digest.update(block)
        return block

    def hexdigest(self) -> str:
        """The hash of the whole file, of which the rest is read first."""
        while self.read(BUFFER_BYTES):
            pass
        return self._digest.hexdigest()
