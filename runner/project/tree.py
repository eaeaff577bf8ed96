"""A directory as a value: copied, put in order (modes, times) and named by a digest of its
content."""

from __future__ import annotations

import errno
import hashlib
import os
import shutil
import stat
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path, PurePosixPath
from typing import BinaryIO

from runner.model.errors import ProjectError
from runner.model.hard_links import HardLinks
from runner.project.inside import BY_DESCRIPTOR, inside, open_directory_below, open_in

FIXED_TIME_S = 1_704_067_200
"""Modification time of everything in a materialised tree: 2024-01-01 00:00 UTC."""

CACHE_NAMES = frozenset(
    {
        "__pycache__",
        ".pytest_cache",
        ".mypy_cache",
        ".ruff_cache",
        ".hypothesis",
        ".coverage",
        ".venv",
        ".DS_Store",
    }
)
"""What tools leave behind in a source tree, and what is no part of it."""

MOST_DEPTH = 256
"""Deeper than any source lies, and not too deep to be removed again."""

_CHUNK_BYTES = 1 << 20


@dataclass(frozen=True)
class TreeSummary:
    """What a tree holds; `bytes` counts file contents and link targets, `files` files and links."""

    digest: str
    files: int
    bytes: int


VIRTUAL_ENVIRONMENT = "pyvenv.cfg"
"""What every virtual environment has at its top: one inside of a source tree is no part of it."""


Skip = Callable[[PurePosixPath], bool]
"""Path relative to the root of a tree → whether it is left out, with all below it."""


def walk(root: Path, skip: Skip | None = None, top: Path | None = None) -> Iterator[Path]:
    """Every entry below `root`, directories before what they hold; links are not followed, neither
    on the way to `root` from `top`, which is a directory above it."""
    for entry in _entries(root, skip, top):
        yield root / entry.path


@dataclass(frozen=True)
class _Entry:
    """One entry of a tree, as long as the walk has not gone on to the next directory."""

    root: Path
    path: str
    """Relative to the root, with slashes."""
    found: os.DirEntry[str]
    directory: int | None
    """The descriptor of the directory that holds it; None where the system has no such calls."""

    @property
    def where(self) -> str:
        """Its whole path, for messages."""
        return f"{self.root}/{self.path}"

    def target(self) -> str:
        """Of a symbolic link, as written."""
        name = self.where if self.directory is None else self.found.name
        return os.readlink(name, dir_fd=self.directory)

    def open(self) -> BinaryIO:
        """A regular file's content; raises ProjectError for anything else."""
        _require_regular(self.found.stat(follow_symlinks=False), self.where)
        with _unchanged(self.where):
            if self.directory is None:
                descriptor = os.open(self.where, os.O_RDONLY | getattr(os, "O_BINARY", 0))
            else:
                descriptor = open_in(self.directory, self.found.name)
        file = open(descriptor, "rb")  # noqa: PTH123, SIM115 - a descriptor; closed by the caller
        try:
            _require_regular(os.fstat(descriptor), self.where)
        except ProjectError:
            file.close()
            raise
        return file


def _entries(root: Path, skip: Skip | None = None, top: Path | None = None) -> Iterator[_Entry]:
    """What `walk` finds; raises ProjectError for a directory that becomes a link meanwhile."""
    first, pending = top or root, [""]
    while pending:
        below = pending.pop()
        path = root.relative_to(first) / below
        with _unchanged(f"{root}/{below}"):
            directory = open_directory_below(first, path) if BY_DESCRIPTOR else None
        try:
            with os.scandir(f"{root}/{below}" if directory is None else directory) as entries:
                found = sorted(entries, key=lambda entry: entry.name)
            for entry in found:
                name = f"{below}{entry.name}"
                if skip is not None and skip(PurePosixPath(name)):
                    continue
                if entry.is_dir(follow_symlinks=False):
                    if name.count("/") >= MOST_DEPTH:
                        raise ProjectError(
                            f"{root} has directories more than {MOST_DEPTH} deep: take them away"
                        )
                    pending.append(f"{name}/")
                yield _Entry(root, name, entry, directory)
        finally:
            if directory is not None:
                os.close(directory)


@contextmanager
def _unchanged(where: str) -> Iterator[None]:
    """Raise ProjectError for what has become a link since it was listed."""
    try:
        yield
    except OSError as error:
        if error.errno not in (errno.ELOOP, errno.ENOTDIR):
            raise
        raise ProjectError(
            f"{where} became a link while it was read: leave the project alone during the run"
        ) from error


def digest_tree(root: Path, keep_modes: bool = False) -> TreeSummary:
    """Sha256 over the sorted (path, mode, content) of every entry below `root`.

    Only what a copy keeps counts: of a file's mode whether it may be executed (all of it with
    `keep_modes`), of a link its target, of a further name of a file the first one; times and owners
    do not. Raises ProjectError for anything but files, directories, links.
    """
    return _digest(_entries(root), keep_modes)


def copy_tree(
    source: Path,
    target: Path,
    generated: Iterable[str],
    keep_modes: bool = False,
    top: Path | None = None,
) -> None:
    """Copy a source tree without caches and without what lies where parts get generated; several
    names of one file stay that. Modes are 0755 and 0644, or with `keep_modes` what they are, save
    that the owner may go on copying. `top` as for `walk`.

    Raises ProjectError for a link that leaves `source`, or the copy, and for sockets and the like.
    """
    target.mkdir(parents=True)
    links, copied_links = HardLinks(), list[tuple[str, str]]()
    for entry in _entries(source, skipped(source, generated), top):
        copy = target / entry.path
        if entry.found.is_symlink():
            leads_to = entry.target()
            check_link(source, entry.path, leads_to)
            copy.symlink_to(leads_to)
            copied_links.append((entry.path, leads_to))
        elif entry.found.is_dir(follow_symlinks=False):
            copy.mkdir()
            if keep_modes:
                copy.chmod(kept_mode(entry.found) | stat.S_IRWXU)
        elif first := links.earlier_name(entry.found.stat(follow_symlinks=False), os.fspath(copy)):
            copy.hardlink_to(first)
        else:
            with entry.open() as content, copy.open("xb") as written:
                shutil.copyfileobj(content, written, _CHUNK_BYTES)
            copy.chmod(kept_mode(entry.found) if keep_modes else _mode(entry.found))
    for path, leads_to in copied_links:  # again where nobody else can change what is there
        check_link(target, path, leads_to)


def digest_source(
    source: Path, generated: Iterable[str], keep_modes: bool = False, top: Path | None = None
) -> str:
    """The digest of what `copy_tree` would copy."""
    return _digest(_entries(source, skipped(source, generated), top), keep_modes).digest


def skipped(source: Path, generated: Iterable[str]) -> Skip:
    """Tells the paths that are not part of a source: caches, virtual environments, and the places
    of generated parts."""
    places = {PurePosixPath(place) for place in generated}
    return lambda path: (
        path.name in CACHE_NAMES
        or path.suffix == ".pyc"
        or path in places
        or (source / path / VIRTUAL_ENVIRONMENT).is_file()
    )


def check_link(root: Path, path: str, target: str) -> None:
    """Raise ProjectError if a symbolic link with this target leads out of `root`."""
    try:
        inside(root, PurePosixPath(path).parent / target)
    except ProjectError:
        is_inside = False
    else:
        is_inside = not os.path.isabs(target)  # noqa: PTH117 - the target is text
    if not is_inside:
        raise ProjectError(
            f"{root / path} is a symbolic link to {target}, outside of {root}: "
            "replace it by a copy, or by a relative link that stays inside"
        )


def normalise(root: Path, keep_modes: bool = False) -> None:
    """Give every entry below `root`, and `root`, the fixed time, and mode 0755 or 0644 unless they
    are to be kept."""
    for path in [*walk(root), root]:
        if not path.is_symlink() and not keep_modes:
            path.chmod(_mode(path))
        os.utime(path, (FIXED_TIME_S, FIXED_TIME_S), follow_symlinks=False)


def _digest(entries: Iterable[_Entry], keep_modes: bool = False) -> TreeSummary:
    files = 0
    size_bytes = 0
    lines: list[tuple[bytes, bytes]] = []
    links = HardLinks()
    for entry in entries:
        name, found = os.fsencode(entry.path), entry.found
        if found.is_symlink():
            content = os.fsencode(entry.target())
            kind, checksum, length = b"link", hashlib.sha256(content).hexdigest(), len(content)
        elif found.is_dir(follow_symlinks=False):
            lines.append((name, b"folder %o" % kept_mode(found) if keep_modes else b"folder"))
            continue
        elif first := links.earlier_name(found.stat(follow_symlinks=False), entry.path):
            kind, checksum, length = b"same", hashlib.sha256(os.fsencode(first)).hexdigest(), 0
        else:
            kind = b"%o" % (kept_mode(found) if keep_modes else _mode(found))
            checksum, length = _file_digest(entry)
        files += 1
        size_bytes += length
        lines.append((name, kind + b" " + checksum.encode()))
    whole = hashlib.sha256()
    for name, rest in sorted(lines):
        whole.update(b"%d:%s %s\n" % (len(name), name, rest))
    return TreeSummary(whole.hexdigest(), files, size_bytes)


def _file_digest(entry: _Entry) -> tuple[str, int]:
    """The sha256 of a file's content, and its length in bytes."""
    checksum = hashlib.sha256()
    length = 0
    with entry.open() as file:
        while chunk := file.read(_CHUNK_BYTES):
            checksum.update(chunk)
            length += len(chunk)
    return checksum.hexdigest(), length


def kept_mode(entry: Path | os.DirEntry[str]) -> int:
    """The permission bits of a file or directory as they are."""
    return stat.S_IMODE(entry.stat(follow_symlinks=False).st_mode)


def _mode(entry: Path | os.DirEntry[str]) -> int:
    mode = entry.stat(follow_symlinks=False).st_mode
    return 0o755 if stat.S_ISDIR(mode) or mode & stat.S_IXUSR else 0o644


def _require_regular(status: os.stat_result, where: str) -> None:
    if not stat.S_ISREG(status.st_mode):
        raise ProjectError(f"{where} is neither a file, a directory nor a link: take it away")
