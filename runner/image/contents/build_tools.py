"""Packages that are needed to build or to test, and hardly ever to run: a table for hints.

What a container starts is none of them, nor what a package that runs cannot do without.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from functools import cache

from runner.image.contents.packages import Ownership
from runner.image.contents.packages.port import plain_name
from runner.model.anatomy import Package

_SYSTEM = (
    r"(?!.+-base$)(?:gcc|g\+\+|cpp|clang|llvm|gfortran|libgcc|libstdc\+\+)-\d+(?:-dev)?(?:-[\w-]+)?"
    r"|gcc|g\+\+|cpp|clang|gfortran|make|cmake|ninja-build|ninja|meson|autoconf|automake|libtool"
    r"|binutils(?:-[\w-]+)?|build-essential|build-base|dpkg-dev|pkg-config|pkgconf|patch|gdb"
    r"|rustc|cargo|golang(?:-[\w.-]+)?|go|git|git-man|mercurial|subversion|bzr|linux-libc-dev"
    r"|linux-headers|.+-dev"
)
_PYTHON = (
    r"(?i:"
    r"poetry(?:-core|-plugin-export)?|pipenv|uv|pdm|hatch|hatchling|flit|virtualenv|build|twine"
    r"|cython|scikit-build(?:-core)?|meson-python|ninja|cmake|pybind11|maturin"
    r"|pytest(?:-[\w-]+)?|coverage|tox|nox|mypy|ruff|black|isort|flake8|pylint|pre-commit|hypothesis"
    r"|ipython|jupyter(?:lab)?|notebook|sphinx)"
)
_NPM = (
    r"typescript|webpack(?:-cli)?|vite|rollup|esbuild|@esbuild/.+|eslint|prettier|jest|mocha|vitest"
    r"|@types/.+|@babel/core|nodemon|ts-node|playwright|cypress|node-gyp"
)

_TOOLS = {"dpkg": _SYSTEM, "apk": _SYSTEM, "python": _PYTHON, "npm": _NPM}

BUILD_STAGE = "install them in another stage and COPY --from only the result"
NOT_IN_PRODUCTION = "leave development dependencies out, or install them in another stage"


_FAMILIES = {"jupyter": ("jupyterlab", "notebook", "ipython")}
"""Programs that packages of other names make useful."""


def build_tools(owned: Ownership, started: Iterable[str]) -> Iterator[int]:
    """Indexes of the packages that nothing needs which a container starts."""
    packages = owned.packages
    tools = {
        at for at, package in enumerate(packages) if is_build_tool(package.manager, package.name)
    }
    words = {plain_name(word) for word in started}
    words |= {name for word in words for name in _FAMILIES.get(word.partition("-")[0], ())}
    scripts = _scripts(owned, set(started))
    running = [
        at
        for at, package in enumerate(packages)
        if at not in tools or plain_name(package.name) in words or at in scripts
    ]
    yield from sorted(tools - _needed(running, packages, owned.requires))


def _scripts(owned: Ownership, started: set[str]) -> set[int]:
    """Packages with a program of a started name."""
    claims = {
        claim
        for path, claim in owned.claim_of.items()
        if "bin/" in path and path.rpartition("/")[2] in started
    }
    return {at for at, claim in enumerate(owned.places) if claim in claims}


def _needed(
    running: Sequence[int], packages: Sequence[Package], requires: Sequence[Sequence[str]]
) -> set[int]:
    """These packages and all that they require, directly or not."""
    named: dict[tuple[str, str], list[int]] = {}
    for at, package in enumerate(packages):
        named.setdefault((package.manager, plain_name(package.name)), []).append(at)
    found, pending = set(running), list(running)
    while pending:
        at = pending.pop()
        for name in requires[at]:
            more = set(named.get((packages[at].manager, name), ())) - found
            found |= more
            pending += more
    return found


def is_build_tool(manager: str, name: str) -> bool:
    """Whether a package is one of the table's."""
    tools = _compiled(manager)
    return tools is not None and tools.fullmatch(name) is not None


@cache
def _compiled(manager: str) -> re.Pattern[str] | None:
    """Made when the first package of a manager is looked at: that takes milliseconds."""
    tools = _TOOLS.get(manager)
    return None if tools is None else re.compile(tools)


def instead(manager: str) -> str:
    """What to do about such packages."""
    return BUILD_STAGE if manager in ("dpkg", "apk") else NOT_IN_PRODUCTION
