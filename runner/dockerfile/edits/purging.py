"""The commands that empty the caches of installers."""

from __future__ import annotations

import re
from collections.abc import Sequence

from runner.dockerfile.edits.installs import InstallRun
from runner.dockerfile.facts import Installer
from runner.dockerfile.shell import Command

TOO_LATE = "# Too late: what an earlier layer holds stays in the image."
"""Stands above a removal in a layer of its own, which is never merged with what it removes."""


def leaves_cache(item: InstallRun, installer: Installer) -> bool:
    """Whether the RUN leaves a cache of this installer: nothing prevents or removes it."""
    used = [install.command for install in item.installs if install.installer == installer]
    if all(map(installer.is_told_no_cache, used)):
        return False
    return not any(empties(command, installer) for command in item.script.commands)


def purge_commands(installers: Sequence[tuple[Installer, str]]) -> list[str]:
    """What empties these caches: the tools' own commands, then one `rm`; each installer comes
    with the name of its program."""
    own = [item.clean.format(program=program) for item, program in installers if item.clean]
    paths = [
        cache.removal
        for item, _ in installers
        if not item.clean
        for cache in item.caches
        if cache.purged
    ]
    removed = [f"rm -rf {' '.join(dict.fromkeys(paths))}"] if paths else []
    return [*dict.fromkeys(own), *removed]


def empties(command: Command, installer: Installer) -> bool:
    """Whether a command removes a cache of this installer."""
    clean = installer.clean.partition(" ")[2].split()[:1]
    if clean and clean[0] in command.plain and command.program in installer.programs.split("|"):
        return True
    if command.program in installer.programs.split("|") and "clean" in command.plain:
        return installer.name not in ("apt",)
    if command.program not in ("rm", "find"):
        return False
    main = installer.caches[:1]
    return any(touches(word, cache.path) for word in command.operands for cache in main)


_HOME = re.compile(r"^(?:~[\w-]*|\$HOME|\$\{HOME\}|/root|/home/[^/]+)(?=/|$)")


def touches(word: str, path: str) -> bool:
    """Whether a removed path is a cache, is in it, or holds it: `/root/.cache` empties
    `~/.cache/pip`, too."""
    named = _HOME.sub("~", word).removesuffix("/*").rstrip("/")
    cache = path.rstrip("/")
    holds_it = named not in ("", "~") and f"{cache}/".startswith(f"{named}/")
    return holds_it or f"{named}/".startswith(f"{cache}/")
