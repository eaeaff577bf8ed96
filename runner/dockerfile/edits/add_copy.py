"""add_copy=copy: ADD becomes COPY where nothing is unpacked and nothing fetched."""

from __future__ import annotations

import re

from runner.dockerfile.document import Document, Instruction
from runner.dockerfile.facts import Facts
from runner.dockerfile.reads import words_of_copy
from runner.dockerfile.spans import NotApplicable, Replacement

_UNPACKED = re.compile(r"\.(?:tar|tgz|tbz2?|txz|tzst|gz|bz2|xz|zst|z)\b|[*?\[$]", re.IGNORECASE)
_FETCHED = re.compile(r"^(?:[a-z+]+://|git@|[\w.-]+@[\w.-]+:)", re.IGNORECASE)
_OF_ADD = ("--checksum", "--keep-git-dir", "--unpack")


def edit(document: Document, facts: Facts) -> list[Replacement] | NotApplicable:  # noqa: ARG001
    """The keyword of every ADD whose sources are plain files and directories of the context."""
    adds = [item for item in document.instructions if item.keyword == "ADD"]
    if not adds:
        return NotApplicable("it has no ADD")
    found = [
        Replacement(item.start, item.start + 3, _like(document.text[item.start : item.start + 3]))
        for item in adds
        if _copies(document, item)
    ]
    return found or NotApplicable("every ADD unpacks or fetches something, or may do so")


def _copies(document: Document, item: Instruction) -> bool:
    """A pattern or a variable may name an archive: then ADD stays."""
    if item.heredocs or any(flag.startswith(_OF_ADD) for flag in document.flags(item)):
        return False
    sources = words_of_copy(document.value(item))[:-1]
    return bool(sources) and not any(_UNPACKED.search(x) or _FETCHED.match(x) for x in sources)


def _like(keyword: str) -> str:
    return "copy" if keyword.islower() else "COPY"
