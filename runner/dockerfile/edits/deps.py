"""deps=production: what only developing needs (test runners, linters) is not installed."""

from __future__ import annotations

import re
from collections.abc import Mapping

from runner.dockerfile.document import Document, Instruction
from runner.dockerfile.edits.appending import appended
from runner.dockerfile.edits.deps_copied import set_aside_for_image
from runner.dockerfile.edits.deps_needed import needing_development
from runner.dockerfile.edits.deps_twin import on_a_copy
from runner.dockerfile.edits.deps_yarn import focused, is_new_yarn, not_focused
from runner.dockerfile.edits.installs import Install, InstallRun, install_runs, nothing_to_do
from runner.dockerfile.edits.node_holders import holders
from runner.dockerfile.edits.node_packages import prune_command
from runner.dockerfile.edits.places import before
from runner.dockerfile.edits.started_packages import needed_by_start
from runner.dockerfile.facts import Facts
from runner.dockerfile.shell import commands_of
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
_PRUNES = frozenset(
    ("prune", "--omit=dev", "--production", "--production=true", "--only=production", "--prod")
)
"""Words of commands of Node that leave production's packages."""
_VERBS = frozenset(("ci", "clean-install", "install", "i", "sync"))
_ASKED = frozenset(("--version", "-v", "--help", "-h"))
"""Options of yarn alone with which it installs nothing."""


def edit(document: Document, facts: Facts) -> list[Replacement] | NotApplicable:
    """The option behind the verb of each command that installs what manifest or lock say. Where a
    script of the project's runs then (`prepare: husky`), and by yarn 2 and later, all is installed,
    and what is for development is removed in the same RUN.

    Where a later command of the same stage, or of one that has its packages, may build or test
    something with what would be missing, an image that copies `node_modules` from there gets
    production's alone, and one that is built on the stage is built on a copy of it. Refused where
    the image does neither, and where it needs them itself.
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
            elif any(x in found for x in done):
                reasons.append(f"line {document.line_of(item.run.start)} installs the same again")
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
    told = _told(document, item, install, facts, option)
    needing = needing_development(document, item, install, facts)
    if needing:
        if any(run.stage in document.lineage for run in needing):
            return next(iter(needing.values()))
        aside = set_aside_for_image(document, item, install, facts, option)
        stages = {run.stage for run in needing}
        copy = on_a_copy(document, item, install, facts, stages, told)
        return aside or copy or next(iter(needing.values()))
    line = document.line_of(item.run.start)
    return told or f"nothing can stand behind the install of line {line}"


def _told(
    document: Document, item: InstallRun, install: Install, facts: Facts, option: str
) -> list[Replacement]:
    """The command told to leave them out, or followed by one that removes them."""
    if is_new_yarn(install, facts):
        return focused(document, item, install)
    return [_pruned(document, item, install, facts) or _with_option(install, option)]


def _with_option(install: Install, option: str) -> Replacement:
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
    split into; of Node, also one of another stage that has the packages."""
    node = install.installer.ecosystem == "node"
    held = holders(document, item.run) if node else {item.run.stage: None}
    for run in document.runs():
        asked = {"prune", *_SAID} if run.stage == item.run.stage else _PRUNES
        for command in commands_of(document, run) if run.stage in held else ():
            later = command.start > install.command.start
            if later and command.program == install.command.program and asked & set(command.plain):
                return True
    return False


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
    return len(command.operands) == 1 and command.operands[0] in _VERBS and not command.is_global


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
