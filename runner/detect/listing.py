"""What detection looks at: the names in a project's folder, and the texts that tell something."""

from __future__ import annotations

import codecs
import os
import posixpath
import re
from collections import deque
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from enum import Enum, auto
from pathlib import Path, PurePosixPath

from runner.detect.names import is_bake, is_compose, is_dockerfile, is_env_file
from runner.image.contents.secrets import HIDDEN
from runner.model.errors import ProjectError
from runner.project.inside import head_below, read_below, read_inside

_SKIPPED = frozenset({"node_modules", "__pycache__", "site-packages", "venv", "env"})
_TELLING = frozenset(
    (
        *("Procfile", "pyproject.toml", ".dockerignore", ".python-version", "runtime.txt"),
        *(
            "Dockerfile",
            "Pipfile",
            "Pipfile.lock",
            "package.json",
            "go.mod",
            ".nvmrc",
            ".node-version",
        ),
        *("pnpm-workspace.yaml", ".yarnrc.yml", "angular.json", "Caddyfile"),
        *("entrypoint", "docker-entrypoint", "start"),
    )
)
_HEADS = frozenset(("pnpm-lock.yaml", "poetry.lock", "yarn.lock"))
"""Long files whose beginning tells enough."""
_SOURCES = frozenset(
    (
        *(".py", ".js", ".mjs", ".cjs", ".ts", ".go", ".sh", ".conf", ".template"),
        *(".rb", ".php", ".java", ".rs", ".sql", ".tsx", ".jsx", ".svelte", ".astro"),
    )
)
_MOST_ENTRIES = 200_000
_MOST_SOURCES = 4_000
"""How many sources are read, those near to the root first: what starts a service lies there."""
_MOST_DEPTH = 64
_MOST_FOLDERS = 500
_MOST_BYTES = 256 << 10
"""A larger file is not read: it is no source that anybody wrote."""
_HEAD_BYTES = 1 << 10
_MOST_BYTES_OF_ALL = 64 << 20

_MARKS = (
    (codecs.BOM_UTF8, "utf-8"),
    (codecs.BOM_UTF32_LE, "utf-32-le"),  # begins with that of UTF-16
    (codecs.BOM_UTF32_BE, "utf-32-be"),
    (codecs.BOM_UTF16_LE, "utf-16-le"),
    (codecs.BOM_UTF16_BE, "utf-16-be"),
)
_CODING = re.compile(rb"coding[:=]\s*([-\w.]+)")
_INCLUDED = re.compile(
    r"^[ \t]*(?:-r|-c|--requirement|--constraint)[ \t=]*([^\s#=]+)", re.MULTILINE
)
_OF_HIDDEN = re.compile(r"(?<![\w/.-])((?:\.{1,2}/)*\.env[\w-]*/[\w./-]*[\w-])")
_MOST_INCLUDED = 200
_NO_ENCODINGS = frozenset({"idna", "punycode", "undefined", "unicode_escape", "raw_unicode_escape"})
"""Codecs of Python that no file is written in, and that take long."""


class _Kind(Enum):
    """Why a file is read."""

    manifest = auto()
    source = auto()
    head = auto()


@dataclass(frozen=True)
class Listing:
    """Paths are relative to the project's folder, with slashes, in sorted order."""

    paths: tuple[str, ...]
    texts: Mapping[str, str] = field(default_factory=dict)
    """Path → content of what tells something: sources, requirements, Dockerfile, …"""
    hidden: tuple[str, ...] = ()
    """What usually is secret and lies in hidden folders, which are not looked through."""
    name: str = ""
    """What the project's directory is called."""

    def below(self, folder: str) -> Listing:
        """The same of one folder, relative to it."""
        if folder in ("", "."):
            return self
        head = f"{folder.rstrip('/')}/"
        return Listing(
            tuple(path[len(head) :] for path in self.paths if path.startswith(head)),
            {path[len(head) :]: text for path, text in self.texts.items() if path.startswith(head)},
            tuple(path[len(head) :] for path in self.hidden if path.startswith(head)),
            self.name,
        )


def read_listing(root: Path) -> Listing:
    """Look through a folder; hidden folders and installed packages are left out.

    No link that leads out of the folder is followed, and nothing but regular files is opened.
    Raises `ProjectError` if there is no such folder.
    """
    if not root.is_dir():
        raise ProjectError(f"{root}: there is no such directory; name the one of your project")
    found = sorted(_files(root), key=lambda item: (item[0].count("/"), item[0]))
    texts: dict[str, str] = {}
    left, sources = _MOST_BYTES_OF_ALL, _MOST_SOURCES
    for path, is_link in found:
        kind = _kind(path)
        if kind is None or (kind is _Kind.source and sources <= 0):
            continue
        sources -= kind is _Kind.source
        text = _head(root, path) if kind is _Kind.head else _text(root, path, is_link)
        if text is not None and (left := left - len(text)) >= 0:
            texts[path] = text
    for path, text in _included(root, dict(found), texts):
        if (left := left - len(text)) >= 0:
            texts[path] = text
    for path, text in _env_files_in_hidden(root, texts):
        if (left := left - len(text)) >= 0:
            texts[path] = text
    paths = tuple(sorted(path for path, _ in found))
    name = root.resolve().name
    return Listing(paths, dict(sorted(texts.items())), tuple(_hidden(root, paths)), name)


def included(path: str, text: str) -> Iterator[str]:
    """The files that a requirements file names (`-r`, `-c`), with their paths in the project."""
    for name in _INCLUDED.findall(text):
        other = posixpath.normpath(posixpath.join(posixpath.dirname(path), name))
        if not other.startswith(("/", "../")):
            yield other


def _included(
    root: Path, found: Mapping[str, bool], texts: Mapping[str, str]
) -> Iterator[tuple[str, str]]:
    """The files that requirements name, whatever they are called, and what these name."""
    waiting = [path for path in texts if path.endswith(".txt")]
    read: dict[str, str] = {}
    while waiting and len(read) < _MOST_INCLUDED:
        path = waiting.pop(0)
        for other in included(path, read.get(path) or texts.get(path, "")):
            if other in found and other not in texts and other not in read:
                read[other] = _text(root, other, found[other]) or ""
                waiting.append(other)
    yield from read.items()


def _env_files_in_hidden(root: Path, texts: Mapping[str, str]) -> Iterator[tuple[str, str]]:
    """The files of variables that compose files name in hidden directories
    (`.envs/.local/.django`); no link is followed."""
    named = (
        posixpath.normpath(posixpath.join(posixpath.dirname(path), word))
        for path, text in texts.items()
        if is_compose(path)
        for word in _OF_HIDDEN.findall(text)
    )
    for path in list(dict.fromkeys(named))[:_MOST_INCLUDED]:
        if not path.startswith("../") and (text := _text(root, path, is_link=False)) is not None:
            yield path, text


def _hidden(root: Path, paths: Sequence[str]) -> Iterator[str]:
    """The files of secrets in hidden folders next to these paths."""
    folders = sorted({path.rpartition("/")[0] for path in paths} | {""})[:_MOST_FOLDERS]
    for folder in folders:
        for name in HIDDEN:
            path = f"{folder}/{name}" if folder else name
            # no link is followed: whether one is there is all that is asked
            if os.path.lexists(root / path):
                yield path


def _files(root: Path) -> Iterator[tuple[str, bool]]:
    """Paths of files, those near to the root first, and whether each is a link."""
    found = 0
    waiting = deque([""])
    while waiting:
        below = waiting.popleft()
        try:
            with os.scandir(root / below) as entries:
                for entry in sorted(entries, key=lambda entry: entry.name):
                    found += 1
                    if found > _MOST_ENTRIES:
                        return
                    if not entry.is_dir(follow_symlinks=False):
                        # False for any link that leads nowhere
                        if os.path.isfile(entry.path):  # noqa: PTH113
                            yield f"{below}{entry.name}", entry.is_symlink()
                    elif below.count("/") < _MOST_DEPTH and _is_source(Path(entry.path)):
                        waiting.append(f"{below}{entry.name}/")
        except OSError:
            continue


def _is_source(folder: Path) -> bool:
    hidden = folder.name.startswith(".") or folder.name in _SKIPPED
    return not hidden and not (folder / "pyvenv.cfg").exists()


def _kind(path: str) -> _Kind | None:
    """What of a project's files is read; None for what tells nothing."""
    name = path.rpartition("/")[2]
    ending = f".{name.rpartition('.')[2]}" if "." in name[1:] else ""
    requirements = ending == ".txt" and "requirements" in path
    named = name in _TELLING or is_dockerfile(path) or is_env_file(name) or is_compose(path)
    named = named or is_bake(path)
    if name in _HEADS:
        return _Kind.head
    if requirements or named:
        return _Kind.manifest
    return _Kind.source if ending in _SOURCES else None


def _text(root: Path, path: str, is_link: bool) -> str | None:
    """The text of a file. No directory of its path is a link: only its end needs to be followed."""
    try:
        read = read_inside if is_link else read_below
        content = read(root, PurePosixPath(path), _MOST_BYTES)
    except (OSError, ProjectError):
        return None
    return None if content is None else decoded(content)


def _head(root: Path, path: str) -> str | None:
    """How the text of a long file begins; None for a link, too."""
    try:
        content = head_below(root, PurePosixPath(path), _HEAD_BYTES)
    except OSError:
        return None
    return None if content is None else decoded(content)


def decoded(content: bytes) -> str:
    """The text as pip and Python read it: a byte order mark says the encoding, or a comment in the
    first two lines (PEP 263), else it is UTF-8. What cannot be read is replaced."""
    for mark, encoding in _MARKS:
        if content.startswith(mark):
            return content[len(mark) :].decode(encoding, errors="replace")
    for line in content.split(b"\n", 2)[:2]:
        if line.startswith(b"#") and (named := _CODING.search(line)):
            return content.decode(_encoding(named[1].decode("ascii", "replace")), errors="replace")
    return content.decode(errors="replace")


def _encoding(name: str) -> str:
    """The encoding of that name, if Python has one of text; else UTF-8."""
    try:
        found = codecs.lookup(name).name
        b"a".decode(found, errors="replace")
    except (LookupError, ValueError):
        return "utf-8"
    return "utf-8" if found.replace("-", "_") in _NO_ENCODINGS else found
