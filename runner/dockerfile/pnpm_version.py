"""Commands of a Dockerfile that install pnpm in whatever version is the newest, with one named; a
`corepack enable` does so when pnpm is run first."""

from __future__ import annotations

from runner.dockerfile.document import Document
from runner.dockerfile.shell import Command, commands_of
from runner.dockerfile.spans import Replacement

_NEWEST = ("pnpm", "pnpm@latest")
_GLOBAL = frozenset(("-g", "--global", "--location=global", "global"))
_INSTALLS = frozenset(("install", "i", "add"))
_OF_COREPACK = frozenset(("prepare", "use", "install"))


def with_version_of_pnpm(document: Document, version: str, is_named: bool = False) -> Document:
    """The document whose `npm install --global pnpm`, `corepack prepare pnpm@latest` and so on name
    a version; `is_named` where package.json does, which corepack reads."""
    commands = [item for run in document.runs() for item in commands_of(document, run)]
    found = [
        Replacement(*span, f"pnpm@{version}")
        for command in commands
        if _installs_tools(command)
        for word, span in zip(command.plain, command.spans, strict=True)
        if word in _NEWEST
    ]
    if not found and not is_named:
        end = f" && corepack prepare pnpm@{version} --activate"
        found = [Replacement(x.end, x.end, end) for x in commands if _enables_pnpm(x)]
    return document.edited(found)


def _enables_pnpm(command: Command) -> bool:
    """`corepack enable`, alone or with pnpm's name."""
    return command.plain[:2] == ("corepack", "enable") and all(
        word == "pnpm" or word.startswith("-") for word in command.plain[2:]
    )


def _installs_tools(command: Command) -> bool:
    words = set(command.plain)
    if command.program == "corepack":
        return bool(words & _OF_COREPACK)
    return command.program in ("npm", "yarn") and bool(words & _GLOBAL) and bool(words & _INSTALLS)
