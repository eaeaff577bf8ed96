"""Commands of a Dockerfile that install pnpm in whatever version is the newest, with one named."""

from __future__ import annotations

from runner.dockerfile.document import Document
from runner.dockerfile.shell import Command, commands_of
from runner.dockerfile.spans import Replacement

_NEWEST = ("pnpm", "pnpm@latest")
_GLOBAL = frozenset(("-g", "--global", "--location=global", "global"))
_INSTALLS = frozenset(("install", "i", "add"))
_OF_COREPACK = frozenset(("prepare", "use", "install"))


def with_version_of_pnpm(document: Document, version: str) -> Document:
    """The document whose `npm install --global pnpm`, `corepack prepare pnpm@latest` and so on name
    a version."""
    return document.edited(
        [
            Replacement(*span, f"pnpm@{version}")
            for run in document.runs()
            for command in commands_of(document, run)
            if _installs_tools(command)
            for word, span in zip(command.plain, command.spans, strict=True)
            if word in _NEWEST
        ]
    )


def _installs_tools(command: Command) -> bool:
    words = set(command.plain)
    if command.program == "corepack":
        return bool(words & _OF_COREPACK)
    return command.program in ("npm", "yarn") and bool(words & _GLOBAL) and bool(words & _INSTALLS)
