"""Which files source_edit and deps_edit change, and how: the project says, or it is found.

Nothing is changed on disk: an edit is the new content of a file in the context that is sent.
"""

from __future__ import annotations

import codecs
import re
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from pathlib import PurePosixPath

from runner.model.levels import InstallTool, Levels
from runner.model.project import Project

LARGEST_BYTES = 4 << 20
"""A larger file is not a source file."""

_COMMENTS = {
    **dict.fromkeys((".py", ".rb", ".sh", ".pl", ".ex", ".exs", ".toml", ".yaml", ".yml"), "# {}"),
    **dict.fromkeys((".js", ".mjs", ".cjs", ".ts", ".tsx", ".jsx", ".go", ".rs", ".java"), "// {}"),
    **dict.fromkeys((".kt", ".scala", ".c", ".h", ".cc", ".cpp", ".cs", ".swift"), "// {}"),
    **dict.fromkeys((".css", ".scss"), "/* {} */"),
    **dict.fromkeys((".html", ".xml", ".svg", ".md"), "<!-- {} -->"),
    **dict.fromkeys((".sql", ".lua"), "-- {}"),
}
"""Suffix → a comment that may stand on the last line of such a file."""

_PROGRAMS = frozenset(suffix for suffix, text in _COMMENTS.items() if text in ("# {}", "// {}")) - {
    ".toml",
    ".yaml",
    ".yml",
}
_MOST_ASKED = 50
"""How many files are looked at for one that the build reads, the likeliest first."""
_USUAL = ("app", "main", "wsgi", "asgi", "server", "__main__", "views", "index", "lib", "mod")
_NOT_SOURCES = {"tests", "test", "node_modules", "vendor", ".git", "docs", "migrations", ".venv"}

_PACKAGES = (
    ("iniconfig", "2.0.0", "b6a85871a79d2e3b22d2d1b94ac2824226a63c6b741c88f7ae975f18b6778374"),
    ("toml", "0.10.2", "806143ae5bfb6a3c6e736a764057db0e6a0e05e338b5630894a5f779cabb4f9b"),
    ("zipp", "3.19.2", "f091755f667055f2d02b32c53771a7a6c8b47e1fdbc4b72a8b9072b3eef8015c"),
)
"""Small pure packages without dependencies: name, version, sha256 of the wheel. The first that the
file does not name is added."""

_LOCKS = ("poetry.lock", "uv.lock", "pdm.lock", "Pipfile.lock")
_FOUND_LOCKS = ("poetry.lock", "uv.lock", "pdm.lock")
"""Those that are TOML and may hold a comment."""

_DEPENDENCIES = re.compile(r"^dependencies\s*=\s*\[", re.MULTILINE)


@dataclass(frozen=True)
class Edit:
    """One file of the context, and its new content."""

    path: str
    """In the context."""
    change: Callable[[bytes, str], bytes]
    """Old content and a nonce → new content; another nonce gives another content of equal size."""
    what: str
    """What is done to it, for the log."""


@dataclass(frozen=True)
class NoEdit:
    """There is nothing to edit; the text says why."""

    reason: str


def source_edit(
    project: Project,
    context: str,
    paths: Iterable[str],
    is_read: Callable[[str], bool] = lambda _: True,
) -> Edit | NoEdit:
    """The edit of a source file; `context` is the context's root in the repository, `paths` are
    the regular files in it. What is found is a file that the build reads (`is_read`), if any is."""
    known = set(paths)
    asked = project.edits
    if asked.source:
        path = in_context(asked.source, context)
        if path not in known:
            return NoEdit(f"edits.source={asked.source} is not in the build context")
    else:
        path = _found_source(project, context, known, is_read)
        if not path:
            return NoEdit("no source file was found in the build context: name one, edits.source")
    line = asked.source_line or _COMMENTS.get(PurePosixPath(path).suffix, "")
    if not line:
        return NoEdit(f"how to comment in {path} is not known: give edits.source_line")
    return Edit(path, _appending(line), "a comment is appended")


def deps_edit(
    project: Project,
    levels: Levels,
    context: str,
    paths: Iterable[str],
    read: Callable[[str], bytes],
) -> Edit | NoEdit:
    """The edit of a dependency file; `read` gives the content of a file of the context."""
    known = set(paths)
    asked = project.edits
    if asked.dependencies:
        path = in_context(asked.dependencies, context)
        if path not in known:
            return NoEdit(f"edits.dependencies={asked.dependencies} is not in the build context")
    else:
        path = next(
            (name for name in _dependency_files(project, levels, context) if name in known), ""
        )
        if not path:
            return NoEdit(
                "no dependency file that can be edited was found in the build context: name one,"
                " edits.dependencies"
            )
    if asked.dependencies_line:
        return Edit(path, _appending(asked.dependencies_line, "{}"), "a line is appended")
    return _edit_of(path, known, read)


def in_context(path: str, context: str) -> str:
    """A path of the repository, as the context has it; empty if it lies outside."""
    wanted, root = PurePosixPath(path), PurePosixPath(context)
    if root == PurePosixPath("."):
        return str(wanted)
    return str(wanted.relative_to(root)) if wanted.is_relative_to(root) else ""


def _found_source(
    project: Project, context: str, known: set[str], is_read: Callable[[str], bool]
) -> str:
    """The likeliest program text of the service that the build reads; the likeliest of all where it
    reads none."""
    package = PurePosixPath(project.backend or ".") / (project.package or ".")
    home = in_context(str(package), context) or "."

    def is_source(path: str) -> bool:
        pure = PurePosixPath(path)
        hidden = any(part.startswith(".") for part in pure.parts)
        known_aside = _NOT_SOURCES & set(pure.parts[:-1])
        return pure.suffix in _PROGRAMS and not known_aside and not hidden

    def rank(path: str) -> tuple[bool, int, int, str]:
        pure = PurePosixPath(path)
        inside = home == "." or pure.is_relative_to(home)
        order = _USUAL.index(pure.stem) if pure.stem in _USUAL else len(_USUAL)
        if pure.stem in ("__init__", "setup", "conftest"):
            order += 1
        return (not inside, order, len(pure.parts), path)

    found = sorted(filter(is_source, known), key=rank)[:_MOST_ASKED]
    return next(filter(is_read, found), next(iter(found), ""))


def _dependency_files(project: Project, levels: Levels, context: str) -> Sequence[str]:
    """Files of the context that an installer may read, the likeliest first."""
    backend = PurePosixPath(project.backend or ".")
    chosen = project.dependencies.get(levels.deps.level)
    sets = [chosen] if chosen else list(project.dependencies.values())
    requirements = [item.requirements for item in sets if item.requirements]
    locked = [name for name in _FOUND_LOCKS if name in project.dependency_files]
    usual = ["requirements.txt", *_FOUND_LOCKS, "pyproject.toml", "package.json", "go.mod"]
    first = locked if levels.installer.tool is InstallTool.poetry else requirements
    names = [*first, *requirements, *usual]
    return [in_context(str(backend / name), context) for name in names]


def _edit_of(path: str, known: set[str], read: Callable[[str], bytes]) -> Edit | NoEdit:
    pure = PurePosixPath(path)
    if pure.suffix in (".txt", ".in"):
        return Edit(path, _with_package(read(path)), "a small pure package is added")
    if pure.name in _FOUND_LOCKS:
        return Edit(path, _appending("# {}"), "a comment is appended: its packages are fixed")
    if pure.name == "pyproject.toml":
        lock = next(
            (str(pure.with_name(name)) for name in _LOCKS if str(pure.with_name(name)) in known), ""
        )
        if lock and PurePosixPath(lock).name in _FOUND_LOCKS:
            return _edit_of(lock, known, read)
        if not lock and _DEPENDENCIES.search(read(path).decode(errors="replace")):
            return Edit(path, _with_listed_package(read(path)), "a small pure package is added")
        return Edit(path, _appending("# {}"), "a comment is appended")
    if pure.name == "package.json":
        return Edit(path, _with_member, "a member is added: npm's packages are fixed by their lock")
    if pure.name == "go.mod":
        return Edit(path, _appending("// {}"), "a comment is appended")
    return NoEdit(f"how to edit {path} is not known: give edits.dependencies_line")


def _appending(line: str, mark: str = "dockbench {}") -> Callable[[bytes, str], bytes]:
    """Appends a line in which `{}` is replaced by a mark with the nonce; a line without `{}` of its
    own gets a comment of the nonce behind it."""
    text = line if "{}" in line else f"{line}  # {{}}"

    def change(content: bytes, nonce: str) -> bytes:
        encoding = _encoding(content)
        newline = "\n".encode(encoding)
        gap = b"" if not content or content.endswith(newline) else newline
        told = text.replace("{}", mark.replace("{}", nonce))
        return content + gap + f"{told}\n".encode(encoding)

    return change


def _encoding(content: bytes) -> str:
    """UTF-16 where a mark says so, as Windows' tools write it; else what all encodings share."""
    if content.startswith(codecs.BOM_UTF16_LE):
        return "utf-16-le"
    return "utf-16-be" if content.startswith(codecs.BOM_UTF16_BE) else "utf-8"


def _package_for(content: bytes) -> tuple[str, str, str]:
    """The first package that a file does not name."""
    text = content.decode(_encoding(content), errors="replace").lower()
    return next((item for item in _PACKAGES if item[0] not in text), _PACKAGES[0])


def _with_package(content: bytes) -> Callable[[bytes, str], bytes]:
    name, version, digest = _package_for(content)
    hashed = f" --hash=sha256:{digest}" if "--hash=".encode(_encoding(content)) in content else ""
    return _appending(f"{name}=={version}{hashed}")


def _with_listed_package(content: bytes) -> Callable[[bytes, str], bytes]:
    name, version, _ = _package_for(content)

    def change(content: bytes, nonce: str) -> bytes:
        text = content.decode(errors="surrogateescape")
        added = _DEPENDENCIES.sub(lambda found: f'{found[0]}"{name}=={version}", ', text, count=1)
        return _appending("# {}")(added.encode(errors="surrogateescape"), nonce)

    return change


def _with_member(content: bytes, nonce: str) -> bytes:
    before, brace, after = content.partition(b"{")
    return before + brace + f'"dockbench": "{nonce}", '.encode() + after if brace else content
