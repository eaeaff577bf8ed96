"""A `.git` directory with a history that once held large files, as repositories do.

The objects are written here and not by git, without compression, so that the directory holds the
same bytes whatever git and zlib are installed. Formats: gitformat-index(5), git-hash-object(1).
"""

from __future__ import annotations

import hashlib
import os
import stat
import struct
from dataclasses import dataclass, field
from pathlib import Path, PurePosixPath

from runner.model.project import GeneratedPart
from runner.project.generators.deflate import stored
from runner.project.generators.seeded import Choices, seeded_bytes
from runner.project.tree import FIXED_TIME_S, walk

_AUTHORS = (
    "Noor de Vries <noor@famous-ner.example>",
    "Tomás Herrera <tomas@famous-ner.example>",
    "Ayşe Yılmaz <ayse@famous-ner.example>",
)
_MESSAGES = (
    "Retrain on the cleaned corpus",
    "Add people from the last round of feedback",
    "Fix positions after composed letters",
    "Update the weights",
    "Try a larger window",
    "Sort equals by name",
)
_LAST_MESSAGE = "Take the weights out of the repository"
_WEIGHTS = PurePosixPath("backend/models/ner-weights.bin")
_CHANGES = PurePosixPath("CHANGES")
_SECONDS_BETWEEN_COMMITS = 3 * 86_400 + 5_417

_MODE_FILE, _MODE_EXECUTABLE, _MODE_LINK, _MODE_FOLDER = 0o100644, 0o100755, 0o120000, 0o040000


@dataclass(frozen=True)
class _Blob:
    """A file in a tree: how git stores it, and where."""

    mode: int
    digest: str
    size_bytes: int = 0


@dataclass
class _Folder:
    """A directory that is about to become tree objects."""

    files: dict[str, _Blob] = field(default_factory=dict)
    folders: dict[str, _Folder] = field(default_factory=dict)

    def put(self, path: PurePosixPath, blob: _Blob) -> None:
        """Place a file, with the directories that lead to it."""
        folder = self
        for name in path.parts[:-1]:
            folder = folder.folders.setdefault(name, _Folder())
        folder.files[path.name] = blob


def write_git_history(part: GeneratedPart, root: Path) -> None:
    """Write a `.git` directory of about `size_bytes` bytes with `files` commits.

    Every commit but the last holds another version of large weights; the last holds exactly the
    files below `root`, which `git status` then finds unchanged.
    """
    git = root / part.path
    tracked = [path for path in walk(root) if path.is_symlink() or not path.is_dir()]
    objects = _Objects(git / "objects")
    blobs = {
        PurePosixPath(path.relative_to(root).as_posix()): _add_file(objects, path)
        for path in tracked
    }
    head = _add_commits(part, objects, blobs)
    _write_rest(git, head)
    (git / "index").write_bytes(_index(blobs))


class _Objects:
    """A store of loose objects."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        (folder / "info").mkdir(parents=True)
        (folder / "pack").mkdir()

    def add(self, kind: str, body: bytes) -> str:
        """Store an object once; returns its digest."""
        content = f"{kind} {len(body)}\0".encode() + body
        digest = hashlib.sha1(content, usedforsecurity=False).hexdigest()
        place = self._folder / digest[:2] / digest[2:]
        if not place.exists():
            place.parent.mkdir(exist_ok=True)
            place.write_bytes(stored(content))
        return digest

    def add_tree(self, folder: _Folder) -> str:
        """Store a directory and all directories in it; returns the digest of its tree."""
        entries = [(name, blob.mode, blob.digest) for name, blob in folder.files.items()]
        entries += [(n, _MODE_FOLDER, self.add_tree(f)) for n, f in folder.folders.items()]
        entries.sort(key=lambda entry: _tree_order(entry[0], entry[1]))
        body = b"".join(
            b"%o %s\0" % (mode, os.fsencode(name)) + bytes.fromhex(digest)
            for name, mode, digest in entries
        )
        return self.add("tree", body)


def _tree_order(name: str, mode: int) -> bytes:
    """Git sorts a directory as if its name ended in a slash."""
    return os.fsencode(name) + (b"/" if mode == _MODE_FOLDER else b"")


def _add_file(objects: _Objects, path: Path) -> _Blob:
    if path.is_symlink():
        content, mode = os.fsencode(path.readlink()), _MODE_LINK
    else:
        executable = path.stat().st_mode & stat.S_IXUSR
        content, mode = path.read_bytes(), _MODE_EXECUTABLE if executable else _MODE_FILE
    return _Blob(mode, objects.add("blob", content), len(content))


def _add_commits(part: GeneratedPart, objects: _Objects, blobs: dict[PurePosixPath, _Blob]) -> str:
    """The whole line of commits; returns the digest of the last."""
    choices = Choices(f"git/{part.seed}")
    earlier = part.files - 1
    weights_bytes = part.size_bytes // earlier if earlier else 0
    changes = ""
    parent = None
    for number in range(earlier):
        message = choices.pick(_MESSAGES)
        changes += f"{number + 1}. {message}\n"
        weights = objects.add("blob", seeded_bytes(f"git/{part.seed}/{number}", weights_bytes))
        extra = {
            _WEIGHTS: _Blob(_MODE_FILE, weights),
            _CHANGES: _Blob(_MODE_FILE, objects.add("blob", changes.encode())),
        }
        tree = objects.add_tree(_folder({**blobs, **extra}))
        author = choices.pick(_AUTHORS)
        parent = objects.add("commit", _commit(tree, parent, author, message, earlier - number))
    tree = objects.add_tree(_folder(blobs))
    return objects.add("commit", _commit(tree, parent, _AUTHORS[0], _LAST_MESSAGE, 0))


def _folder(blobs: dict[PurePosixPath, _Blob]) -> _Folder:
    folder = _Folder()
    for path, blob in blobs.items():
        folder.put(path, blob)
    return folder


def _commit(tree: str, parent: str | None, author: str, message: str, before_last: int) -> bytes:
    """A commit's body; `before_last` places its date that many commits before the last."""
    when = f"{FIXED_TIME_S - before_last * _SECONDS_BETWEEN_COMMITS} +0000"
    parents = [f"parent {parent}"] if parent else []
    people = [f"author {author} {when}", f"committer {author} {when}"]
    return "\n".join([f"tree {tree}", *parents, *people, "", message, ""]).encode()


def _write_rest(git: Path, head: str) -> None:
    """What makes a directory of objects a repository."""
    config = (
        "[core]\n\trepositoryformatversion = 0\n\tfilemode = true\n\tbare = false\n"
        '[branch "main"]\n\tremote = origin\n\tmerge = refs/heads/main\n'
    )
    for name, content in (
        ("HEAD", "ref: refs/heads/main\n"),
        ("config", config),
        ("description", "Famous NER\n"),
        ("info/exclude", "# Patterns for this clone only.\n"),
        ("refs/heads/main", f"{head}\n"),
        ("refs/tags/v1.4.0", f"{head}\n"),
    ):
        (git / name).parent.mkdir(parents=True, exist_ok=True)
        (git / name).write_text(content, encoding="utf-8")


def _index(blobs: dict[PurePosixPath, _Blob]) -> bytes:
    """The staging area, version 2, with exactly the files of the last commit."""
    body = b"DIRC" + struct.pack(">II", 2, len(blobs))
    for path, blob in sorted(blobs.items(), key=lambda item: os.fsencode(str(item[0]))):
        name = os.fsencode(str(path))
        times = (0, 0, FIXED_TIME_S, 0)
        entry = struct.pack(">10I", *times, 0, 0, blob.mode, 0, 0, blob.size_bytes & 0xFFFFFFFF)
        entry += bytes.fromhex(blob.digest) + struct.pack(">H", min(len(name), 0xFFF)) + name
        body += entry + b"\0" * (8 - len(entry) % 8)
    return body + hashlib.sha1(body, usedforsecurity=False).digest()
