"""order=deps_first where each directory has a COPY of its own: those of sources follow the RUN that
installs from the manifests, which are copied apart already."""

from __future__ import annotations

import posixpath
import re
from collections.abc import Sequence
from dataclasses import dataclass

from runner.dockerfile.document import Document, Instruction
from runner.dockerfile.edits.order_installs import PASSIVE, install_of
from runner.dockerfile.edits.places import comment_start, target_of, workdir_at
from runner.dockerfile.facts import Facts, Manifest
from runner.dockerfile.reads import words_of_copy
from runner.dockerfile.spans import NotApplicable, Replacement

_SETTINGS = re.compile(
    r"\..*|.*\.(?:txt|toml|lock|lockb|cfg|ini|conf|json|ya?ml|in|mod|sum|whl)|Pipfile.*|setup\.py"
    r"|README.*|LICENSE.*|package.*|yarn.*|pnpm.*|.*[*?\[].*",
    re.IGNORECASE,
)
"""Names of what an installer may read, and of what is hardly ever edited."""


@dataclass(frozen=True)
class _Copy:
    """A COPY from the context."""

    item: Instruction
    sources: tuple[str, ...]
    target: str
    """Absolute."""

    @property
    def is_of_sources(self) -> bool:
        """Whether no installer reads what it copies."""
        return not any(_SETTINGS.fullmatch(posixpath.basename(x)) for x in self.sources)

    def holds(self, name: str) -> bool:
        """Whether a file of the context is among what it copies."""
        return any(name == x or x == "." or name.startswith(f"{x}/") for x in self.sources)


def parts_moved(document: Document, facts: Facts) -> list[Replacement] | NotApplicable:
    """The COPY instructions of sources, behind the RUN that installs from a manifest.

    Refused where what they copy may be needed by it, or lies where another COPY puts something on
    top of it.
    """
    for index in range(len(document.stages)):
        items = document.in_stage(index)
        for item in items:
            found = install_of(document, facts, item, []) if item.keyword == "RUN" else None
            if isinstance(found, Manifest) and not found.prefetch_flag:
                moved = _movable(document, facts, items, item, found)
                if moved:
                    return _moved(document, moved, item)
    return NotApplicable("no COPY takes the whole context, or sources before an install")


def _movable(
    document: Document,
    facts: Facts,
    items: Sequence[Instruction],
    install: Instruction,
    manifest: Manifest,
) -> list[_Copy]:
    """The COPY instructions above the install that may follow it."""
    copies: list[_Copy] = []
    for item in reversed([x for x in items if x.start < install.start]):
        if item.keyword in ("COPY", "ADD"):
            copy = _copy(document, item)
            if copy is None:
                break
            copies.insert(0, copy)
        elif item.keyword == "RUN":
            if isinstance(install_of(document, facts, item, []), str):
                break
        elif item.keyword not in PASSIVE:
            break
    staying = [x for x in copies if not x.is_of_sources]
    given = all(any(x.holds(name) for x in staying) for name in manifest.files[:1])
    moving = [x for x in copies if x.is_of_sources]
    here = workdir_at(document, install)
    if manifest.written_later:  # `prisma` finds its schema while it is installed
        return []
    if not given or any(x.holds(name) for x in moving for name in manifest.files):
        return []
    return [
        x
        for x in moving
        if workdir_at(document, x.item) == here
        if not any(_lies_in(y, x) for y in copies if y.item.start > x.item.start)
    ]


def _lies_in(other: _Copy, copy: _Copy) -> bool:
    """Whether another COPY may put something on top of what this one copies."""
    root = copy.target.rstrip("/")
    return other.target == copy.target or other.target.startswith(f"{root}/")


def _copy(document: Document, item: Instruction) -> _Copy | None:
    """A COPY of named files and directories of the context; None for any other, which stays and
    over which nothing is moved."""
    words = words_of_copy(document.value(item))
    text = document.text[item.start : item.end]
    foreign = any(x.startswith(("--from", "--parents")) for x in document.flags(item))
    if item.keyword != "COPY" or item.heredocs or foreign or len(words) < 2 or "$" in text:
        return None
    sources = tuple(posixpath.normpath(word.lstrip("/")) for word in words[:-1])
    return _Copy(item, sources, target_of(document, item))


def _moved(document: Document, moved: Sequence[_Copy], install: Instruction) -> list[Replacement]:
    new = document.newline
    lines, found = [], []
    for copy in moved:
        start = comment_start(document, copy.item)
        lines.append(document.text[start : copy.item.end])
        end = copy.item.end
        end += len(new) if document.text.startswith(new, end) else 0
        found.append(Replacement(start, end, ""))
    apart = document.text.startswith(new * 2, install.end)
    gap = new * 2 if apart else new
    return [*found, Replacement(install.end, install.end, gap + new.join(lines))]
