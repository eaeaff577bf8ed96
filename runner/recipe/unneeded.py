"""ignore=unneeded: lines for a .dockerignore that leave out what no build of this Dockerfile needs.

Two kinds: what is known by its name (version control, caches of tools, virtual environments), and
what is large and in no directory that a COPY reaches. What this Dockerfile, another one in the same
context or an exception of the .dockerignore names stays, whatever it is.
"""

from __future__ import annotations

import contextlib
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from runner.dockerfile.document import DockerfileError, Document, Instruction
from runner.dockerfile.facts import Facts
from runner.dockerfile.reads import read_in_context
from runner.dockerfile.shell import script_of
from runner.dockerfile.spans import NotApplicable
from runner.model.errors import ProjectError
from runner.model.paths import real
from runner.project.inside import read_inside
from runner.recipe.context import ContextEntry

MOST_DOCKERFILES = 50
"""Other Dockerfiles of a context that are read."""
LARGEST_BYTES = 1 << 20
"""A larger file is not read."""
UNREACHED_BYTES = 100_000
"""From this size on it is worth a line that no COPY reaches something."""

_VERSION_CONTROL = "version control"
_NAMES: Mapping[str, str] = {
    ".git": _VERSION_CONTROL,
    ".hg": _VERSION_CONTROL,
    ".svn": _VERSION_CONTROL,
    "__pycache__": "compiled Python of this machine",
    ".pytest_cache": "cache of a tool",
    ".mypy_cache": "cache of a tool",
    ".ruff_cache": "cache of a tool",
    ".hypothesis": "cache of a tool",
    ".tox": "environments of tests",
    ".nox": "environments of tests",
    ".nyc_output": "coverage of tests",
    ".coverage": "coverage of tests",
    "htmlcov": "coverage of tests",
    ".idea": "settings of an editor",
    ".vscode": "settings of an editor",
    ".vs": "settings of an editor",
    ".DS_Store": "left by a file manager",
    "Thumbs.db": "left by a file manager",
    ".terraform": "plugins of Terraform",
}
"""Of directories and files, anywhere in the context."""
_INSTALLED = {"node": "node_modules", "rust": "target"}
"""What an installer of this ecosystem makes anew in the build."""
_AT_ROOT = re.compile(
    r"(?:Dockerfile|Containerfile)(?:\.[\w.-]+)?|(?:docker-)?compose(?:\.[\w-]+)*\.ya?ml"
    r"|\.dockerignore|\.github|\.gitlab-ci\.yml|\.circleci|\.travis\.yml|\.pre-commit-config\.yaml"
)
"""What is about building, at the root: an edit there would build everything again."""
_READS_HISTORY = re.compile(
    r"setuptools[-_.]scm|setuptools[-_]git|versioneer|hatch[-_]vcs|dynamic[-_]versioning|dunamai"
    r"|\bpbr\b|\bgit\b[^\n&;|]{0,60}\b(?:describe|rev-parse|log|commit-id)\b|gitversion|simple-git"
    r"|vergen",
    re.IGNORECASE,
)
_RUNS = ("RUN", "CMD", "ENTRYPOINT", "HEALTHCHECK", "SHELL")
CONFIGURATIONS = (
    *("pyproject.toml", "setup.py", "setup.cfg", "package.json", "Makefile", "pom.xml"),
    *("build.gradle", "build.gradle.kts", "Cargo.toml", "build.rs", "go.mod", "Taskfile.yml"),
)
"""Files at the root that may say that a build reads the history of the repository."""


@dataclass(frozen=True)
class IgnoreLine:
    """One pattern to add, and what it leaves out of the context as it is now."""

    pattern: str
    why: str
    files: int
    bytes: int


def texts_in(root: Path, paths: Sequence[str], dockerfile: Path | None = None) -> dict[str, str]:
    """What a context says of itself: configurations at its root, and Dockerfiles other than
    `dockerfile`. Only regular files of UTF-8 text in it are read."""
    others = [name for name in paths if "Dockerfile" in name or "Containerfile" in name]
    texts: dict[str, str] = {}
    for name in [*sorted(set(CONFIGURATIONS) & set(paths)), *others[:MOST_DOCKERFILES]]:
        if dockerfile is not None and real(root / name) == real(dockerfile):
            continue
        with contextlib.suppress(OSError, UnicodeDecodeError, ProjectError):
            content = read_inside(root, name, LARGEST_BYTES)
            if content is not None:
                texts[name] = content.decode("utf-8")
    return texts


def unneeded(
    document: Document,
    facts: Facts,
    entries: Sequence[ContextEntry],
    dockerignore: str,
    texts: Mapping[str, str],
) -> tuple[IgnoreLine, ...] | NotApplicable:
    """The lines to add, those that leave out most first.

    `entries` is what is sent with this .dockerignore; `texts` are the contents of `CONFIGURATIONS`
    and of other Dockerfiles in the context. Raises `DockerfileError` for a document that is none.
    """
    needed = _Needed(document, dockerignore, texts)
    rules = _Rules(entries, needed, _ecosystems(document, facts))
    found: dict[str, IgnoreLine] = {}
    for entry in entries:
        pattern, why = rules.of(entry.path)
        if pattern:
            known = found.get(pattern, IgnoreLine(pattern, why, 0, 0))
            files = known.files + (not entry.folder)
            found[pattern] = IgnoreLine(pattern, why, files, known.bytes + entry.bytes)
    lines = sorted(found.values(), key=lambda line: (-line.bytes, line.pattern))
    return tuple(lines) or NotApplicable("nothing is sent that is known to be unneeded")


def with_lines(dockerignore: str, lines: Sequence[IgnoreLine]) -> str:
    """The .dockerignore with these lines at its end, in the way that its own lines end."""
    newline = "\r\n" if "\r\n" in dockerignore else "\n"
    gap = newline if dockerignore and not dockerignore.endswith("\n") else ""
    return dockerignore + gap + "".join(f"{line.pattern}{newline}" for line in lines)


class _Rules:
    """Which pattern leaves out which path."""

    def __init__(
        self, entries: Sequence[ContextEntry], needed: _Needed, ecosystems: set[str]
    ) -> None:
        made_anew = {_INSTALLED[name] for name in ecosystems & set(_INSTALLED)}
        whys = dict.fromkeys(made_anew - needed.copied_names, "made anew by the build")
        whys |= {name: why for name, why in _NAMES.items() if not needed.mentions(name)}
        if needed.history:
            whys = {name: why for name, why in whys.items() if why != _VERSION_CONTROL}
        self._whys = whys
        self._needed = needed
        self._environments = [
            path
            for path in _environments(entries)
            if path.rpartition("/")[2] not in needed.copied_names
            and ("python" in ecosystems or not needed.mentions(path.rpartition("/")[2]))
        ]
        self._compiled = not needed.mentions(".pyc") and not any(
            entry.folder and entry.path.endswith(".pyc") for entry in entries
        )
        self._unreached = _unreached(entries, needed.reached) - needed.copied_names

    def of(self, path: str) -> tuple[str, str]:
        """The pattern, and why; empty for what stays."""
        for environment in self._environments:
            if f"{path}/".startswith(f"{environment}/"):
                return _literal(environment), "a virtual environment of this machine"
        for name in path.split("/"):
            if name in self._whys:
                return f"**/{name}", self._whys[name]
        if self._compiled and path.endswith(".pyc"):
            return "**/*.pyc", _NAMES["__pycache__"]
        top = path.partition("/")[0]
        if _AT_ROOT.fullmatch(top) and not self._needed.mentions(top):
            return _literal(top), "about building, not in use by it"
        if top in self._unreached:
            return _literal(top), "in nothing that the Dockerfile copies"
        return "", ""


def _literal(path: str) -> str:
    """A pattern for exactly this path; empty for one that no line can hold."""
    if any(char in path for char in "\r\n") or path != path.strip():
        return ""
    return re.sub(r"([*?\[\]\\^]|^[#!])", r"\\\1", path)


def _environments(entries: Sequence[ContextEntry]) -> list[str]:
    ending = "/pyvenv.cfg"
    return [entry.path.removesuffix(ending) for entry in entries if entry.path.endswith(ending)]


def _unreached(entries: Sequence[ContextEntry], reached: Sequence[str] | None) -> set[str]:
    """What lies at the root, is large, and is in nothing that is copied."""
    sizes: dict[str, int] = {}
    for entry in entries if reached is not None else ():
        top = entry.path.partition("/")[0]
        sizes[top] = sizes.get(top, 0) + entry.bytes
    tops = {source.partition("/")[0] for source in reached or ()}
    return {top for top, size in sizes.items() if size >= UNREACHED_BYTES and top not in tops}


def _reached(document: Document) -> list[str] | None:
    """What is copied of the context; None if that may be anything."""
    found: list[str] = []
    for item in document.instructions:
        if item.keyword == "ONBUILD":
            return None
        for source in _sources(document, item):
            plain = "/".join(part for part in source.split("/") if part not in ("", "."))
            if not plain or re.match(r"[^/]*[*?\[$\\]|\.\.", plain):
                return None
            found.append(plain)
    return found


def _sources(document: Document, item: Instruction) -> list[str]:
    return [path for path in read_in_context(document, item) if "://" not in path]


def _ecosystems(document: Document, facts: Facts) -> set[str]:
    """The languages for which something is installed in the build."""
    return {
        installer.ecosystem
        for item in document.runs()
        if (script := script_of(document, item)) is not None
        for command in script.commands
        if (installer := facts.installer_of(command)) is not None
    }


class _Needed:
    """What the Dockerfiles of a context name, and what its .dockerignore keeps."""

    def __init__(self, document: Document, dockerignore: str, texts: Mapping[str, str]) -> None:
        others = [Document(text) for name, text in texts.items() if name not in CONFIGURATIONS]
        reached: list[str] | None = []
        said = [line for line in dockerignore.splitlines() if line.strip().startswith("!")]
        for one in [document, *others]:
            try:
                more = _reached(one)
                said += [one.value(item) for item in one.instructions if item.keyword in _RUNS]
            except DockerfileError:
                if one is document:
                    raise
                continue
            reached = None if more is None or reached is None else [*reached, *more]
        self.reached = reached
        """What is copied of the context; None if that may be anything."""
        sources = [source for one in [document, *others] for source in _all_sources(one)]
        kept = [line.strip().lstrip("! ") for line in dockerignore.splitlines() if "!" in line]
        self.copied_names = {part for source in [*sources, *kept] for part in source.split("/")}
        self._text = "\n".join([*said, *sources])
        told = [texts.get(name, "") for name in CONFIGURATIONS]
        self.history = bool(_READS_HISTORY.search("\n".join([self._text, *told])))
        """Whether a build reads the history of the repository."""

    def mentions(self, name: str) -> bool:
        """Whether something that is copied or run has this name."""
        return bool(re.search(rf"(?<![\w.-]){re.escape(name)}(?![\w-])", self._text))


def _all_sources(document: Document) -> list[str]:
    try:
        return [
            source
            for item in document.instructions
            if item.keyword in ("COPY", "ADD")
            for source in _sources(document, item)
        ]
    except DockerfileError:
        return []
