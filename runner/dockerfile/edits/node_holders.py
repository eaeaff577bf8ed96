"""Which stages of a Dockerfile have the packages of Node that one RUN installs, and where: those
that are built on its stage, and those that copy them."""

from __future__ import annotations

import posixpath
from dataclasses import dataclass

from runner.dockerfile.document import Document, Instruction
from runner.dockerfile.edits.places import target_of, workdir_at
from runner.dockerfile.reads import copy_reads, mounts_of, origin_of


@dataclass(frozen=True)
class Held:
    """Packages in one stage."""

    path: str
    """The directory `node_modules`, absolute."""
    since: int
    """From which position of the document on it is there."""


def holders(document: Document, install: Instruction) -> dict[int, Held]:
    """Index of a stage → the packages there that come from the RUN `install`."""
    packages = Held(posixpath.join(workdir_at(document, install), "node_modules"), install.start)
    found = {install.stage: packages}
    for stage in document.stages[install.stage + 1 :]:
        below = [found[index] for index in document.lineage_of(stage.index) if index in found]
        taken = [
            x for item in document.in_stage(stage.index) for x in _taken(document, item, found)
        ]
        if have := [*below[-1:], *taken]:
            found[stage.index] = have[0]
    return found


def holds(source: str, packages: str) -> bool:
    """Whether a source of a COPY is the packages' directory, or one that has it."""
    path = posixpath.normpath(posixpath.join("/", source))
    return packages == path or packages.startswith(f"{path.rstrip('/')}/")


def _taken(document: Document, item: Instruction, found: dict[int, Held]) -> list[Held]:
    """The packages as an instruction takes them from a stage that has them."""
    copies = item.keyword == "COPY"
    pairs = [(copy_reads(document, item), target_of(document, item))] if copies else []
    mounts = mounts_of(document, item) if item.keyword == "RUN" else []
    pairs += [(x.reads, x.target) for x in mounts if x.reads]
    taken = []
    for reads, target in pairs:
        held = found.get(origin_of(document, item, reads.origin))
        for source in reads.sources if held else ():
            if held and holds(source, held.path):
                taken.append(Held(_behind(source, held.path, target), item.start))
    return taken


def _behind(source: str, packages: str, target: str) -> str:
    """Where the packages are once `source` is at `target`."""
    path = posixpath.normpath(posixpath.join("/", source))
    return posixpath.normpath(posixpath.join(target, posixpath.relpath(packages, path)))
