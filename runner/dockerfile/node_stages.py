"""The stages of a Dockerfile that run the installers of Node on a stand-in for it, and what these
are told there, for RUN alone."""

from __future__ import annotations

import re
from collections.abc import Collection

from runner.dockerfile.build_arguments import with_arguments
from runner.dockerfile.document import Document
from runner.dockerfile.shell import commands_of
from runner.model import labels

_IMAGE = re.compile(rf"{re.escape(labels.standin_tag('node'))}\d[\w.-]*")


def with_argument(document: Document, programs: Collection[str], argument: str) -> Document:
    """The document with `ARG argument` behind the FROM of each stage that runs one of the programs
    and is built on a stand-in for Node, also by way of other stages: an older engine hands no
    argument on from stage to stage."""
    runs = {
        run.stage
        for run in document.runs()
        if any(command.program in programs for command in commands_of(document, run))
    }
    on_node = {x.index for x in document.stages if _IMAGE.fullmatch(document.root_of(x.head))}
    return with_arguments(document, runs & on_node, argument)
