"""One deterministic tarball of a build context, packed while it is sent.

The tarball is ours and not the SDK's, because the SDK's carries time stamps and owners, and holds
the whole context in memory or a spooled file of its own. Nothing is written to disk: the engine
reads the first files while the next ones are packed, as the docker command line does it.
"""

from __future__ import annotations

import hashlib
import io
import os
import tarfile
from collections.abc import Generator, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path

from runner.model.engine import BuilderName
from runner.model.errors import ProjectError
from runner.model.record import ContextRecord
from runner.oci.tar_writer import padding
from runner.recipe.context import ContextEntry, list_context

DOCKERFILE = "Dockerfile.dockbench"
"""What the Dockerfile is called in the tarball, if the project has nothing of that name."""
IGNORE_FILE = ".dockerignore"
MTIME = 315532800
"""1980-01-01, the earliest time that zip archives (and so wheels) can hold."""
BLOCK_BYTES = 1 << 18
"""Small files are gathered to this, large ones cut to it."""


@dataclass
class PackedContext:
    """A build context as an uncompressed tarball: in sorted order, with fixed owners and times, so
    that equal contexts give equal bytes. It is packed anew each time that it is read."""

    root: Path
    entries: Sequence[ContextEntry]
    dockerfile: str
    """Name of the Dockerfile in it."""
    own: Mapping[str, str]
    """What is sent beside the project's files, the Dockerfile first: name → text."""
    changed: Mapping[str, bytes] = field(default_factory=dict)
    """Path of a regular file → what is sent in its place."""
    _record: ContextRecord | None = field(default=None, repr=False)

    @property
    def files(self) -> list[str]:
        """Paths of the regular files."""
        return [entry.path for entry in self.entries if entry.link is None and not entry.folder]

    def content(self, path: str) -> bytes:
        """What is sent of a regular file; raises as `blocks`."""
        (entry,) = [entry for entry in self.entries if entry.path == path]
        return b"".join(self._content(entry))

    def edited(self, changed: Mapping[str, bytes], own: Mapping[str, str]) -> PackedContext:
        """The same with the content of some regular files changed and further files of our own:
        what lies on the disk stays as it is."""
        entries = [
            replace(entry, bytes=len(changed[entry.path])) if entry.path in changed else entry
            for entry in self.entries
        ]
        return PackedContext(
            self.root, entries, self.dockerfile, {**self.own, **own}, {**self.changed, **changed}
        )

    def blocks(self) -> Generator[bytes]:
        """The tarball's bytes.

        Raises `ProjectError` if a file cannot be read, or is shorter than when it was listed.
        """
        return _gathered(self._pieces())

    def record(self) -> ContextRecord:
        """The project's files alone, as they were packed the last time: our own are not counted.

        Packs them, for nobody, if nobody has read the tarball to its end; raises as `blocks`.
        """
        if self._record is None:
            for _ in self._pieces():
                pass
        assert self._record is not None
        return self._record

    def _pieces(self) -> Iterator[bytes]:
        written = 0
        for piece in self._members():
            written += len(piece)
            yield piece
        ending = 2 * tarfile.BLOCKSIZE
        yield bytes(ending + -(written + ending) % tarfile.RECORDSIZE)

    def _members(self) -> Iterator[bytes]:
        for name, text in self.own.items():
            content = text.encode()
            yield _header(ContextEntry(name, 0o644, len(content)))
            yield content
            yield padding(len(content))
        digest = hashlib.sha256()
        for entry in self.entries:
            content_digest = hashlib.sha256()
            sent = entry.path not in self.own
            if sent:
                yield _header(entry)
            for block in self._content(entry):
                content_digest.update(block)
                if sent:
                    yield block
            if sent:
                yield padding(entry.bytes)
            digest.update(_identity(entry, content_digest.hexdigest()))
        self._record = _record(self.entries, digest.hexdigest())

    def _content(self, entry: ContextEntry) -> Iterator[bytes]:
        """A regular file's content, as many bytes as it had when it was listed."""
        if not entry.bytes:
            return
        if entry.path in self.changed:
            yield self.changed[entry.path]
            return
        path = f"{self.root}/{entry.path}"
        left = entry.bytes
        try:
            with io.FileIO(path) as file:
                while left and (block := file.read(min(left, BLOCK_BYTES))):
                    left -= len(block)
                    yield block
        except OSError as error:
            raise ProjectError(f"{path}: cannot be read: {error.strerror}") from error
        if left:
            raise ProjectError(
                f"{path}: became shorter while it was read: leave it alone during the run"
            )


def pack_context(
    root: Path,
    dockerignore: str,
    dockerfile: str,
    files: Mapping[str, str] | None = None,
    *,
    dockerfile_path: str = "",
    builder: BuilderName = BuilderName.buildkit,
) -> PackedContext:
    """The tarball of a context, its Dockerfile and further files (name → text).

    The Dockerfile takes the place of the project's own at `dockerfile_path`, if that is sent, so
    that `COPY . .` copies one file of that name, as it does for docker. Anywhere else it has a name
    that nothing else has.

    Raises `ProjectError` if the context cannot be listed, or if the project has a file of the name
    of one of `files`.
    """
    entries = list_context(root, dockerignore, builder)
    taken = {entry.path for entry in entries}
    for other in sorted(taken & set(files or ())):
        raise ProjectError(f"{root / other}: dockbench sends a file of this name: rename yours")
    classic = builder is BuilderName.classic
    own_place = _can_replace(entries, dockerfile_path) or (
        # An ignored one docker sends all the same, and this builder leaves it out once it is read.
        classic and dockerfile_path not in {"", *taken}
    )
    name = dockerfile_path if own_place else _free_name(taken)
    own = {name: dockerfile, **(files or {})}
    if classic and name not in taken and IGNORE_FILE not in taken:
        own[IGNORE_FILE] = f"{name}\n{IGNORE_FILE}\n"
    return PackedContext(root, entries, name, own)


def _can_replace(entries: Sequence[ContextEntry], path: str) -> bool:
    """Whether a path is a file with one name alone."""
    linked = {entry.same_as for entry in entries}
    return path not in linked and any(
        entry.path == path and not entry.folder and entry.link is None and entry.same_as is None
        for entry in entries
    )


def _free_name(taken: set[str]) -> str:
    name, number = DOCKERFILE, 2
    while name in taken:
        name, number = f"{DOCKERFILE}-{number}", number + 1
    return name


def _header(entry: ContextEntry) -> bytes:
    info = tarfile.TarInfo(entry.path)
    info.mode, info.size, info.mtime = entry.mode, entry.bytes, MTIME
    if entry.link is not None:
        info.type, info.linkname = tarfile.SYMTYPE, entry.link
    elif entry.same_as is not None:
        info.type, info.linkname = tarfile.LNKTYPE, entry.same_as
    elif entry.folder:
        info.type = tarfile.DIRTYPE
    return info.tobuf(tarfile.GNU_FORMAT)


def _identity(entry: ContextEntry, content: str) -> bytes:
    """What the context's digest says of an entry."""
    kind = "link" if entry.link is not None else "folder" if entry.folder else "file"
    kind = "same" if entry.same_as is not None else kind
    fields = (
        entry.path,
        kind,
        f"{entry.mode:o}",
        entry.link or entry.same_as or "",
        content if kind == "file" else "",
    )
    return b"".join(os.fsencode(part) + b"\0" for part in fields)


def _record(entries: Sequence[ContextEntry], digest: str) -> ContextRecord:
    files = [entry for entry in entries if not entry.folder]
    return ContextRecord(bytes=sum(entry.bytes for entry in files), files=len(files), digest=digest)


def _gathered(pieces: Iterable[bytes]) -> Generator[bytes]:
    """The same bytes in blocks that are worth sending: at least `BLOCK_BYTES`, but for the last."""
    waiting: list[bytes] = []
    size = 0
    for piece in pieces:
        waiting.append(piece)
        size += len(piece)
        if size >= BLOCK_BYTES:
            yield b"".join(waiting)
            waiting, size = [], 0
    if waiting:
        yield b"".join(waiting)
