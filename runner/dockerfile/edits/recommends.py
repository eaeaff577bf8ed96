"""recommends=none: apt-get installs what was asked for and what that needs, nothing recommended."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence

from runner.dockerfile.document import Document, Instruction
from runner.dockerfile.edits.installs import install_runs, nothing_to_do
from runner.dockerfile.facts import Facts
from runner.dockerfile.spans import NotApplicable, Replacement

FLAG = "--no-install-recommends"
_OTHER_WAYS = (FLAG, "--without-recommends", "-R", "APT::Install-Recommends")
_COMPILERS = re.compile(r"(?:gcc|clang)(?:-\d+)?(?:=.*)?")
_WITH_HEADERS = re.compile(r"(?:libc6-dev|libc-dev|build-essential|g\+\+(?:-\d+)?)(?:=.*)?")
_HEADERS = "libc6-dev"
"""What a compiler of C only recommends, and nothing compiles without."""
_FETCHES = re.compile(r"(?:git|curl|wget)(?:=.*)?")
_CERTIFICATES = "ca-certificates"
"""What programs that fetch only recommend, and images of a distribution alone lack."""
_BARE = re.compile(r"(?:.*/)?(?:debian|ubuntu)(?:[:@].*)?")


def edit(document: Document, facts: Facts) -> list[Replacement] | NotApplicable:
    """The option behind `install` of every `apt-get install` that has none like it, and what is
    only recommended there and needed all the same."""
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
                yield from _needed(document, item.run, words, install.command.spans)


def _needed(
    document: Document, run: Instruction, words: Sequence[str], spans: Sequence[tuple[int, int]]
) -> Iterator[Replacement]:
    """What else such a command has to name, behind the package that recommends it."""
    compiler = next((i for i, word in enumerate(words) if _COMPILERS.fullmatch(word)), 0)
    if compiler and not any(map(_WITH_HEADERS.fullmatch, words)):
        yield Replacement(spans[compiler][1], spans[compiler][1], f" {_HEADERS}")
    fetches = next((i for i, word in enumerate(words) if _FETCHES.fullmatch(word)), 0)
    if fetches and _CERTIFICATES not in document.text and _BARE.fullmatch(document.root_of(run)):
        yield Replacement(spans[fetches][1], spans[fetches][1], f" {_CERTIFICATES}")
