"""cache=purge: caches are removed in the RUN that made them."""

from __future__ import annotations

from collections.abc import Iterator

from runner.dockerfile.document import Document
from runner.dockerfile.edits.appending import appended
from runner.dockerfile.edits.installs import install_runs, nothing_to_do
from runner.dockerfile.edits.purging import leaves_cache, purge_commands
from runner.dockerfile.facts import Facts
from runner.dockerfile.spans import NotApplicable, Replacement


def edit(document: Document, facts: Facts) -> list[Replacement] | NotApplicable:
    """The removal at the end of each RUN that leaves a cache.

    Only in stages whose layers are in the image, and not where the cache is a mount.
    """
    found = list(_replacements(document, facts))
    done = "no RUN in the stages of the image leaves a cache"
    return found or NotApplicable(nothing_to_do(document, facts, done))


def _replacements(document: Document, facts: Facts) -> Iterator[Replacement]:
    for item in install_runs(document, facts):
        if not document.in_image(item.run) or item.mounts_cache:
            continue
        left = [found for found in item.installers if found.caches or found.clean]
        left = [found for found in left if leaves_cache(item, found)]
        commands = purge_commands([(found, item.program_of(found)) for found in left])
        if not commands:
            continue
        joint = "; " if item.script.sets_errexit and ";" in item.script.operators else " && "
        added = appended(document, item.run, item.script, joint.join(commands))
        if added is not None:
            yield added
