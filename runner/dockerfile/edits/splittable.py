"""Which stage of a Dockerfile can be split in two: the only one, or the one that is built, where it
takes nothing of others but what it is built on, and they nothing of it."""

from __future__ import annotations

from dataclasses import replace

from runner.dockerfile.document import Document
from runner.dockerfile.edits.single_stage import NAME, PACKAGES, STARTS, SingleStage
from runner.dockerfile.facts import COMPOSE, Facts
from runner.dockerfile.reads import numbers_read, stages_read
from runner.dockerfile.spans import NotApplicable


def single_stage(document: Document, facts: Facts) -> SingleStage | NotApplicable:
    """The stage that is built, if it or a compose file starts a command; or why it cannot be
    split."""
    found = _built_stage(document, facts)
    if isinstance(found, NotApplicable):
        return found
    keywords = [item.keyword for item in found.body]
    is_composed = COMPOSE in facts.started.values()
    if not is_composed and not any(keyword in STARTS for keyword in keywords):
        return NotApplicable("it starts no command of its own")
    if "ONBUILD" in keywords or "SHELL" in keywords:
        return NotApplicable("it uses ONBUILD or SHELL")
    if found.workdir == "/":
        return NotApplicable("it has no working directory that holds the service")
    if "site-packages" in document.text or "dist-packages" in document.text:
        return NotApplicable("it names the directory of installed packages")
    return found


def _built_stage(document: Document, facts: Facts) -> SingleStage | NotApplicable:
    stages, lineage = document.stages, document.lineage
    if not stages:
        return NotApplicable("it has no stage")
    built = stages[document.final]
    if len(stages) == 1 and not document.target:
        return SingleStage(document, facts, built)
    stage = replace(built, reference=stages[lineage[0]].reference, name="")
    found = SingleStage(document, facts, stage, final_name=built.name)
    names = {stage.name for stage in stages}
    if names & {NAME, PACKAGES} or stages_read(document, lineage):
        return NotApplicable("it has several stages already")
    if any(item.keyword in STARTS and item.stage != built.index for item in found.body):
        return NotApplicable("it starts its command in a stage that others are built on")
    others = [x.index for x in stages if x.index not in lineage]
    below = {index for other in others for index in document.lineage_of(other)}
    if built.index in stages_read(document, others) | below:
        return NotApplicable("another stage takes what is built, or is built on it")
    if any(number > built.index for number in numbers_read(document)):
        return NotApplicable("a stage behind it is named by its number")
    installs = [x for x in found.body if x.keyword == "RUN" and x.stage != built.index]
    if others and any(x.ecosystem for item in installs for x in found.installers(item)):
        return NotApplicable("other stages are built on what it installs, too")
    return found
