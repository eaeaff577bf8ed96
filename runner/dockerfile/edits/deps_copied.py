"""deps=production where an image copies `node_modules` from the stage that builds: production's
packages are set aside behind the install there, and are what is copied."""

from __future__ import annotations

import posixpath

from runner.dockerfile.document import Document, Instruction
from runner.dockerfile.edits.deps_yarn import is_new_yarn
from runner.dockerfile.edits.installs import Install, InstallRun
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
from runner.dockerfile.reads import copy_reads, words_of_copy
from runner.dockerfile.spans import Replacement


def set_aside_for_image(
    document: Document, item: InstallRun, install: Install, facts: Facts, option: str
) -> list[Replacement]:
    """The install followed by a copy of its directory without development dependencies, and each
    COPY of the image that takes `node_modules` from that stage told to take those.

    Nothing where the image itself is built on that stage, takes more than that directory of it, or
    something else than the install may write into it.
    """
    place = workdir_at(document, item.run)
    packages = posixpath.join(place, "node_modules")
    copies = [x for x in _copies_from(document, item.run.stage) if _holds(document, x, packages)]
    spans = [_span(document, x, packages) for x in copies]
    name = NEW_YARN if is_new_yarn(install, facts) else install.installer.name
    prune = prune_command(name, option, ASIDE)
    if not copies or not all(spans) or not prune or place == "/":
        return []
    if item.run.stage in document.lineage or len(item.installs) != 1:
        return []
    if not _is_usual(document, item.run, install, facts):
        return []
    behind = added(document, item.run, steps_aside(place, prune))
    told = [Replacement(*span, PACKAGES_ASIDE) for span in spans if span]
    return [behind, *told] if behind else []


def _copies_from(document: Document, stage: int) -> list[Instruction]:
    """The COPY instructions of the image that take something from a stage."""
    known = {document.stages[stage].name, str(stage)} - {""}
    return [
        x
        for x in document.instructions
        if x.keyword == "COPY" and document.in_image(x)
        if copy_reads(document, x).origin.lower() in known
    ]


def _holds(document: Document, item: Instruction, packages: str) -> bool:
    """Whether it takes the packages, with more or alone."""
    sources = (posixpath.join("/", x) for x in words_of_copy(document.value(item))[:-1])
    found = [posixpath.normpath(x) for x in sources]
    return any(packages == x or packages.startswith(f"{x.rstrip('/')}/") for x in found)


def _span(document: Document, item: Instruction, packages: str) -> tuple[int, int] | None:
    """Where the directory of packages is named, if nothing else is."""
    words = words_of_copy(document.value(item))
    if len(words) != 2 or posixpath.normpath(posixpath.join("/", words[0])) != packages:
        return None
    at = document.text.find(words[0], item.body, item.end)
    return (at, at + len(words[0])) if at >= 0 else None


def _is_usual(document: Document, run: Instruction, install: Install, facts: Facts) -> bool:
    """Whether manifests alone, those of the root, are copied before a root's install."""
    manifests = [x for x in facts.manifests if x.installer == install.installer.name]
    plain = [x for x in manifests if x.files and "/" not in x.files[0] and x.self_contained]
    if len(manifests) != 1 or plain != manifests or manifests[0].written_later:
        return False
    copies = [x for x in before(document, run) if x.keyword in ("COPY", "ADD")]
    copied = all(copies_manifests(document, x) for x in copies)
    return bool(copies) and copied and not user_at(document, run)
