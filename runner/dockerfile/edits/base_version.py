"""base=3.13: another version of the official image below the result, and below each other stage of
the same language and version."""

from __future__ import annotations

import re

from runner.dockerfile.document import Document
from runner.dockerfile.edits.base_image import OFFICIAL, WEB_SERVERS
from runner.dockerfile.facts import Facts
from runner.dockerfile.spans import NotApplicable, Replacement

VERSION = re.compile(r"\d{1,4}(?:\.\d{1,4}){0,2}")
"""What is a version of a language as tags of its images have it."""
_TAG = re.compile(r"(?P<version>\d+(?:\.\d+){0,2})(?P<rest>(?:-[\w.-]+)?)")


def edit(document: Document, _: Facts, version: str) -> list[Replacement] | NotApplicable:
    """The version in the tags; what stands behind it stays (`3.11-slim` becomes `3.13-slim`).

    What the project allows is not looked at: a build and its check tell. `version` matches
    `VERSION`.
    """
    if not document.stages:
        return NotApplicable("it is built on no image (FROM)")
    reference = document.stages[document.lineage[0]].reference
    known = _official(reference)
    if known is None:
        return NotApplicable(f"{reference} is not an official image of a language with a version")
    if known[1] == version:
        return NotApplicable(f"its base has version {version} already")
    return [
        Replacement(*stage.span, f"{found[0]}:{version}{found[2]}")
        for stage in document.stages
        if (found := _official(stage.reference)) and found[:2] == known[:2]
    ]


def _official(reference: str) -> tuple[str, str, str] | None:
    """Image, version and the rest of the tag; None for an image without a version to read."""
    match = OFFICIAL.match(reference)
    match = None if match is None or match["name"] in WEB_SERVERS else match
    tag = _TAG.fullmatch(match["tag"] or "") if match else None
    return (match["image"], tag["version"], tag["rest"]) if match and tag else None
