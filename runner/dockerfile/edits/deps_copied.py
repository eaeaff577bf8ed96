"""deps=production where an image copies `node_modules` from the stage that builds: production's
packages are set aside behind the install there, and are what is copied."""

from __future__ import annotations

import posixpath
import re
from collections.abc import Mapping

from runner.dockerfile.document import Document, Instruction
from runner.dockerfile.edits.deps_yarn import is_new_yarn
from runner.dockerfile.edits.installs import Install, InstallRun, install_runs
from runner.dockerfile.edits.node_holders import Held, holders, holds
from runner.dockerfile.edits.node_packages import (
    ASIDE,
    NEW_YARN,
    PACKAGES_ASIDE,
    added,
    copies_manifests,
    prune_command,
    steps_aside,
)
from runner.dockerfile.edits.places import before, user_at, workdir_at
from runner.dockerfile.facts import Facts
from runner.dockerfile.reads import copy_reads, origin_of, words_of_copy
from runner.dockerfile.spans import Replacement

_FROM = re.compile(r"--from=(\S+)")
_ELSEWHERE = frozenset(("-g", "--global", "global", "--prefix", "--cwd", "-C", "--dir"))
"""Words with which an installer of Node writes into another directory."""


def set_aside_for_image(
    document: Document, item: InstallRun, install: Install, facts: Facts, option: str
) -> list[Replacement]:
    """The install followed by a copy of its directory without development dependencies, and each
    COPY of the image that takes `node_modules` of it, from whichever stage has that, told to take
    those.

    Nothing where the image itself is built on that stage, takes more than that directory of it, or
    something else than the install may write into it.
    """
    place, held = workdir_at(document, item.run), holders(document, item.run)
    copies = [x for x in document.instructions if _takes(document, x, held)]
    told = [_told(document, x, item.run, held) for x in copies]
    name = NEW_YARN if is_new_yarn(install, facts) else install.installer.name
    prune = prune_command(name, option, ASIDE)
    if not copies or not all(told) or not prune or place == "/":
        return []
    if item.run.stage in document.lineage or len(item.installs) != 1:
        return []
    if not _is_usual(document, item.run, install, facts) or _is_changed(
        document, item, held, facts
    ):
        return []
    behind = added(document, item.run, steps_aside(place, prune))
    return [behind, *(x for found in told for x in found)] if behind else []


def _takes(document: Document, item: Instruction, held: Mapping[int, Held]) -> bool:
    """Whether a COPY of the image takes the packages, with more or alone."""
    if item.keyword != "COPY" or not document.in_image(item):
        return False
    reads = copy_reads(document, item)
    found = held.get(origin_of(document, item, reads.origin))
    return found is not None and any(holds(x, found.path) for x in reads.sources)


def _told(
    document: Document, item: Instruction, install: Instruction, held: Mapping[int, Held]
) -> list[Replacement]:
    """A COPY that takes what is set aside, if the directory of packages is all that it names."""
    words, origin = words_of_copy(document.value(item)), copy_reads(document, item).origin
    stage = origin_of(document, item, origin)
    if len(words) != 2 or posixpath.normpath(posixpath.join("/", words[0])) != held[stage].path:
        return []
    at = document.text.find(words[0], item.body, item.end)
    named = _FROM.search(document.text, item.start, item.body)
    if at < 0 or named is None:
        return []
    found = [Replacement(at, at + len(words[0]), PACKAGES_ASIDE)]
    if install.stage not in document.lineage_of(stage):
        first = document.stages[install.stage].name or str(install.stage)
        found.append(Replacement(*named.span(1), first))
    return found


def _is_changed(
    document: Document, item: InstallRun, held: Mapping[int, Held], facts: Facts
) -> bool:
    """Whether another command of a stage that has the packages installs more there."""
    for other in install_runs(document, facts):
        packages = held.get(other.run.stage)
        if other.run == item.run or packages is None or other.run.start < packages.since:
            continue
        here = workdir_at(document, other.run) == posixpath.dirname(packages.path)
        if not here or other.script.changes_state:
            continue
        if any(_installs_here(x) for x in other.installs):
            return True
    return False


def _installs_here(install: Install) -> bool:
    options = {word.partition("=")[0] for word in install.command.plain}
    return install.installer.ecosystem == "node" and not options & _ELSEWHERE


def _is_usual(document: Document, run: Instruction, install: Install, facts: Facts) -> bool:
    """Whether manifests alone, those of the root, are copied before a root's install."""
    manifests = [x for x in facts.manifests if x.installer == install.installer.name]
    plain = [x for x in manifests if x.files and "/" not in x.files[0] and x.self_contained]
    if len(manifests) != 1 or plain != manifests or manifests[0].written_later:
        return False
    copies = [x for x in before(document, run) if x.keyword in ("COPY", "ADD")]
    copied = all(copies_manifests(document, x) for x in copies)
    return bool(copies) and copied and not user_at(document, run)
