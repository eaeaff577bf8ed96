"""Where a Dockerfile runs a program, on which image."""

from __future__ import annotations

from collections.abc import Collection

from runner.dockerfile.document import Document
from runner.dockerfile.edits.around import is_link
from runner.dockerfile.shell import script_of


def line_that_runs(document: Document, program: str, images: Collection[str]) -> int:
    """The first line whose RUN cannot go on without a program, in a stage that is built on one of
    the images (as they are written); 0 for none, and for shell that cannot be parsed."""
    for run in document.runs():
        script = script_of(document, run)
        if script is None or script.broken:
            continue
        for command in script.commands if document.root_of(run) in images else ():
            if command.program == program and is_link(script, command):
                return document.line_of(command.start)
    return 0
