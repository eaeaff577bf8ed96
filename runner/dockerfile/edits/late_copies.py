"""COPY instructions that the final stage of a split Dockerfile says itself.

Where nothing behind them makes anything of what they copy, an edited source changes the final stage
alone: the build stage stays cached, and nothing of it is looked at anew.
"""

from __future__ import annotations

import posixpath
import re
from collections.abc import Callable
from dataclasses import replace

from runner.dockerfile.document import Instruction
from runner.dockerfile.edits.owners import owned
from runner.dockerfile.edits.places import target_of
from runner.dockerfile.edits.single_stage import NO_FILES, SingleStage
from runner.dockerfile.reads import words_of_copy
from runner.dockerfile.shell import Command

_MANIFEST = re.compile(
    r"(?:\.?/)?(?:[\w.-]+/)*(?:[\w.*-]+\.(?:txt|toml|lock|lockb|json|ya?ml|cfg|in)|Pipfile[\w.*]*|\.npmrc)"
)
"""A file, and no directory, whose contents would come to lie elsewhere."""


def with_late_copies(
    found: SingleStage, leaves_no_file: Callable[[Command], bool]
) -> tuple[SingleStage, list[str]]:
    """The stage without what stands behind its last RUN, and the COPY lines that the final stage
    says in the place of the directory that is kept; the stage as it is and no lines where a RUN
    leaves something in that directory: any command but those of which `leaves_no_file` says the
    contrary."""
    runs = [x for x in found.body if x.keyword == "RUN" and not found.prepares(x)]
    copies = [x for x in found.body if x.keyword in ("COPY", "ADD")]
    commands = (x for run in runs for x in found.commands(run) if x.program not in NO_FILES)
    if not runs or not all(map(leaves_no_file, commands)):
        return found, []
    if any(_makes_inside(found, run, x) for run in runs for x in found.commands(run)):
        return found, []
    inside = [x for x in copies if found.is_kept(target_of(found.document, x))]
    late = [x for x in inside if x.start > runs[-1].start]
    if not late or not all(_is_plain(found, x) for x in inside):
        return found, []
    if any(x.keyword == "ADD" for x in copies if x.start > runs[-1].start):
        return found, []
    whole = any(_is_whole(found, x) for x in late)
    kept = [x for x in inside if x in late or not (whole and _lies_in_the_whole(found, x))]
    shorter = replace(found, ended_at=runs[-1].end)
    return shorter, [owned(shorter.text(x), found.owner) for x in kept]


def _makes_inside(found: SingleStage, run: Instruction, command: Command) -> bool:
    """Whether it makes a directory in the one that is kept, or changes it."""
    if command.program not in ("mkdir", "install", "chmod", "chown"):
        return False
    place = found.place(run)
    return any(
        found.is_kept(posixpath.normpath(posixpath.join(place, x))) for x in command.operands
    )


def _is_plain(found: SingleStage, item: Instruction) -> bool:
    """Whether it means the same in another stage, in the last working directory."""
    words = words_of_copy(found.document.value(item))
    if item.keyword != "COPY" or item.heredocs or len(words) < 2 or "$" in "".join(words):
        return False
    return words[-1].startswith("/") or found.place(item) == found.workdir


def _is_whole(found: SingleStage, item: Instruction) -> bool:
    """Whether it copies all of the context to the directory that is kept."""
    flags = found.document.flags(item)
    sources = words_of_copy(found.document.value(item))[:-1]
    plain = not any(re.match(r"--(?:from|exclude|parents)\b", flag) for flag in flags)
    return plain and sources in (["."], ["./"]) and target_of(found.document, item) == found.kept


def _lies_in_the_whole(found: SingleStage, item: Instruction) -> bool:
    """Whether what it copies comes to lie where all of the context puts it, too: manifests."""
    words = words_of_copy(found.document.value(item))
    own = not any(re.match(r"--(?:from|parents)\b", x) for x in found.document.flags(item))
    place = posixpath.relpath(target_of(found.document, item), found.kept)
    return own and all(
        _MANIFEST.fullmatch(word)
        and (name := posixpath.normpath(word.lstrip("/")))
        in (place, posixpath.normpath(posixpath.join(place, posixpath.basename(name))))
        for word in words[:-1]
    )
