"""What edits make of a text, for tests of single edits."""

from __future__ import annotations

from runner.dockerfile.document import Document
from runner.dockerfile.edits.registry import apply
from runner.dockerfile.facts import Facts, Manifest
from runner.ecosystems.installers import INSTALLERS

REQUIREMENTS = Manifest(("requirements.txt",), "pip")
PACKAGES = Manifest(("package.json", "package-lock.json"), "npm")
MODULES = Manifest(("go.mod", "go.sum"), "go")


def edited(text: str, *levels: str, **facts: object) -> str:
    """The text after these levels, each of which must have changed something."""
    asked = dict(level.split("=") for level in levels)
    result = apply(Document(text), asked, Facts(INSTALLERS, **facts))  # type: ignore[arg-type]
    assert not [item.reason for item in result.applied if item.reason]
    again = apply(result.document, asked, Facts(INSTALLERS, **facts))  # type: ignore[arg-type]
    assert again.document.text == result.document.text
    return result.document.text


def refused(text: str, level: str, **facts: object) -> str:
    """Why a level leaves the text as it is."""
    asked = dict([level.split("=")])
    result = apply(Document(text), asked, Facts(INSTALLERS, **facts))  # type: ignore[arg-type]
    assert result.document.text == text
    return result.applied[0].reason
