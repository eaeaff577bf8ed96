"""cache=purge: caches are removed in the RUN that made them."""

from __future__ import annotations

from collections.abc import Sequence

from runner.dockerfile.document import Document
from runner.dockerfile.edits.appending import appended
from runner.dockerfile.edits.installs import InstallRun, install_runs, nothing_to_do
from runner.dockerfile.edits.purging import leaves_cache, purge_commands
from runner.dockerfile.facts import Facts, Installer
from runner.dockerfile.spans import NotApplicable, Replacement


def edit(document: Document, facts: Facts) -> list[Replacement] | NotApplicable:
    """The removal at the end of each RUN that leaves a cache.

    Only in stages whose layers are in the image, and not where the cache is a mount.
    """
    found: list[Replacement] = []
    reasons: list[str] = []
    runs = list(install_runs(document, facts))
    for index, item in enumerate(runs):
        if not document.in_image(item.run) or item.mounts_cache:
            continue
        left = [x for x in item.installers if (x.caches or x.clean) and leaves_cache(item, x)]
        kept = [x for x in left if _needed_later(item, x, runs[index + 1 :])]
        line = f"line {document.line_of(item.run.start)}"
        reasons += [f"a later RUN needs the package lists of {line}"] * bool(kept)
        commands = purge_commands([(x, item.program_of(x)) for x in left if x not in kept])
        if not commands:
            continue
        if (added := _added(document, item, commands)) is not None:
            found.append(added)
        else:
            reasons.append(f"nothing can be put behind the last command of {line}")
    done = reasons[0] if reasons else "no RUN in the stages of the image leaves a cache"
    return found or NotApplicable(nothing_to_do(document, facts, done))


def _added(document: Document, item: InstallRun, commands: Sequence[str]) -> Replacement | None:
    joint = "; " if item.script.sets_errexit and ";" in item.script.operators else " && "
    return appended(document, item.run, item.script, joint.join(commands))


def _needed_later(item: InstallRun, installer: Installer, later: Sequence[InstallRun]) -> bool:
    """Whether a later RUN of the stage installs from the package lists that this one fetched."""
    if not installer.fetches_lists:
        return False
    for other in later:
        used = [x.command for x in other.installs if x.installer == installer]
        if other.run.stage == item.run.stage and used:
            return "update" not in used[0].plain
    return False
