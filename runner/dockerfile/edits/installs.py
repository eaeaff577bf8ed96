"""The RUN instructions that install something, as all edits about caches look at them."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property

from runner.dockerfile.document import Document, Instruction
from runner.dockerfile.facts import Facts, Installer
from runner.dockerfile.reads import mounts_of
from runner.dockerfile.shell import Command, Script, script_of


@dataclass(frozen=True)
class Install:
    """One command that installs, and what it installs with."""

    command: Command
    installer: Installer


@dataclass(frozen=True)
class InstallRun:
    """One RUN with at least one such command."""

    run: Instruction
    script: Script
    installs: tuple[Install, ...]
    mounts_cache: bool = False
    """Whether it has a cache mount."""

    @cached_property
    def installers(self) -> tuple[Installer, ...]:
        """What it installs with, each once, in the order of first use."""
        return tuple(dict.fromkeys(item.installer for item in self.installs))

    def program_of(self, installer: Installer) -> str:
        """The program's name as the RUN writes it: `yum` where that is dnf's."""
        return next(x.command.program for x in self.installs if x.installer == installer)


def install_runs(document: Document, facts: Facts) -> Iterator[InstallRun]:
    """Every RUN that installs with something known; shell that is not understood is left out."""
    for run in document.runs():
        script = script_of(document, run)
        if script is None or script.broken:
            continue
        found = tuple(
            Install(command, installer)
            for command in script.commands
            if (installer := facts.installer_of(command)) is not None
        )
        if found:
            caches = any(mount.is_cache for mount in mounts_of(document, run))
            yield InstallRun(run, script, found, caches)


def nothing_to_do(document: Document, facts: Facts, done: str) -> str:
    """Why an edit about installs found nothing to change: there are none, or each is as it should
    be (`done` says how)."""
    if not document.runs():
        return "it has no RUN"
    if any(install_runs(document, facts)):
        return done
    broken = [run for run in document.runs() if (s := script_of(document, run)) and s.broken]
    if broken:
        return f"the shell of line {document.line_of(broken[0].start)} is not understood"
    return "no RUN installs with a program that is known"
