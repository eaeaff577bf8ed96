"""Which package manager installs a Node project, in which version, and the lines of a Dockerfile
for that: its lock says it."""

from __future__ import annotations

import posixpath
import re
from typing import Any

from runner.ecosystems.port import Tree

PNPM_LOCK = "pnpm-lock.yaml"
BUN = "bun"
BUN_IMAGE = "oven/bun:1"
YARN_SETTINGS = ".yarnrc.yml"
_LOCKS = {
    "package-lock.json": "npm",
    "npm-shrinkwrap.json": "npm",
    "yarn.lock": "yarn",
    PNPM_LOCK: "pnpm",
    "bun.lock": BUN,
    "bun.lockb": BUN,
}
LOCKS = frozenset(_LOCKS)
"""The names of the files that say which packages are installed."""
_INSTALLS = {
    "npm": "npm ci",
    "yarn": "yarn install --frozen-lockfile",
    "pnpm": "pnpm install --frozen-lockfile",
    BUN: "bun install --frozen-lockfile",
    "": "npm install",
}
_LOCK_VERSION = re.compile(r"^lockfileVersion: *['\"]?(\d+(?:\.\d+)?)", re.MULTILINE)
_PNPM_OF_LOCK = {"5.3": "6", "5.4": "7", "6.0": "8", "6.1": "8"}
"""Version of pnpm's lock → the last pnpm that writes it; those of today may not read it."""
_PNPM = "10"


def lock_of(tree: Tree, folder: str = "") -> str:
    """The name of the lock in a directory; empty for none."""
    return next((name for name in _LOCKS if posixpath.join(folder, name) in tree.paths), "")


def tool_of(tree: Tree, folder: str = "") -> str:
    """The package manager whose lock lies there; empty for none."""
    return _LOCKS.get(lock_of(tree, folder), "")


def is_new_yarn(tree: Tree, package: dict[str, Any]) -> bool:
    """Whether it is installed by yarn 2 or later, which the images of Node do not bring."""
    if tool_of(tree) != "yarn":
        return False
    named = re.match(r"yarn@(\d+)", str(package.get("packageManager", "")))
    return int(named[1]) > 1 if named else YARN_SETTINGS in tree.paths


def install_lines(tree: Tree, package: dict[str, Any]) -> list[str]:
    """The instructions that install a project, with the package manager that its image lacks."""
    tool = tool_of(tree)
    if is_new_yarn(tree, package):
        return ["RUN corepack enable", "RUN yarn install --immutable"]
    lines = [f"RUN {_INSTALLS[tool]}"]
    if tool == "pnpm":
        lines.insert(0, f"RUN npm install --global pnpm@{pnpm_version(tree, package)[0]}")
    return lines


def pnpm_version(tree: Tree, package: dict[str, Any]) -> tuple[str, str]:
    """The version that the project names, else one that reads its lock; and what says it."""
    named = re.fullmatch(r"pnpm@(\d[\w.-]*)(?:\+.*)?", str(package.get("packageManager", "")))
    if named:
        return named[1], "packageManager in package.json"
    written = _LOCK_VERSION.search(tree.texts.get(PNPM_LOCK, ""))
    found = _PNPM_OF_LOCK.get(written[1], _PNPM) if written else _PNPM
    return found, f"the version of {PNPM_LOCK}"
