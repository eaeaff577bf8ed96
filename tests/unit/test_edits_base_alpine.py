"""base=alpine on what is Alpine already: the release that its tag names stays."""

from __future__ import annotations

import pytest

from runner.dockerfile.document import Document
from runner.dockerfile.edits.base_image import edit
from runner.dockerfile.facts import Facts
from runner.dockerfile.spans import NotApplicable


@pytest.mark.parametrize(
    "image", ["python:3.12-alpine3.20", "node:20-alpine3.19", "golang:1.22-alpine", "node:alpine"]
)
def test_it_is_alpine_already(image: str) -> None:
    said = edit(Document(f'FROM {image}\nCMD ["x"]\n'), Facts(), "alpine")
    assert said == NotApplicable("its base is alpine already")
