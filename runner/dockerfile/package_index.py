"""Which index of Python packages the RUN instructions of a Dockerfile ask, in the copy that is
built.

`ARG` lines say it: they are for RUN alone, and a Dockerfile that names its own index keeps it.
"""

from __future__ import annotations

from runner.dockerfile.build_arguments import with_arguments
from runner.dockerfile.document import Document
from runner.dockerfile.spans import Replacement

_VARIABLES = ("PIP_INDEX_URL", "UV_DEFAULT_INDEX")


def with_index(document: Document, url: str) -> Document:
    """The document with that said behind the FROM of each stage."""
    every = range(len(document.stages))
    return with_arguments(document, every, *(f"{name}={url}" for name in _VARIABLES))


def without_entrypoint(document: Document) -> Document:
    """The document whose image starts nothing but the command that it is given."""
    last = document.in_stage(document.final)[-1]
    end = max([last.end, *(body.end for body in last.heredocs)])
    return document.edited([Replacement(end, end, f"{document.newline}ENTRYPOINT []")])
