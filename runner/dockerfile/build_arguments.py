"""What is told to the RUN instructions of stages alone: `ARG` lines behind their FROM."""

from __future__ import annotations

from collections.abc import Collection

from runner.dockerfile.document import Document
from runner.dockerfile.spans import Replacement


def with_arguments(document: Document, stages: Collection[int], *arguments: str) -> Document:
    """The document with an `ARG` for each `NAME=value` behind the FROM of these stages."""
    lines = "".join(f"{document.newline}ARG {argument}" for argument in arguments)
    return document.edited(
        [
            Replacement(stage.head.end, stage.head.end, lines)
            for stage in document.stages
            if stage.index in stages
        ]
    )
