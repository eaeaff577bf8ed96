"""installer=npm_ci and installer=pnpm: Node packages exactly as package-lock.json says.

`npm install` may take newer versions than the lock names; `npm ci` never does. pnpm links packages
instead of copying them, takes the versions of the same lock, and is in no layer itself.
"""

from __future__ import annotations

import posixpath
import re
from collections.abc import Iterator, Sequence

from runner.dockerfile.document import Document, Instruction
from runner.dockerfile.edits.around import around, is_link
from runner.dockerfile.edits.places import copied_to, user_at, workdir_at
from runner.dockerfile.facts import Facts, Manifest
from runner.dockerfile.reads import mounts_of
from runner.dockerfile.shell import Command, Script, script_of
from runner.dockerfile.spans import NotApplicable, Replacement

PNPM = "pnpm@10"
_LOCKS = ("package-lock.json", "npm-shrinkwrap.json")
_INSTALL = ("install", "i", "add")
_CI = ("ci", "clean-install")
_GLOBAL = frozenset(("-g", "--global", "--location=global"))
_CHANGES = (*_INSTALL, *_CI, "uninstall", "update", "prune", "dedupe", "rebuild", "link", "audit")
_PRODUCTION = re.compile(r"--omit=dev|--production(?:=true)?|--only=prod(?:uction)?")
_KEPT = re.compile(r"--ignore-scripts|--prefer-offline|--offline")
_OF_NPM = re.compile(
    r"--no-audit|--no-fund|--no-progress|--silent|-s|--quiet|-q|--loglevel=\w+|--legacy-peer-deps"
    r"|--no-update-notifier|--no-optional|--omit=optional|--include=dev|--also=dev"
)
_AS_NPM = "--config.node-linker=isolated --config.dangerously-allow-all-builds=true"


def npm_ci(document: Document, facts: Facts) -> list[Replacement] | NotApplicable:
    """The verb of each `npm install` that names no package, where the lock was copied before."""
    lock = _lock(facts)
    if isinstance(lock, NotApplicable):
        return lock
    reasons, found = [], []
    commands = [(run, script, x) for run, script, x in _npm(document) if _installs_all(x)]
    for run, script, command in commands:
        if command.operands[0] in _CI:
            continue
        if reason := _unlike(document, facts, run, script, command):
            reasons.append(reason)
        else:
            index = command.plain.index(command.operands[0])
            found.append(Replacement(*command.spans[index], "ci"))
    if found or reasons:
        return found or NotApplicable(reasons[0])
    done = "it installs with npm ci already" if commands else "no RUN runs npm install"
    return NotApplicable(done)


def pnpm(document: Document, facts: Facts) -> list[Replacement] | NotApplicable:
    """`pnpm install` for each `npm ci` and `npm install`, and `pnpm prune` for `npm prune`.

    Refused where npm changes the packages in another way, too: it does not know pnpm's links.
    """
    lock = _lock(facts)
    if isinstance(lock, NotApplicable):
        return lock
    if not lock.self_contained:
        return NotApplicable(lock.reason)
    found: list[Replacement] = []
    installed = False
    for run in document.runs():
        commands = [(script, x) for other, script, x in _npm(document) if other is run]
        commands = [(script, x) for script, x in commands if _changes(x)]
        for script, command in commands:
            if reason := _not_for_pnpm(document, facts, run, script, command):
                return NotApplicable(reason)
        if commands:
            links = [command for _, command in commands]
            found += _with_pnpm(document, run, links)
            installed = installed or any(_installs_all(command) for command in links)
    return found if installed else NotApplicable("no RUN runs npm ci or npm install")


def _lock(facts: Facts) -> Manifest | NotApplicable:
    for manifest in facts.manifests:
        if any(posixpath.basename(path) in _LOCKS for path in manifest.files):
            return manifest
    return NotApplicable("no package-lock.json was found")


def _npm(document: Document) -> Iterator[tuple[Instruction, Script, Command]]:
    """Every npm command that is understood."""
    for run in document.runs():
        script = script_of(document, run)
        if script is not None and not script.broken:
            for command in script.commands:
                if command.program == "npm" and command.operands:
                    yield run, script, command


def _installs_all(command: Command) -> bool:
    """Whether it installs what the manifest says, and names no package."""
    verb = command.operands[0] in (*_INSTALL, *_CI)
    return verb and len(command.operands) == 1 and not _GLOBAL & set(command.plain)


def _changes(command: Command) -> bool:
    """Whether it changes the packages of the project."""
    return command.operands[0] in _CHANGES and not _GLOBAL & set(command.plain)


def _unlike(
    document: Document, facts: Facts, run: Instruction, script: Script, command: Command
) -> str:
    """Why the lock may not be what is installed from; empty if it is."""
    line = f"line {document.line_of(run.start)}"
    if any(word.startswith(("--prefix", "-C", "--no-package-lock")) for word in command.plain):
        return f"{line} installs elsewhere, or without a lock"
    if any(other.program in ("cd", "pushd") for other in script.commands):
        return f"{line} changes the directory"
    folder = workdir_at(document, run)
    locks = [x for m in facts.manifests for x in m.files if posixpath.basename(x) in _LOCKS]
    wanted = {posixpath.join(folder, name) for name in _LOCKS}
    if not any(wanted & copied_to(document, run, path) for path in locks):
        return f"{line}: no COPY above it brings {_LOCKS[0]} to {folder}"
    return ""


def _not_for_pnpm(
    document: Document, facts: Facts, run: Instruction, script: Script, command: Command
) -> str:
    line = f"line {document.line_of(run.start)}"
    prunes = command.operands == ("prune",) and _production(command)
    if not prunes and not _installs_all(command):
        return f"{line} runs npm {command.operands[0]}, which does not know the links of pnpm"
    if not is_link(script, command) or command.spans[0][0] != command.start:
        return f"{line} is more than a chain of commands"
    if user := user_at(document, run):
        return f"{line} is run as the user {user}, who may not install pnpm"
    for word in command.plain[1:]:
        known = any(rule.fullmatch(word) for rule in (_PRODUCTION, _KEPT, _OF_NPM))
        if word.startswith("-") and not known:
            return f"{line}: pnpm has no option like npm's {word.partition('=')[0]}"
    return "" if prunes else _unlike(document, facts, run, script, command)


def _production(command: Command) -> bool:
    return any(_PRODUCTION.fullmatch(word) for word in command.plain)


def _with_pnpm(
    document: Document, run: Instruction, commands: Sequence[Command]
) -> list[Replacement]:
    """These commands with pnpm, which is installed before the first one and removed behind the
    last one with what npm kept of it."""
    install, remove = f"npm install --global {PNPM}", "npm uninstall --global pnpm"
    gap = document.and_then
    if not any(mount.is_cache for mount in mounts_of(document, run)):
        remove = f"{remove}{gap}rm -rf ~/.npm"
    found = around(document, commands, install, remove)
    for command in commands:
        text = " ".join(_pnpm_words(command))
        if _installs_all(command):
            text = f"pnpm import{gap}{text}"
        found.append(Replacement(command.start, command.end, text))
    return found


def _pnpm_words(command: Command) -> Iterator[str]:
    if command.operands == ("prune",):
        yield from ("CI=true", "pnpm", "prune", "--prod")
    else:
        yield from ("pnpm", "install", "--frozen-lockfile", _AS_NPM)
        if _production(command):
            yield "--prod"
        if {"--no-optional", "--omit=optional"} & set(command.plain):
            yield "--no-optional"
    yield from (word for word in command.plain[1:] if _KEPT.fullmatch(word))
