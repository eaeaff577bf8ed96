"""Packages that are needed to build or to test, and hardly ever to run: a table for hints."""

from __future__ import annotations

import re
from functools import cache

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
