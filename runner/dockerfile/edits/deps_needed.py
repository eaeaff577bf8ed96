"""Which commands of a Dockerfile may need what is for development, behind one that installs it."""

from __future__ import annotations

from runner.dockerfile.document import Document, Instruction
from runner.dockerfile.edits.installs import Install, InstallRun
from runner.dockerfile.edits.node_holders import Held, holders
from runner.dockerfile.facts import Facts
from runner.dockerfile.shell import Command, script_of
from runner.model.foreign import exec_form

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


def needing_development(
    document: Document, item: InstallRun, install: Install, facts: Facts
) -> dict[Instruction, str]:
    """Instruction → what of it may need what would be missing, in the stages that are built on the
    install's, or copy its packages of Node."""
    position = item.run.start
    if install.installer.ecosystem == "node":
        held = holders(document, item.run)
    else:
        lineages = ((x.index, document.lineage_of(x.index)) for x in document.stages)
        held = {x: Held("", position) for x, stages in lineages if item.run.stage in stages}
    found = {}
    for other in document.instructions:
        if other.stage not in held or other.start < held[other.stage].since:
            continue
        copied = item.run.stage not in document.lineage_of(other.stage)
        reason = ""
        if other.keyword == "RUN" and not (copied and document.in_image(other)):
            reason = _of_stage(document, other, install, facts)
        elif other.keyword == "RUN" or _starts_another(document, other):
            reason = _known(document, other, facts)
        if reason:
            found[other] = reason
    return found


def _starts_another(document: Document, item: Instruction) -> bool:
    """Whether it says what a stage starts that is not in the image: one for developers."""
    return item.keyword in ("CMD", "ENTRYPOINT") and not document.in_image(item)


def _of_stage(document: Document, run: Instruction, install: Install, facts: Facts) -> str:
    script = script_of(document, run)
    line = document.line_of(run.start)
    if script is None or script.broken:
        return f"line {line} is not understood"
    for command in script.commands:
        if command.start > install.command.start and _may_build(command, facts):
            return f"line {line} runs {' '.join(command.plain[:3])}, which may need them"
    return ""


def _known(document: Document, item: Instruction, facts: Facts) -> str:
    """Of what a container starts, or an image that copies the packages runs: what is known to be
    for development."""
    value = document.value(item)
    words = exec_form(value)
    needed = facts.for_development.needed_by(value if words is None else " ".join(words))
    line = document.line_of(item.start)
    return f"line {line} runs what needs {needed}, a package for development" if needed else ""


def _may_build(command: Command, facts: Facts) -> bool:
    if command.program not in _SCRIPTS:
        return False
    if facts.installer_of(command) is not None:
        return False
    return not (command.operands and command.operands[0] in _HARMLESS_VERBS)
