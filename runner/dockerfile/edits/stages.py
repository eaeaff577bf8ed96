"""stages=multi: what builds the image is left behind; the final stage gets what a runtime needs.

The single stage that there is becomes the build stage. What follows it is the ecosystem's: a
virtual environment and the working directory (Python), the working directory without development
dependencies (Node), one static program (Go).
"""

from __future__ import annotations

from runner.dockerfile.document import Document
from runner.dockerfile.edits import stages_go, stages_node, stages_python
from runner.dockerfile.edits.single_stage import SingleStage
from runner.dockerfile.edits.splittable import single_stage
from runner.dockerfile.facts import Facts
from runner.dockerfile.spans import NotApplicable, Replacement
from runner.model.service_kinds import image_name

_OF = {
    "python": stages_python.split,
    "node": stages_node.split,
    "bun": stages_node.split,
    "golang": stages_go.split,
}


def edit(document: Document, facts: Facts) -> list[Replacement] | NotApplicable:
    """A second stage behind the first; refused where it is not plain what the first one leaves."""
    found = single_stage(document, facts)
    if isinstance(found, NotApplicable):
        return found
    split = _OF.get(_image_name(found)) or _OF.get(facts.language)
    if split is None:
        return NotApplicable(f"{found.stage.reference} is an image of no language that is known")
    return split(found)


def _image_name(found: SingleStage) -> str:
    """`python` of `docker.io/library/python:3.12-slim`."""
    return image_name(found.stage.reference)
