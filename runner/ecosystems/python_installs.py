"""How a Python project is installed: by the tool whose lock or manifest it has, as it is."""

from __future__ import annotations

import posixpath
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from runner.dockerfile.facts import Manifest
from runner.ecosystems.port import Tree
from runner.model.foreign import ForeignError, toml_document

PYPROJECT = "pyproject.toml"
_EXPORTED = "/tmp/requirements.txt"
_REQUIREMENTS = (
    "requirements.txt",
    "requirements/prod.txt",
    "requirements/production.txt",
    "requirements/base.txt",
    "requirements-prod.txt",
)
_INCLUDED = re.compile(
    r"^[ \t]*(?:-r|-c|--requirement|--constraint)[ =]?[ \t]*([^\s#]+)", re.MULTILINE
)
_OF_SOURCES = re.compile(
    r"^[ \t]*(?:(?:-e|--editable)[ =]?[ \t]*\S+|\.{1,2}(?:/\S*)?|file:\S+)[ \t\r]*(?:#|$)",
    re.MULTILINE,
)
_LOCKS: Mapping[str, tuple[str, str]] = {
    "uv.lock": ("uv", "uv_build"),
    "poetry.lock": ("poetry", "poetry.core"),
    "pdm.lock": ("pdm", "pdm.backend"),
    "Pipfile.lock": ("pipenv", "-"),
}
"""Lock → the tool that wrote it, and the build backend of the same makers."""


@dataclass(frozen=True)
class Install:
    """The lines of a Dockerfile that install a project's dependencies."""

    lines: tuple[str, ...]
    seen: str
    """What the choice follows: `poetry.lock, by Poetry`."""
    environment: tuple[str, ...] = ()
    """ENV lines behind them."""
    aside: tuple[str, ...] = ()
    """Other locks that are there, and are not read."""

    @property
    def of_project(self) -> bool:
        """Whether the project itself is installed, too, where it can be built."""
        line = "".join(self.lines[-1:])
        return (
            line.endswith("install .") or "--no-deps ." in line or ".venv" in str(self.environment)
        )


def install_of(tree: Tree) -> Install | None:
    """How the dependencies are installed; None for a project of another language.

    A lock is installed as it is, by the tool that wrote it or from what that exports, and with that
    tool's own check that it still belongs to its manifest.
    """
    locks = _locks(tree)
    document = pyproject(tree)
    if locks:
        lock, why = _chosen(locks, document)
        lines, environment = _OF_LOCK[lock](tree)
        aside = tuple(name for name in locks if name != lock)
        return Install(lines, f"{lock}{why}", environment, aside)
    for name in _REQUIREMENTS:
        if name in tree.paths:
            aside = tuple(x for x in ("Pipfile",) if x in tree.paths)  # without a lock: ranges
            return Install((f"RUN pip install -r {name}",), name, aside=aside)
    if "Pipfile" in tree.paths:
        return Install(("RUN pip install pipenv", "RUN pipenv install --system"), "Pipfile")
    if "poetry" in _table(document, "tool") and "project" not in document:
        lines, _ = _poetry(tree)
        return Install(lines, f"[tool.poetry] in {PYPROJECT}; there is no poetry.lock")
    if "project" in document:
        return Install(("RUN pip install .",), PYPROJECT)
    if "setup.py" in tree.paths:
        return Install(("RUN pip install .",), "setup.py")
    return None


def _locks(tree: Tree) -> list[str]:
    """Locks with the manifest that they belong to."""
    there = set(tree.paths)
    found = [name for name in _LOCKS if name in there and name != "Pipfile.lock"]
    found = found if PYPROJECT in there else []
    return [*found, *(["Pipfile.lock"] if {"Pipfile", "Pipfile.lock"} <= there else [])]


def _chosen(locks: list[str], document: Mapping[str, Any]) -> tuple[str, str]:
    """The lock of the tool that pyproject.toml speaks of, else the first; and why."""
    if len(locks) == 1:
        return locks[0], ""
    backend = str(_table(document, "build-system").get("build-backend", ""))
    for name in locks:
        tool, made_by = _LOCKS[name]
        if tool in _table(document, "tool"):
            return name, f", as {PYPROJECT} has [tool.{tool}]"
        if backend.startswith(made_by):
            return name, f", as {PYPROJECT} is built by {backend}"
    return locks[0], f", as {PYPROJECT} speaks of no tool"


def _uv(_: Tree) -> tuple[tuple[str, ...], tuple[str, ...]]:
    return ("RUN pip install uv", "RUN uv sync --locked --no-dev --compile-bytecode"), (
        _on_path(".venv"),
    )


def _poetry(tree: Tree) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """Exported and installed by pip: Poetry's own installer asks documents that only the public
    index has, and no mirror or caching proxy of it."""
    hashes = "" if _hashable(pyproject(tree)) else " --without-hashes"
    lines = (
        "RUN pip install poetry poetry-plugin-export",
        f"RUN poetry export --only main{hashes} --output {_EXPORTED} && pip install -r {_EXPORTED}",
    )
    return (*lines, *(("RUN pip install --no-deps .",) if _is_package(tree) else ())), ()


def _pdm(_: Tree) -> tuple[tuple[str, ...], tuple[str, ...]]:
    # PDM 2.29 does not run with hishel 2, which it does not exclude.
    lines = ("RUN pip install pdm 'hishel<2'", "RUN pdm install --check --prod --no-editable")
    return lines, (_on_path(".venv"),)


def _pipenv(_: Tree) -> tuple[tuple[str, ...], tuple[str, ...]]:
    return ("RUN pip install pipenv", "RUN pipenv install --system --deploy"), ()


_OF_LOCK = {"uv.lock": _uv, "poetry.lock": _poetry, "pdm.lock": _pdm, "Pipfile.lock": _pipenv}


def _on_path(folder: str) -> str:
    return f"ENV PATH=/app/{folder}/bin:$PATH"


def _hashable(document: Mapping[str, Any]) -> bool:
    """Whether each dependency is a file of an index: pip wants hashes of all or of none."""
    poetry = _table(_table(document, "tool"), "poetry")
    values = _table(poetry, "dependencies").values()
    listed = _table(document, "project").get("dependencies")
    plain = not any(
        isinstance(value, dict) and value.keys() & {"path", "git", "url", "file"}
        for value in values
    )
    return plain and not any("@" in str(x) for x in (listed if isinstance(listed, list) else ()))


def _is_package(tree: Tree) -> bool:
    """Whether the service is started from an installed package: it lies in src/, or has scripts."""
    document = pyproject(tree)
    poetry = _table(_table(document, "tool"), "poetry")
    if poetry.get("package-mode") is False or "build-system" not in document:
        return False
    scripts = {**_table(document, "project"), **poetry}.get("scripts")
    in_src = any(re.match(r"src/[^/]+/__init__\.py$", path) for path in tree.paths)
    return bool(scripts) or in_src


def pyproject(tree: Tree) -> dict[str, Any]:
    """pyproject.toml; empty where it is not there or cannot be read."""
    try:
        return toml_document(tree.texts.get(PYPROJECT, ""))
    except ForeignError:
        return {}


def _table(document: Mapping[str, Any], key: str) -> dict[str, Any]:
    found = document.get(key)
    return found if isinstance(found, dict) else {}


def manifests_of(tree: Tree) -> Iterator[Manifest]:
    """The manifests of every tool that the project has files of."""
    for path in sorted(tree.paths, key=lambda path: (path.count("/"), path)):
        if re.search(r"(?:^|/)requirements[^/]*\.txt$|(?:^|/)requirements/[^/]+\.txt$", path):
            yield _requirements(tree, path)
    document = pyproject(tree)
    local = _of_the_project(document)
    for lock, flag in (
        ("poetry.lock", "--no-root"),
        ("uv.lock", "--no-install-project"),
        ("pdm.lock", "--no-self"),
    ):
        if {PYPROJECT, lock} <= set(tree.paths):
            tool = _LOCKS[lock][0]
            yield Manifest((PYPROJECT, lock), tool, not local, local, prefetch_flag=flag)
    if "Pipfile" in tree.paths:
        files = tuple(name for name in ("Pipfile", "Pipfile.lock") if name in tree.paths)
        editable = re.search(
            r"^\s*(?:path|\S+)\s*=\s*\{[^}]*\bpath\s*=", _text(tree, "Pipfile"), re.M
        )
        reason = "Pipfile names directories of the project" if editable else ""
        yield Manifest(files, "pipenv", not reason, reason)


def _text(tree: Tree, path: str) -> str:
    return tree.texts.get(path, "")


def _of_the_project(document: Mapping[str, Any]) -> str:
    """Why pyproject.toml and its lock are not enough to install; empty where they are."""
    project, tool = _table(document, "project"), _table(document, "tool")
    if "dependencies" in (project.get("dynamic") or ()):
        return f"{PYPROJECT} leaves the dependencies to the build (dynamic)"
    uv = _table(tool, "uv")
    if "workspace" in uv:
        return f"{PYPROJECT} has a workspace, whose manifests lie elsewhere"
    tables = (
        *_table(uv, "sources").items(),
        *_table(_table(tool, "poetry"), "dependencies").items(),
    )
    for name, value in tables:
        if isinstance(value, dict) and value.keys() & {"path", "workspace"}:
            return f"{PYPROJECT} depends on a directory of the project ({name})"
    return ""


def _requirements(tree: Tree, path: str) -> Manifest:
    files = [path]
    reason = ""
    waiting = [path]
    while waiting:
        current = waiting.pop()
        text = tree.texts.get(current, "")
        if found := _OF_SOURCES.search(text):
            reason = reason or f"{current} names `{found[0].strip()}`, which are sources"
        for name in _INCLUDED.findall(text):
            other = posixpath.normpath(posixpath.join(posixpath.dirname(current), name))
            if other in tree.paths and other not in files:
                files.append(other)
                waiting.append(other)
            elif other not in tree.paths:
                reason = reason or f"{current} includes {name}, which is not there"
    return Manifest(tuple(files), "pip", not reason, reason)
