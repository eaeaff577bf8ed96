"""cache=purge_late: caches are removed in a RUN of its own at the end. A trap that is measured:
the layer that made a cache keeps it."""

from __future__ import annotations

from runner.dockerfile.document import Document
from runner.dockerfile.edits.installs import install_runs, nothing_to_do
from runner.dockerfile.edits.purging import TOO_LATE, leaves_cache, purge_commands
from runner.dockerfile.facts import Facts, Installer
from runner.dockerfile.spans import NotApplicable, Replacement


def edit(document: Document, facts: Facts) -> list[Replacement] | NotApplicable:
    """One more RUN behind the last one of the final stage."""
    last = document.final
    left: dict[Installer, str] = {}
    for item in install_runs(document, facts):
        if item.run.stage != last or item.mounts_cache:
            continue
        left |= {
            found: item.program_of(found) for found in item.installers if leaves_cache(item, found)
        }
    commands = purge_commands(list(left.items()))
    if not commands:
        done = "no RUN in the final stage leaves a cache"
        return NotApplicable(nothing_to_do(document, facts, done))
    if TOO_LATE in document.text:
        return NotApplicable("caches are removed in a later layer already")
    above = [run for run in document.runs() if run.stage == last][-1]
    new = document.newline
    # hadolint takes a comment directly behind a here-document for a part of it.
    lead = new * 2 if above.heredocs else new
    text = f"{lead}{TOO_LATE}{new}RUN {' && '.join(commands)}"
    return [Replacement(above.end, above.end, text)]
