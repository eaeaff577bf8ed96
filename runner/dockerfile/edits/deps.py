"""deps=production: what only developing needs (test runners, linters) is not installed."""

from __future__ import annotations

import re
from collections.abc import Mapping

from runner.dockerfile.document import Document, Instruction
from runner.dockerfile.edits.appending import appended
from runner.dockerfile.edits.deps_copied import set_aside_for_image
from runner.dockerfile.edits.deps_yarn import focused, is_new_yarn, not_focused
from runner.dockerfile.edits.installs import Install, InstallRun, install_runs, nothing_to_do
from runner.dockerfile.edits.node_packages import prune_command
from runner.dockerfile.edits.places import before
from runner.dockerfile.edits.started_packages import needed_by_start
from runner.dockerfile.facts import Facts
from runner.dockerfile.shell import Command, commands_of, script_of
from runner.dockerfile.spans import NotApplicable, Replacement

OPTIONS: Mapping[str, str] = {
    "npm": "--omit=dev",
    "yarn": "--production",
    "pnpm": "--prod",
    "bun": "--production",
    "poetry": "--only main",
    "uv": "--no-dev",
    "pdm": "--prod",
}
"""Installer → the option that leaves development dependencies out."""
OLD_NPM = "--production"
"""The same for the npm 6 of Node below 16, which takes no notice of the other."""
_OLD_NODE = re.compile(r"(?:.*/)?node:(?:\d|1[0-5])(?!\d)")
_SAID = frozenset(
    (
        *("--omit=dev", "--production", "--production=true", "--only=production", "--only=prod"),
        *("--prod", "-P", "--only", "--without", "--no-dev", "--no-default-groups", "--all-groups"),
        *("--with", "--only=main", "--without=dev", "--include=dev", "--only-group", "-D", "--dev"),
    )
)
"""Options with which its author has decided that already, one way or the other."""
_VERBS = frozenset(("ci", "clean-install", "install", "i", "sync"))
_ASKED = frozenset(("--version", "-v", "--help", "-h"))
"""Options of yarn alone with which it installs nothing."""
_SCRIPTS = frozenset(
    (
        *("npm", "npx", "yarn", "yarnpkg", "pnpm", "pnpx", "bun", "bunx", "poetry", "pdm", "uv"),
        *("make", "tsc", "node", "webpack", "vite", "next", "ng", "gulp", "grunt", "pytest", "tox"),
        *("turbo", "nx", "rollup", "esbuild", "jest", "mocha", "eslint", "ruff", "mypy", "gatsby"),
    )
)
_HARMLESS_VERBS = frozenset(
    ("cache", "config", "set", "uninstall", "--version", "store", "self", "prune")
)


def edit(document: Document, facts: Facts) -> list[Replacement] | NotApplicable:
    """The option behind the verb of each command that installs what manifest or lock say. Where a
    script of the project's runs then (`prepare: husky`), and by yarn 2 and later, all is installed,
    and what is for development is removed in the same RUN.

    Where a later command of the same stage, or of one that is built on it, may build or test
    something with what would be missing, an image that copies `node_modules` from there gets
    production's alone. Refused where it does not, and where the image's own start needs it.
    """
    found: list[Replacement] = []
    reasons: list[str] = []
    for item in install_runs(document, facts):
        for install in item.installs:
            if not _is_whole(install) or _is_pruned(document, item, install):
                continue
            done = _said(document, item.run, install, facts) or _edited(
                document, item, install, facts
            )
            if isinstance(done, str):
                reasons.append(done)
            else:
                found += done
    if found or reasons:
        return found or NotApplicable(reasons[0])
    done = "no RUN installs development dependencies that an option would leave out"
    return NotApplicable(nothing_to_do(document, facts, done))


def _edited(
    document: Document, item: InstallRun, install: Install, facts: Facts
) -> list[Replacement] | str:
    """How one command leaves them out; else why they stay."""
    option = option_of(install.installer.name, document.root_of(item.run))
    if reason := _needed(document, item, install, facts):
        return set_aside_for_image(document, item, install, facts, option) or reason
    if is_new_yarn(install, facts):
        line = document.line_of(item.run.start)
        behind = focused(document, item, install)
        return behind or f"nothing can stand behind the install of line {line}"
    return [_pruned(document, item, install, facts) or _told(install, option)]


def _told(install: Install, option: str) -> Replacement:
    verb = install.installer.verb_at(install.command)
    assert verb is not None
    at = install.command.spans[verb][1]
    return Replacement(at, at, f" {option}")


def _pruned(
    document: Document, item: InstallRun, install: Install, facts: Facts
) -> Replacement | None:
    """What removes packages for development once a script of the project's has run; None where
    installing runs none."""
    name = install.installer.name
    several = sum(x.installer.name == name for x in item.installs) > 1
    if several or not any(x.has_hooks for x in facts.manifests if x.installer == name):
        return None
    command = prune_command(name, option_of(name, document.root_of(item.run)))
    return appended(document, item.run, item.script, command) if command else None


def _is_pruned(document: Document, item: InstallRun, install: Install) -> bool:
    """Whether a later command of its stage removes them already: of its RUN, or of what that was
    split into."""
    runs = (run for run in document.runs() if run.stage == item.run.stage)
    found = (x for run in runs for x in commands_of(document, run))
    later = (x for x in found if x.start > install.command.start)
    same = [x for x in later if x.program == install.command.program]
    return any({"prune", *_SAID} & set(x.plain) for x in same)


def option_of(installer: str, reference: str) -> str:
    """The option of an installer on an image that leaves development dependencies out."""
    old = installer == "npm" and _OLD_NODE.match(reference)
    return OLD_NPM if old else OPTIONS[installer]


def _is_whole(install: Install) -> bool:
    """Whether a command installs all that the project names, and nobody has said which part."""
    command, name = install.command, install.installer.name
    if name not in OPTIONS or set(command.plain) & _SAID:
        return False
    if name == "yarn" and not command.operands:
        return not set(command.plain) & _ASKED
    return len(command.operands) == 1 and command.operands[0] in _VERBS and not _is_global(command)


def _said(document: Document, run: Instruction, install: Install, facts: Facts) -> str:
    """Why its installer leaves them out already, or has no such option, or why they are needed;
    empty for none."""
    above = [*before(document, run), run]
    told = "\n".join(document.text[x.start : x.end] for x in above)
    production = re.search(r"\bNODE_ENV[ =][\"']?production\b", told)
    if install.installer.ecosystem == "node" and production and not is_new_yarn(install, facts):
        return "NODE_ENV is production, which leaves them out already"
    if install.installer.name == "yarn" and (reason := not_focused(document, facts)):
        return reason
    return needed_by_start(document, facts) if install.installer.ecosystem == "node" else ""


def _is_global(command: Command) -> bool:
    return bool({"-g", "--global", "global"} & set(command.plain))


def _needed(document: Document, item: InstallRun, install: Install, facts: Facts) -> str:
    """Which later command may need what would be missing; empty for none."""
    for run in document.runs():
        if run.start < item.run.start or item.run.stage not in document.lineage_of(run.stage):
            continue
        script = script_of(document, run)
        if script is None or script.broken:
            return f"line {document.line_of(run.start)} is not understood"
        for command in script.commands:
            behind = command.start > install.command.start
            if behind and _may_build(command, facts):
                line = document.line_of(run.start)
                return f"line {line} runs {' '.join(command.plain[:3])}, which may need them"
    return ""


def _may_build(command: Command, facts: Facts) -> bool:
    if command.program not in _SCRIPTS:
        return False
    if facts.installer_of(command) is not None:
        return False
    return not (command.operands and command.operands[0] in _HARMLESS_VERBS)
