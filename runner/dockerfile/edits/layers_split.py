"""layers=split: every command of a plain chain gets a RUN, and so a layer, of its own."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import pairwise

from runner.dockerfile.document import Document, Instruction
from runner.dockerfile.facts import Facts
from runner.dockerfile.shell import Script, script_of
from runner.dockerfile.spans import NotApplicable, Replacement

_REMOVING = frozenset({"clean", "del", "purge", "autoremove", "remove", "erase"})
"""What package managers call a removal."""


def edit(document: Document, facts: Facts) -> list[Replacement] | NotApplicable:
    """`RUN a && b` as `RUN a` and `RUN b`, where no part needs the shell of another.

    `apt-get update` and the install that follows stay together: apart, a cached list goes stale.
    """
    found = [
        item
        for run in document.runs()
        if (script := splittable(document, run)) is not None
        for item in _split(document, run, script, facts)
    ]
    return found or NotApplicable("no RUN is a chain of commands that do without each other")


def splittable(document: Document, run: Instruction) -> Script | None:
    """The shell of a RUN whose commands can be run apart; None for any other."""
    script = script_of(document, run)
    if script is None or script.heredoc or script.broken or script.commented or document.flags(run):
        return None
    tangled = script.changes_state or script.sets_errexit or len(script.chain) < 2
    return None if tangled else script


def _split(
    document: Document, run: Instruction, script: Script, facts: Facts
) -> Iterator[Replacement]:
    keyword = document.text[run.start : run.start + 3]
    for (start, stop), (after, end) in pairwise(script.chain):
        if _is_update(script, start, stop, facts) or "#" in document.text[stop:after]:
            continue
        if _is_purge(script, after, end):
            continue
        yield Replacement(stop, after, f"{document.newline}{keyword} ")


def _is_update(script: Script, start: int, stop: int, facts: Facts) -> bool:
    inside = [item for item in script.commands if start <= item.start and item.end <= stop]
    return any(
        (found := facts.installer_of(item)) is not None
        and not found.ecosystem
        and "update" in item.plain
        for item in inside
    )


def _is_purge(script: Script, start: int, stop: int) -> bool:
    """A removal stays in the layer whose files it removes."""
    inside = [item for item in script.commands if start <= item.start and item.end <= stop]
    return any(item.program == "rm" or _REMOVING & {*item.plain[1:]} for item in inside)
