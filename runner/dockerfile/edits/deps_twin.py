"""deps=production where the image is built on the stage that installs, and others build or test on
that: the image's part is built on a copy of the stage, without what is for development."""

from __future__ import annotations

from collections.abc import Collection, Sequence

from runner.dockerfile.document import Document, Stage
from runner.dockerfile.edits.installs import Install, InstallRun
from runner.dockerfile.edits.places import comment_start
from runner.dockerfile.facts import Facts
from runner.dockerfile.reads import numbers_read
from runner.dockerfile.shell import Command, commands_of
from runner.dockerfile.spans import Replacement, replaced

NAME = "production"


def on_a_copy(
    document: Document,
    item: InstallRun,
    install: Install,
    facts: Facts,
    needing: Collection[int],
    told: Sequence[Replacement],
) -> list[Replacement]:
    """A copy of the install's stage, with what is `told` there, in front of the stage of the image
    that is built on it, which is built on the copy then: all that stands above the install, the
    builder makes once. The stages `needing` what is for development keep the first one.

    Nothing where one of them is that stage of the image or is built on it, where the image installs
    more with the same installer, and where stages are called by their numbers.
    """
    lineage, stage = document.lineage, document.stages[item.run.stage]
    if stage.index not in lineage[:-1] or not told:
        return []
    child = document.stages[lineage[lineage.index(stage.index) + 1]]
    if any(child.index in document.lineage_of(x) for x in needing) or numbers_read(document):
        return []
    if len(_installs(document, install, facts)) != 1:
        return []
    name = _name(document)
    at = comment_start(document, child.head)
    new = document.newline
    gap = new * 2 if document.text.endswith(new * 2, 0, at) else new
    copy = f"{_copied(document, stage, name, told)}{gap}"
    return [Replacement(at, at, copy), Replacement(*child.span, name)]


def _copied(document: Document, stage: Stage, name: str, told: Sequence[Replacement]) -> str:
    """The text of a stage under another name."""
    begin, end = stage.head.start, document.in_stage(stage.index)[-1].end
    named = Replacement(stage.span[1], stage.head.end, f" AS {name}")
    moved = [Replacement(x.start - begin, x.end - begin, x.text) for x in (named, *told)]
    return replaced(document.text[begin:end], moved)


def _installs(document: Document, install: Install, facts: Facts) -> list[Command]:
    """The commands of the image that install with the same program, less those for all projects."""
    runs = (x for x in document.runs() if document.in_image(x))
    found = (x for run in runs for x in commands_of(document, run))
    same = [x for x in found if facts.installer_of(x) == install.installer]
    return [x for x in same if not x.is_global]


def _name(document: Document) -> str:
    """A name that no stage has."""
    names = {x.name for x in document.stages}
    return next(x for x in (NAME, *(f"{NAME}-{n}" for n in range(2, 999))) if x not in names)
