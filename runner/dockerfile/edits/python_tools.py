"""Commands of Python's package tools: what only installs such a tool, and what exports a lock."""

from __future__ import annotations

import re

from runner.dockerfile.shell import Command

TOOLS = frozenset(
    (
        *("pip", "setuptools", "wheel", "uv", "poetry", "poetry-core", "poetry-plugin-export"),
        *("pdm", "pipenv", "hatch", "hatchling", "virtualenv", "build", "hishel"),
    )
)
_LONE = frozenset(("pip", "setuptools", "uv"))
"""Those of them that bring no other package along."""
_NAME = re.compile(r"([A-Za-z0-9][\w.-]*)(?:\[[\w,-]*\])?(?:[~=<>!].*)?")
_EXPORTS = {
    "poetry": ("export",),
    "uv": ("export",),
    "pdm": ("export",),
    "pipenv": ("requirements",),
}
IN_PROJECT = {"uv": ("sync",), "pdm": ("install", "sync")}
"""Program → verbs that install into an environment in the working directory."""


def installs_tools(command: Command) -> bool:
    """Whether it installs package tools by name and nothing else: `pip install uv`."""
    plain, names = command.plain, _named(command)
    reads = any(word in ("-r", "-c", "-e", "--requirement", "--editable") for word in plain)
    pip = "install" in plain and any(re.fullmatch(r"pip[\d.]*", word) for word in _programs(plain))
    return pip and not reads and bool(names) and all(map(_is_tool, names))


def _is_tool(name: str) -> bool:
    return name in TOOLS or name.startswith("poetry-plugin-")


def brings_packages(command: Command) -> bool:
    """Whether it installs a tool that has packages of its own next to it: `pip install poetry`."""
    return installs_tools(command) and not _LONE.issuperset(_named(command))


def _named(command: Command) -> list[str]:
    """The packages that are named behind `install`, in lower case; empty texts for others."""
    plain = command.plain
    behind = plain[plain.index("install") + 1 :] if "install" in plain else ()
    names = [_NAME.fullmatch(word) for word in behind if not word.startswith("-")]
    return [name[1].lower() if name is not None else "" for name in names]


def _programs(words: tuple[str, ...]) -> list[str]:
    return [words[0].rsplit("/", 1)[-1], *words[1:3]] if words else []


def exports(command: Command) -> str:
    """The tool whose lock a command writes as requirements (`poetry export`); empty for others."""
    verbs = _EXPORTS.get(command.program, ())
    return command.program if command.operands[:1] == verbs and verbs else ""


def installs_in_project(command: Command) -> bool:
    """Whether it installs into `.venv` in the working directory."""
    verbs = IN_PROJECT.get(command.program, ())
    return bool(command.operands) and command.operands[0] in verbs
