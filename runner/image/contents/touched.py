"""What an instruction changed of a file whose content it stored again unchanged, and the remedy."""

from __future__ import annotations

import re
from collections.abc import Sequence
from enum import Enum
from functools import cache

from runner.model.anatomy import Waste
from runner.model.entries import Entry, EntryKind

COPIED = re.compile(r"(?:COPY|ADD)\b", re.IGNORECASE)
"""An instruction that copies files of the context or of another stage."""
_OPTIONS = {"chown": "--chown=USER:GROUP", "chmod": "--chmod=MODE"}
_SETS = ((re.compile(r"\bsetcap\b"), "capabilities"), (re.compile(r"\bsetfattr\b"), "attributes"))


class Touched(Enum):
    """What a copy differs in, as a hint calls it."""

    settings = "only mode, owner or times changed"
    capabilities = "only capabilities changed"
    attributes = "only extended attributes changed"
    nothing = "written again with the same content"


class Touches:
    """Tells what changed, from the entries of both layers and what the instruction says."""

    def __init__(self, entries: Sequence[Sequence[Entry]]) -> None:
        self._entries = entries
        self._files = cache(self._files_of)

    def of(self, waste: Waste, hider: str) -> Touched:
        """What differs; where an instruction sets attributes, these, as engines' directories are
        not asked for them."""
        before = self._files(waste.written_by).get(waste.path)
        after = self._files(waste.hidden_by).get(waste.path)
        if before is None or after is None:
            return Touched.settings
        if (before.mode, before.uid, before.gid) != (after.mode, after.uid, after.gid):
            return Touched.settings
        if before.xattrs != after.xattrs:
            from runner.oci.xattrs import CAPABILITIES, names  # brings OpenSSL

            had, has = names(before.xattrs), names(after.xattrs)
            same = had.get(CAPABILITIES) == has.get(CAPABILITIES)
            return Touched.attributes if same else Touched.capabilities
        said = (Touched[name] for pattern, name in _SETS if pattern.search(hider))
        return next(said, Touched.nothing)

    def _files_of(self, layer: int) -> dict[str, Entry]:
        """Path → the entry with the settings of that file: of a hard link those of its content."""
        entries, file = self._entries[layer], EntryKind.file
        return {
            entry.path: entries[entry.content_of] if entry.content_of >= 0 else entry
            for entry in entries
            if entry.kind is file and entry.content_of < len(entries)
        }


def remedy(touched: Touched, writer: str, hider: str) -> str:
    """What to do about it, by the instructions that wrote the file and its copy."""
    option = next((text for word, text in _OPTIONS.items() if word in hider), None)
    if touched is Touched.settings and COPIED.match(writer) and option:
        return f"COPY {option} instead of changing the copied files in a later layer"
    if COPIED.match(hider):
        return "do not copy again what is there already"
    if touched is Touched.nothing:
        return "leave that out: the file is there already, with this content"
    if touched is Touched.settings:
        return "set mode and owner where the files are written"
    return "set them in the RUN that writes the file, or in another stage and COPY --from"
