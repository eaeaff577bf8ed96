"""Packages in a stage of their own, in front of the one that builds.

What a COPY --from takes of a stage is looked at anew after each edit of a source, if that is where
sources lie: all packages are read for their digest. Of a stage that only installs nothing is.
"""

from __future__ import annotations

from dataclasses import replace

from runner.dockerfile.document import Instruction
from runner.dockerfile.edits.places import comment_start
from runner.dockerfile.edits.single_stage import NAME, SingleStage
from runner.dockerfile.spans import Replacement


def with_packages_stage(
    found: SingleStage, install: Instruction
) -> tuple[SingleStage, list[Replacement]]:
    """The stage that builds, begun in front of the first COPY behind the last install, and what
    begins it; the stage as it is and nothing where no RUN makes anything of what is copied there,
    where an argument of the build would not be known, and where it is installed in a stage that
    this one is built on."""
    document, new = found.document, found.document.newline
    copies = [x for x in found.body if x.keyword in ("COPY", "ADD") and x.start > install.start]
    arguments = [x for x in found.body if x.keyword == "ARG" and x.start < install.start]
    made = any(x.keyword == "RUN" and x.start > copies[0].start for x in found.body if copies)
    if not made or arguments or install.stage != found.stage.index:
        return found, []
    stage = replace(found, built_in="built" if found.stage.name == NAME else NAME)
    at = comment_start(document, copies[0])
    gap = "" if document.text.endswith(new * 2, 0, at) else new
    line = f"{gap}FROM {stage.first_name} AS {stage.name}{new}"
    return stage, [Replacement(at, at, line)]
