"""Which stage of a Dockerfile can be split in two: the only one, or the last of several that are
built on each other."""

from __future__ import annotations

from dataclasses import replace

from runner.dockerfile.document import Document
from runner.dockerfile.edits.single_stage import NAME, PACKAGES, STARTS, SingleStage
from runner.dockerfile.facts import Facts
from runner.dockerfile.reads import reads_of
from runner.dockerfile.spans import NotApplicable


def single_stage(document: Document, facts: Facts) -> SingleStage | NotApplicable:
    """The last stage of a Dockerfile, if it is built and takes nothing from others but what it is
    built on, and starts a command; or why it cannot be split."""
    found = _last_stage(document, facts)
    if isinstance(found, NotApplicable):
        return found
    keywords = [item.keyword for item in found.body]
    if not any(keyword in STARTS for keyword in keywords):
        return NotApplicable("it starts no command of its own")
    if "ONBUILD" in keywords or "SHELL" in keywords:
        return NotApplicable("it uses ONBUILD or SHELL")
    if found.workdir == "/":
        return NotApplicable("it has no working directory that holds the service")
    if "site-packages" in document.text or "dist-packages" in document.text:
        return NotApplicable("it names the directory of installed packages")
    return found


def _last_stage(document: Document, facts: Facts) -> SingleStage | NotApplicable:
    stages = document.stages
    if not stages or document.final != len(stages) - 1:
        return NotApplicable("what is built is not its last stage")
    last, lineage = stages[-1], document.lineage
    root = stages[lineage[0]].reference
    if len(stages) == 1 and not document.target:
        return SingleStage(document, facts, last)
    stage = replace(last, reference=root, name="")
    found = SingleStage(document, facts, stage, final_name=last.name)
    names = {stage.name for stage in stages}
    origins = {reads.origin for item in found.body for reads in reads_of(document, item)}
    if names & {NAME, PACKAGES} or any(x.isdecimal() or x.lower() in names for x in origins - {""}):
        return NotApplicable("it has several stages already")
    if any(item.keyword in STARTS and item.stage != last.index for item in found.body):
        return NotApplicable("it starts its command in a stage that others are built on")
    shared = len(lineage) < len(stages)
    installs = [x for x in found.body if x.keyword == "RUN" and x.stage != last.index]
    if shared and any(x.ecosystem for item in installs for x in found.installers(item)):
        return NotApplicable("other stages are built on what it installs, too")
    return found
