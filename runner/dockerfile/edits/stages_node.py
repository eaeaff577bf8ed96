"""stages=multi for Node: the working directory is copied, development dependencies are not; of a
server that a framework has built, what it needs alone."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import partial

from runner.dockerfile.document import Instruction
from runner.dockerfile.edits.appending import appended
from runner.dockerfile.edits.base_image import slim_of
from runner.dockerfile.edits.deps import option_of
from runner.dockerfile.edits.deps_yarn import may_be_new_yarn
from runner.dockerfile.edits.final_stage import final_stage, runtime_packages
from runner.dockerfile.edits.late_copies import with_late_copies
from runner.dockerfile.edits.node_packages import (
    NEW_YARN,
    Aside,
    packages_of_sites,
    prune_command,
    set_aside,
)
from runner.dockerfile.edits.single_stage import SingleStage
from runner.dockerfile.edits.stages_yarn import CACHE, YarnSteps, yarn_steps
from runner.dockerfile.edits.started_node import started_without
from runner.dockerfile.edits.started_output import paths_of, started
from runner.dockerfile.edits.started_packages import needed_by_start
from runner.dockerfile.facts import Installer
from runner.dockerfile.shell import Command, script_of
from runner.dockerfile.spans import NotApplicable, Replacement

_FOCUS = ("workspaces", "focus")
_MANAGERS = ("npm", "pnpm", "yarn", "corepack")


def split(found: SingleStage) -> list[Replacement] | NotApplicable:
    """Development dependencies pruned at the end of the build stage; the final stage gets the
    directory that they lie in, on the slim variant of the same image where it is the full one; the
    packages in a layer of their own where they can be told apart. What the image's own start needs
    is not pruned."""
    runs = [item for item in found.body if item.keyword == "RUN"]
    installs = [(item, x.name) for item in runs for x in _of_project(found, item)]
    if not installs:
        return NotApplicable("no RUN installs Node packages")
    last, name = installs[-1]
    yarn = found.facts.yarn if name == "yarn" else None
    newer = name == "yarn" and may_be_new_yarn(found.document, found.facts)
    if newer or not prune_command(name, ""):
        return NotApplicable(f"how {name} prunes development dependencies is not known")
    for item in runs:
        if reason := _reason(found, item):
            return NotApplicable(reason)
    packages = runtime_packages(found)
    if isinstance(packages, NotApplicable):
        return packages
    own = yarn_steps(found.document, installs[0][0], yarn) if yarn is not None else None
    if isinstance(own, NotApplicable):
        return own
    starts = _started(found, name)
    if isinstance(starts, NotApplicable):
        return starts
    server = started(found) if own is None or not own.plugs else None
    base = slim_of(found.stage.reference)
    if server is not None and server.output.self_contained:
        lines = final_stage(found, base, packages, inside=paths_of(server, not starts))
        return found.with_final_stage(_replaced(lines, starts))
    inside = paths_of(server, not starts) if server and found.place(last) == found.workdir else []
    option = option_of(name, found.stage.reference)
    pruned = _prunes(found, runs) or bool(needed_by_start(found.document, found.facts))
    prunes = "" if pruned else own.prune if own is not None else prune_command(name, option)
    usual = len(installs) == 1 and (own is None or not own.plugs)
    if usual and (aside := _set_aside(found, last, name, option if prunes else "", own)):
        late: Sequence[str] = ()
        if not inside:
            found, late = with_late_copies(found, partial(_installs, found))
        if not late:
            found = aside.stage
        whole = not late and not inside
        late = [aside.service] if whole else late
        lines = final_stage(found, base, packages, copies=(aside.copied,), inside=inside, late=late)
        return found.with_final_stage(_replaced(lines, starts), aside.inside(whole))
    steps = _steps(found, prunes, own, alone=bool(inside))
    gap = found.document.and_then if own else " && "
    within = [_pruned(found, gap.join(steps), found.place(last))] if steps else []
    within += own.before if own is not None else []
    inside = ["node_modules", *inside] if inside else []
    lines = final_stage(found, base, packages, inside=inside)
    return found.with_final_stage(_replaced(lines, starts), within)


def _steps(found: SingleStage, prunes: str, own: YarnSteps | None, alone: bool) -> list[str]:
    """What is done at the end of the build stage; where the packages are copied `alone`, their
    directory has to be there, also if there are none for production."""
    if alone:
        return [*([prunes] if prunes else []), "mkdir -p node_modules"]
    sites = packages_of_sites(found)
    clean = own.clean if own is not None and (prunes or not own.plugs) else ""
    return list(filter(None, [prunes, clean, f"rm -rf {' '.join(sites)}" if sites else ""]))


def _installs(found: SingleStage, command: Command) -> bool:
    """Whether a command leaves nothing but packages, what is set aside or the system's, or empties
    a cache."""
    installer = found.facts.installer_of(command)
    cleans = command.operands[:2] in (("cache", "clean"), ("cache", "rm"), ("store", "prune"))
    return cleans or (installer is not None and installer.ecosystem in ("", "node"))


def _set_aside(
    found: SingleStage, last: Instruction, name: str, option: str, own: YarnSteps | None
) -> Aside | None:
    """The packages in a layer of their own, as this installer makes them."""
    if own is None:
        return set_aside(found, last, name, option)
    return set_aside(found, last, NEW_YARN, option, CACHE)


def _started(found: SingleStage, name: str) -> Mapping[str, str] | NotApplicable:
    """What takes the place of a CMD that starts a package manager which its base lacks."""
    yarn = found.facts.yarn
    lacks = name == "pnpm" or (name == "yarn" and yarn is not None and not yarn.has_release)
    return started_without(found, name) if lacks else {}


def _replaced(lines: list[str], starts: Mapping[str, str]) -> list[str]:
    return [starts.get(line, line) for line in lines]


def _of_project(found: SingleStage, run: Instruction) -> list[Installer]:
    """The installers that a RUN calls for the project's own packages; what only removes some of
    those that it has installed before is no install of its own."""
    pairs = ((found.facts.installer_of(command), command) for command in found.commands(run))
    calls = [(x, y) for x, y in pairs if x and x.ecosystem == "node" and not _is_tool(y)]
    installers = [x for x, y in calls[1:] if x != calls[0][0] or y.operands[:2] != _FOCUS]
    return [*(x for x, _ in calls[:1]), *installers]


def _pruned(found: SingleStage, command: str, place: str) -> Replacement:
    """The command, started in `place`, at the end of the last RUN, or in one more behind it: only
    a RUN needs what is pruned, a USER below may not change what root installed, and a COPY below
    does not make it run again."""
    last = [item for item in found.body if item.keyword == "RUN"][-1]
    if place != found.place(last):
        command = f"cd {place} && {command}"
    script = script_of(found.document, last)
    if script is not None and (added := appended(found.document, last, script, command)):
        return added
    return Replacement(last.end, last.end, f"{found.document.newline}RUN {command}")


def _prunes(found: SingleStage, runs: list[Instruction]) -> bool:
    """Whether only production dependencies are installed anyway."""
    words = {word for item in runs for command in found.commands(item) for word in command.plain}
    return bool(words & {"--omit=dev", "--production", "--only=production", "--prod", "prune"})


def _is_tool(command: Command) -> bool:
    """Whether it installs package managers alone, which nothing needs once all is installed."""
    names = [word.partition("@")[0] for word in command.operands[1:] if word != "add"]
    return bool(names) and all(name in _MANAGERS for name in names)


def _reason(found: SingleStage, run: Instruction) -> str:
    """Why the result of this RUN may lie where the final stage does not get it; empty if it does
    not."""
    if reason := found.foreign(run, "node"):
        return reason
    for command in found.commands(run):
        installer = found.facts.installer_of(command)
        node = installer is not None and installer.ecosystem == "node"
        if node and command.is_global and not _is_tool(command):
            return f"line {found.document.line_of(run.start)} installs globally"
    return found.elsewhere(run)
