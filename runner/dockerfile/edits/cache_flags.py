"""cache=flags: installers are told to keep no cache (`--no-cache-dir`, `--no-cache`)."""

from __future__ import annotations

from collections.abc import Iterator

from runner.dockerfile.document import Document
from runner.dockerfile.edits.installs import Install, install_runs, nothing_to_do
from runner.dockerfile.facts import Facts
from runner.dockerfile.spans import NotApplicable, Replacement


def edit(document: Document, facts: Facts) -> list[Replacement] | NotApplicable:
    """The flag behind the word `install` of each command of an installer that has such a flag.

    Only in stages whose layers are in the image: elsewhere a cache costs nothing.
    """
    found = list(_replacements(document, facts))
    done = "no installer in the stages of the image keeps a cache that a flag prevents"
    return found or NotApplicable(nothing_to_do(document, facts, done))


def _replacements(document: Document, facts: Facts) -> Iterator[Replacement]:
    for item in install_runs(document, facts):
        if not document.in_image(item.run) or item.mounts_cache:
            continue
        for install in item.installs:
            if install.installer.no_cache_flag and not _is_told(document, install, item.run.stage):
                yield _told(install)


def _is_told(document: Document, install: Install, stage: int) -> bool:
    """Whether flag or variable keep the installer from keeping a cache already."""
    installer = install.installer
    if installer.is_told_no_cache(install.command):
        return True
    variable = installer.no_cache_variable
    return bool(variable) and any(
        item.keyword in ("ENV", "ARG") and variable in document.of(item)
        for item in document.in_stage(stage)
    )


def _told(install: Install) -> Replacement:
    """The flag in the place of what it makes needless, or behind the verb."""
    installer, command = install.installer, install.command
    if installer.instead and installer.instead in command.plain:
        span = command.spans[command.plain.index(installer.instead)]
        return Replacement(*span, installer.no_cache_flag)
    index = installer.verb_at(command)
    assert index is not None
    at = command.spans[index][1]
    return Replacement(at, at, f" {installer.no_cache_flag}")
