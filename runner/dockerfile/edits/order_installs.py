"""What a RUN installs from, for order=deps_first: a manifest alone, or the sources, too."""

from __future__ import annotations

import posixpath
import re
from collections.abc import Sequence
from dataclasses import dataclass, replace
from itertools import pairwise

from runner.dockerfile.document import Document, Instruction
from runner.dockerfile.edits.layers_split import splittable
from runner.dockerfile.edits.places import copied_to, workdir_at
from runner.dockerfile.edits.python_tools import exports, installs_tools
from runner.dockerfile.facts import Facts, Manifest
from runner.dockerfile.shell import Command, script_of

PASSIVE = ("WORKDIR", "ENV", "ARG", "LABEL", "EXPOSE")
"""Instructions over which a COPY may be moved."""
_VERBS = ("install", "add", "ci", "clean-install")
_READING = ("-r", "--requirement", "-c", "--constraint")
_HARMLESS = ("cd", "rm", "mkdir", "echo", "set", "true", "ls")


def install_of(
    document: Document, facts: Facts, run: Instruction, exported: list[Manifest]
) -> Manifest | str | None:
    """The manifest that a RUN installs from; None if it needs nothing of the project; or why it
    may need the sources. `exported` takes the locks that were written as requirements."""
    line = f"line {document.line_of(run.start)}"
    script = script_of(document, run)
    if script is None or script.broken:
        return f"{line} is not understood, so it may need the sources"
    found = _read_by(script.commands, _Place(document, facts, run), line, exported)
    return found if isinstance(found, str) else _joined(found)


@dataclass(frozen=True)
class Parted:
    """A RUN that installs first, and then does something with the sources."""

    manifest: Manifest
    end: int
    """Where the part that installs ends."""
    rest: int
    """Where the other part begins."""


def parted(document: Document, facts: Facts, run: Instruction) -> Parted | None:
    """`npm ci && npm run build` at its joint; None for a RUN whose commands cannot be run apart, or
    that does not begin with an install from a manifest alone."""
    script = splittable(document, run)
    if script is None:
        return None
    found: Parted | None = None
    read: list[Manifest] = []
    exported: list[Manifest] = []
    for (start, end), (rest, _) in pairwise(script.chain):
        part = [x for x in script.commands if start <= x.start and x.end <= end]
        more = _read_by(part, _Place(document, facts, run), "", exported)
        if isinstance(more, str):
            break
        read += more
        if manifest := _joined(read):
            found = Parted(manifest, end, rest)
    flag = found.manifest.prefetch_flag if found else ""
    return None if flag and flag not in document.text[run.start : run.end] else found


@dataclass(frozen=True)
class _Place:
    """One RUN, and what is known where it runs."""

    document: Document
    facts: Facts
    run: Instruction

    def holds(self, manifest: Manifest, path: str) -> bool:
        """Whether a COPY above has put this manifest at a path."""
        place = posixpath.join(workdir_at(self.document, self.run), path)
        known = copied_to(self.document, self.run, manifest.files[0])
        return posixpath.normpath(place) in known


def _read_by(
    commands: Sequence[Command], place: _Place, line: str, exported: list[Manifest]
) -> list[Manifest] | str:
    """All manifests that these commands install from, or why they may need the sources."""
    found: list[Manifest] = []
    facts, here = place.facts, ""
    for command in commands:
        if command.program == "cd":
            here = posixpath.join(here, *command.operands[:1])
        installer = facts.installer_of(command)
        if tool := exports(command):
            read = [x for x in facts.manifests if x.installer == tool][:1]
            exported += read
        elif installer is None:
            if command.program in _HARMLESS or _configures(command):
                continue
            return f"{line} runs {command.program}, which may need the sources"
        elif not installer.ecosystem or _names_packages(command):
            continue
        else:
            read = _read(command, place, installer.name, here) or _of_export(command, exported)
        if not read and here:
            return f"{line} changes to {here}, so it may need the sources"
        if not read:
            return f"{line} installs from the sources"
        if reason := next((x.reason for x in read if not x.self_contained), ""):
            return f"{line}: {reason}"
        found += read
    return found


def _joined(manifests: Sequence[Manifest]) -> Manifest | None:
    """The last of them, with the files of all."""
    files = tuple(dict.fromkeys(name for item in manifests for name in item.files))
    return replace(manifests[-1], files=files) if manifests else None


def _of_export(command: Command, exported: list[Manifest]) -> list[Manifest]:
    """The lock behind the requirements that were written of it."""
    reads = any(word in ("-r", "--requirement") for word in command.plain)
    return exported[-1:] if reads else []


def _configures(command: Command) -> bool:
    """`poetry config virtualenvs.create false`, `corepack enable`."""
    return command.operands[:1] == ("config",) or command.program == "corepack"


def _names_packages(command: Command) -> bool:
    """`pip install --upgrade pip`, `npm install --global pnpm`: nothing of the project is read."""
    if installs_tools(command):
        return True
    if command.program == "npm" and set(command.plain) & {"-g", "--global"}:
        return not any(word.startswith((".", "/")) for word in command.operands[1:])
    words = command.plain
    reads = any(word in ("-r", "-c", "-e", "--requirement", "--editable") for word in words)
    names = [word for word in command.operands[1:] if word not in _VERBS]
    plain = all(re.fullmatch(r"[A-Za-z0-9][\w.\[\],~=<>!-]*", word) for word in names)
    return bool(names) and plain and not reads and "pip" in " ".join(words)


def _read(command: Command, place: _Place, installer: str, here: str) -> list[Manifest]:
    """The manifests that an install command reads; none where not all that it reads are known, and
    none where it is started in a directory (`here`) that their own COPY would not make."""
    pip = installer == "pip" or (installer == "uv" and "pip" in command.plain)
    name = "pip" if pip else installer
    known = [x for x in place.facts.manifests if x.installer == name and not x.prefetch]
    words = command.plain
    if here and not here.startswith("/"):
        known = [x for x in known if x.files[0].startswith(f"{posixpath.normpath(here)}/")]
    if not pip:
        return known[:1]
    named = [after for word, after in pairwise(words) if word in _READING]
    if _of_directory(words):
        return []
    longest_first = sorted(known, key=lambda x: -len(x.files[0]))
    found = [_at(place, posixpath.join(here, name), longest_first) for name in named]
    return [x for x in found if x is not None] if None not in found else []


def _at(place: _Place, path: str, manifests: Sequence[Manifest]) -> Manifest | None:
    """The manifest that a COPY has put at this path, else the first one whose own path it ends
    in."""
    copied = next((x for x in manifests if place.holds(x, path)), None)
    whole = f"/{posixpath.normpath(path)}"
    return copied or next((x for x in manifests if whole.endswith(f"/{x.files[0]}")), None)


def _of_directory(words: Sequence[str]) -> bool:
    """Whether pip also installs what lies in a directory: `.`, `-e ./shop`, `.[web]`."""
    pairs = zip(words, ("", *words), strict=False)
    return any(
        word in ("-e", "--editable")
        or word.startswith(("--editable=", "-e="))
        or (re.match(r"\.{1,2}(?:/|\[|$)", word) and not before.startswith("-"))
        for word, before in pairs
    )
