"""The port to an image archive: documents and layers by name, and two of its adapters: a tar file
on disk and a directory. (The third, a stream that can be read only once, is in `passing`.)

Nothing is extracted. Symbolic links are followed inside the archive only, a few of them.
"""

from __future__ import annotations

import os
import stat
from collections.abc import Iterator, Sequence
from contextlib import ExitStack
from itertools import islice
from pathlib import Path
from typing import Protocol

from runner.model.entries import Entry, EntryKind, Limits
from runner.oci.blob_location import Stored
from runner.oci.blobs import Part, StoredLayer, layers_of_parts
from runner.oci.damage import DamagedError, LimitError, missing, shown
from runner.oci.paths import plain
from runner.oci.reading import Reading
from runner.oci.tape import FileTape, Tape
from runner.oci.tarball import scan_archive

_LOOKED_AT = 1_000
"""Names in a directory that is not an image."""
_NO_LINKS = "save the image again, with files in place of links (docs/archives.md has the limits)"


class Archive(Protocol):
    """An image archive; paths are plain."""

    @property
    def whole(self) -> bool:
        """False for a tar file without its end mark, which may have been cut off."""

    def has(self, path: str) -> bool:
        """Whether there is such a file."""

    def names(self) -> list[str]:
        """Paths of the files, to tell what it is if it is no image; of a large one not all."""

    def document(self, path: str) -> bytes:
        """A small file's content; raises `DamagedError` if it is missing or too large."""

    def layers(self, paths: Sequence[str]) -> list[StoredLayer]:
        """The entries and digests of layers, in this order; one that is named twice is read once.

        Raises `DamagedError` if one is missing or damaged.
        """


class Names:
    """What the names in an archive lead to."""

    def __init__(self, links: dict[str, str], limits: Limits) -> None:
        self._links = links
        self._most = limits.links

    def resolved(self, path: str) -> str:
        """The path behind symbolic links; raises `DamagedError` for a cycle of them, `LimitError`
        for more than the limit `links`."""
        passed = {path}
        reached = path
        while (target := self._links.get(reached)) is not None:
            if target in passed:
                raise DamagedError(f"{shown(target)} is a symbolic link that leads to itself")
            if len(passed) > self._most:
                why = f"{shown(path)} leads through more"
                raise LimitError("links", self._most, why, _NO_LINKS)
            passed.add(target)
            reached = target
        return reached


def link_target(entry: Entry) -> str:
    """The path in the archive that a symbolic link means."""
    if entry.target.startswith("/"):
        raise DamagedError(f"the link {shown(entry.path)} leads out of the archive")
    return plain(f"{entry.path.rpartition('/')[0]}/{entry.target}")


class FileArchive:
    """An uncompressed tar file on disk: its members are found first, and read when asked for."""

    def __init__(self, descriptor: int, size_bytes: int, reading: Reading) -> None:
        self._descriptor = descriptor
        self._reading = reading
        self._parts: dict[str, Part] = {}
        found: list[Stored] = []

        def remember(entry: Entry, _tape: Tape, stored: Stored) -> None:
            if stored.sparse is not None:
                raise DamagedError(f"{shown(entry.path)} is stored with holes")
            found.append(stored)

        tape = FileTape(descriptor, 0, size_bytes)
        entries, self.whole = scan_archive(tape, reading.budget, remember)
        self._names = Names(self._sort(entries, iter(found)), reading.budget.limits)

    def _sort(self, entries: list[Entry], found: Iterator[Stored]) -> dict[str, str]:
        links: dict[str, str] = {}
        by_index: dict[int, Part] = {}
        for index, entry in enumerate(entries):
            links.pop(entry.path, None)
            if entry.kind is EntryKind.symlink:
                links[entry.path] = link_target(entry)
            elif entry.kind is EntryKind.file and not entry.target:
                if entry.content_of < 0:
                    stored = next(found)
                    by_index[index] = Part(self._descriptor, stored.position, stored.size_bytes)
                holder = index if entry.content_of < 0 else entry.content_of
                self._parts[entry.path] = by_index[holder]
        return links

    def has(self, path: str) -> bool:
        """Whether there is such a file."""
        return self._names.resolved(path) in self._parts

    def names(self) -> list[str]:
        """Paths of the files."""
        return list(self._parts)

    def document(self, path: str) -> bytes:
        """A small file's content."""
        part = self.part(path)
        self._reading.budget.take_document(part.size_bytes)
        return b"".join(part.pieces())

    def layers(self, paths: Sequence[str]) -> list[StoredLayer]:
        """The entries and digests of layers."""
        parts = [self.part(path) for path in paths]
        found = layers_of_parts(parts, self._reading)
        return [found[part] for part in parts]

    def part(self, path: str) -> Part:
        """Where a file lies; raises `DamagedError` if it is missing."""
        part = self._parts.get(self._names.resolved(path))
        if part is None:
            raise missing(path, whole=self.whole)
        return part


class FolderArchive:
    """A directory; files are opened when asked for, links out of it are refused."""

    whole = True

    def __init__(self, folder: Path, reading: Reading, stack: ExitStack) -> None:
        self._folder = folder.resolve()
        self._reading = reading
        self._stack = stack
        """Closes what was opened."""

    def has(self, path: str) -> bool:
        """Whether there is such a file."""
        return (self._folder / path).is_file()

    def names(self) -> list[str]:
        """Paths of the first files in the directory and in those directly in it."""
        found = (path for depth in ("*", "*/*") for path in self._folder.glob(depth))
        files = (path for path in islice(found, _LOOKED_AT) if path.is_file())
        return [path.relative_to(self._folder).as_posix() for path in files]

    def document(self, path: str) -> bytes:
        """A small file's content."""
        part = self.part(path)
        self._reading.budget.take_document(part.size_bytes)
        return b"".join(part.pieces())

    def layers(self, paths: Sequence[str]) -> list[StoredLayer]:
        """The entries and digests of layers."""
        parts = {path: self.part(path) for path in dict.fromkeys(paths)}
        found = layers_of_parts(parts.values(), self._reading)
        return [found[parts[path]] for path in paths]

    def part(self, path: str) -> Part:
        """Where a file lies; raises `DamagedError` if it is missing or not to be read."""
        try:
            real = (self._folder / path).resolve(strict=True)
            if not real.is_relative_to(self._folder):
                raise DamagedError(f"the link {shown(path)} leads out of the directory")
            descriptor = os.open(real, os.O_RDONLY | os.O_NONBLOCK | os.O_CLOEXEC | os.O_NOFOLLOW)
            self._stack.callback(os.close, descriptor)
            status = os.fstat(descriptor)
        except FileNotFoundError as error:
            raise missing(path) from error
        except (OSError, RuntimeError) as error:
            why = error.strerror if isinstance(error, OSError) else "its links go in circles"
            raise DamagedError(f"{shown(path)} cannot be read ({why})") from error
        if not stat.S_ISREG(status.st_mode):
            raise DamagedError(f"{shown(path)} is not a regular file")
        return Part(descriptor, 0, status.st_size)


def _proof(file: FileArchive, folder: FolderArchive) -> tuple[Archive, Archive]:
    return file, folder
