"""recommends=none: apt-get installs what was asked for and what that needs, nothing recommended."""

from __future__ import annotations

from collections.abc import Iterator

from runner.dockerfile.document import Document
from runner.dockerfile.edits.installs import install_runs, nothing_to_do
from runner.dockerfile.facts import Facts
from runner.dockerfile.spans import NotApplicable, Replacement

FLAG = "--no-install-recommends"
_OTHER_WAYS = (FLAG, "--without-recommends", "-R", "APT::Install-Recommends")


def edit(document: Document, facts: Facts) -> list[Replacement] | NotApplicable:
    """The option behind `install` of every `apt-get install` that has none like it."""
    if "APT::Install-Recommends" in document.text:
        return NotApplicable("apt is configured to install no recommended packages")
    found = list(_replacements(document, facts))
    done = "no apt-get install that brings recommended packages along"
    return found or NotApplicable(nothing_to_do(document, facts, done))


def _replacements(document: Document, facts: Facts) -> Iterator[Replacement]:
    for item in install_runs(document, facts):
        for install in item.installs:
            words = install.command.plain
            if install.installer.name != "apt" or "install" not in words:
                continue
            if not any(way in word for word in words for way in _OTHER_WAYS):
                at = install.command.spans[words.index("install")][1]
                yield Replacement(at, at, f" {FLAG}")
