"""order=deps_first: manifests are copied and dependencies installed before the sources are."""

from __future__ import annotations

import json
import posixpath
import re
from collections.abc import Sequence
from dataclasses import dataclass

from runner.dockerfile.document import Document, Instruction
from runner.dockerfile.edits.order_installs import PASSIVE, Parted, install_of, parted
from runner.dockerfile.edits.order_parts import parts_moved
from runner.dockerfile.edits.places import workdir_at
from runner.dockerfile.facts import Facts, Manifest
from runner.dockerfile.reads import words_of_copy
from runner.dockerfile.shell import script_of
from runner.dockerfile.spans import NotApplicable, Replacement

_PLAIN = re.compile(r"[\w./@+,=~ -]+")
_UNUSUAL = "a manifest's name cannot be written in a COPY"


@dataclass(frozen=True)
class _Copied:
    """One COPY of the whole context."""

    item: Instruction
    target: str
    """Where the root of the context lies in the image, absolute."""


def edit(document: Document, facts: Facts) -> list[Replacement] | NotApplicable:
    """The first COPY of the whole context gives way to one of the manifests, and follows the last
    RUN that installs from them; where none takes the whole context, those of sources follow it.

    Refused where installing needs the sources, and where a RUN between the two may need them.
    """
    if not facts.manifests:
        return NotApplicable("no manifest of dependencies was found")
    copies = [found for item in document.instructions if (found := _whole(document, item))]
    if not copies:
        return parts_moved(document, facts)
    reasons = []
    for copied in copies:
        outcome = _moved(document, facts, copied)
        if isinstance(outcome, list):
            return outcome
        reasons.append(outcome)
    return NotApplicable(reasons[0])


def _whole(document: Document, item: Instruction) -> _Copied | None:
    """The COPY of `.` to a directory; None for any other instruction."""
    if item.keyword not in ("COPY", "ADD") or item.heredocs:
        return None
    if any(flag.startswith("--from") for flag in document.flags(item)):
        return None
    words = words_of_copy(document.value(item))
    if len(words) != 2 or words[0] not in (".", "./", "/"):
        return None
    return _Copied(item, posixpath.normpath(posixpath.join(workdir_at(document, item), words[1])))


def _moved(document: Document, facts: Facts, copied: _Copied) -> list[Replacement] | str:
    """The replacements, or why this COPY stays where it is."""
    after = [x for x in document.in_stage(copied.item.stage) if x.start > copied.item.start]
    installs: list[tuple[Instruction, Manifest]] = []
    exported: list[Manifest] = []
    if above := _fetched_above(document, facts, copied):
        return f"line {above} installs what the lock says above the sources already"
    prefetched = _prefetched(document, facts, copied, after)
    if prefetched:
        return prefetched
    for item in after:
        if item.keyword in PASSIVE:
            continue
        if item.keyword != "RUN":
            break
        found = install_of(document, facts, item, exported)
        if isinstance(found, str):
            if installs:
                break
            parts = parted(document, facts, item)
            return found if parts is None else _with_parts(document, copied, item, parts)
        if isinstance(found, Manifest) and (fetched := _with_flag(document, facts, item, found)):
            return _with_prefetch(document, copied, found, item, fetched)
        if found is not None:
            installs.append((item, found))
    if not installs:
        return "no RUN behind the COPY of the sources installs from a manifest"
    return _replacements(document, copied, installs)


def _fetched_above(document: Document, facts: Facts, copied: _Copied) -> int:
    """The line of a RUN above the COPY that fetches what a lock names; 0 for none."""
    flags = {manifest.prefetch_flag for manifest in facts.manifests} - {""}
    for item in document.in_stage(copied.item.stage):
        script = script_of(document, item) if item.start < copied.item.start else None
        for command in script.commands if script else ():
            if flags & set(command.words):
                return document.line_of(item.start)
    return 0


def _prefetched(
    document: Document, facts: Facts, copied: _Copied, after: list[Instruction]
) -> list[Replacement]:
    """Manifests and a RUN that fetches what they name above the COPY, for an installer that the
    base image has; nothing where one does already."""
    for item in after:
        script = script_of(document, item)
        for command in script.commands if script else ():
            installer = facts.installer_of(command)
            name = installer.name if installer else ""
            for manifest in facts.manifests:
                fetch = manifest.prefetch if manifest.installer == name else ""
                if fetch and fetch not in document.text and manifest.self_contained:
                    above = [*_copies(document, copied, manifest.files), f"RUN {fetch}", ""]
                    start = copied.item.start
                    return [Replacement(start, start, document.newline.join(above))]
    return []


def _with_flag(document: Document, facts: Facts, run: Instruction, manifest: Manifest) -> str:
    """The RUN up to the command that installs from a manifest, with the option that leaves the
    project itself out; empty for an installer that has none."""
    script = script_of(document, run)
    if not manifest.prefetch_flag or script is None or script.heredoc:
        return ""
    for command in script.commands:
        installer = facts.installer_of(command)
        if installer is not None and installer.name == manifest.installer:
            if manifest.prefetch_flag in command.words:
                return ""
            return f"{document.text[run.start : command.end]} {manifest.prefetch_flag}"
    return ""


def _with_prefetch(
    document: Document, copied: _Copied, manifest: Manifest, run: Instruction, fetch: str
) -> list[Replacement] | str:
    """Manifests where the COPY stands, and it behind a RUN that installs all but the project."""
    if not _can_be_copied(manifest.files):
        return _UNUSUAL
    item, new = copied.item, document.newline
    whole = document.text[item.start : item.end]
    return [
        Replacement(item.start, item.end, new.join(_copies(document, copied, manifest.files))),
        Replacement(run.start, run.start, f"{fetch}{new}{whole}{new}"),
    ]


def _with_parts(
    document: Document, copied: _Copied, run: Instruction, parts: Parted
) -> list[Replacement] | str:
    """Manifests where the COPY stands, and it between the two parts of a RUN."""
    if not _can_be_copied(parts.manifest.files):
        return _UNUSUAL
    item, new = copied.item, document.newline
    whole, keyword = document.text[item.start : item.end], document.text[run.start : run.start + 3]
    manifests = new.join(_copies(document, copied, parts.manifest.files))
    return [
        Replacement(item.start, item.end, manifests),
        Replacement(parts.end, parts.rest, f"{new}{whole}{new}{keyword} "),
    ]


def _can_be_copied(files: Sequence[str]) -> bool:
    return all(_PLAIN.fullmatch(name) for name in files)


def _replacements(
    document: Document, copied: _Copied, installs: list[tuple[Instruction, Manifest]]
) -> list[Replacement] | str:
    files = list(dict.fromkeys(name for _, manifest in installs for name in manifest.files))
    if not _can_be_copied(files):
        return _UNUSUAL
    item, last = copied.item, installs[-1][0]
    new = document.newline
    whole = document.text[item.start : item.end]
    apart = all(document.text.startswith(new * 2, x.end) for x in (item, last))
    gap = new * 2 if apart else new
    return [
        Replacement(item.start, item.end, new.join(_copies(document, copied, files))),
        Replacement(last.end, last.end, f"{gap}{whole}"),
    ]


def _copies(document: Document, copied: _Copied, files: Sequence[str]) -> list[str]:
    """COPY instructions that put these files where the whole COPY would put them."""
    flags = "".join(f"{flag} " for flag in document.flags(copied.item))
    here_is = workdir_at(document, copied.item)
    lines = []
    for folder in dict.fromkeys(posixpath.dirname(name) for name in files):
        here = [name for name in files if posixpath.dirname(name) == folder]
        target = posixpath.join(copied.target, folder).rstrip("/") + "/"
        if here_is != "/" and target.startswith(f"{here_is}/"):
            target = target.removeprefix(f"{here_is}/") or "./"
        lines.append(f"COPY {flags}{_operands([*here, target])}")
    return lines


def _operands(paths: Sequence[str]) -> str:
    """In JSON form where a path has a space in it."""
    return json.dumps(paths) if any(" " in path for path in paths) else " ".join(paths)
