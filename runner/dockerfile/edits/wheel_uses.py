"""What instructions do with wheels that a COPY brings: pip installs them, `rm` removes them.

Whatever else may reach their path is a reason to leave them in the image. That is told from words
alone: the path's last name anywhere, or a word that may be the path, in it, or above it.
"""

from __future__ import annotations

import fnmatch
import posixpath
import re
from collections.abc import Collection
from dataclasses import dataclass
from functools import cached_property

from runner.dockerfile.document import SHELLS, Document, Instruction, is_idle
from runner.dockerfile.edits.around import is_link
from runner.dockerfile.edits.copied_wheels import Wheels, is_within, resolved
from runner.dockerfile.edits.installs import install_runs
from runner.dockerfile.edits.places import before, target_of, user_at, workdir_at
from runner.dockerfile.facts import Facts
from runner.dockerfile.reads import stages_read, words_of_copy
from runner.dockerfile.shell import Command, Script, script_of

Span = tuple[int, int]

_WORD = re.compile(r"[^\s\"'=:;|&<>(),\\`{}]+")
_HOME = re.compile(r"~|\$HOME\b|\$\{HOME\}")
_EXTRAS = re.compile(r"\[[\w,. -]*\]?$")
"""What pip is to install of a wheel: `x.whl[all]`."""
_PLAIN_FILE = re.compile(r"[\w-][\w.-]*\.[a-z]+")
_FIND_LINKS = ("-f", "--find-links")
_LISTS = ("-r", "--requirement", "-c", "--constraint", "--constraints")
_OWNERS = ("chown", "chmod", "mkdir", "useradd", "adduser")
"""What makes directories, or changes whose they are, and reads no file in one above the wheels."""


@dataclass(frozen=True)
class Shells:
    """The RUN instructions of a document, each parsed once."""

    document: Document
    facts: Facts

    @cached_property
    def scripts(self) -> dict[int, Script]:
        """Where a RUN begins → its shell, where that is understood."""
        found = {run.start: script_of(self.document, run) for run in self.document.runs()}
        return {start: x for start, x in found.items() if x is not None and not x.broken}

    @cached_property
    def installs(self) -> dict[int, list[Command]]:
        """Where a RUN begins → its commands by which pip, or uv, installs."""
        return {
            item.run.start: [
                x.command
                for x in item.installs
                if x.installer.name in ("pip", "uv")
                and x.command.plain[x.installer.verb_at(x.command) or 0] == "install"
            ]
            for item in install_runs(self.document, self.facts)
            if not item.script.heredoc
        }


@dataclass(frozen=True)
class Uses:
    """The RUN instructions that install wheels, and where others remove them."""

    reads: tuple[tuple[Instruction, Span], ...]
    """Each with the word by which it names them."""
    removals: tuple[tuple[Instruction, Span], ...]
    """Each with the link of its chain."""


def uses_of(shells: Shells, wheels: Wheels) -> Uses | str:
    """How the wheels are used that a COPY brings; why they have to stay (one line)."""
    document, item = shells.document, wheels.item
    family = [x.index for x in document.stages if item.stage in document.lineage_of(x.index)]
    behind = [x for x in document.runs() if x.start > item.start and x.stage in family]
    if unclear := [x for x in behind if _is_unclear(shells.scripts.get(x.start))]:
        line = document.line_of(unclear[0].start)
        return f"line {line} runs a script, or its shell is not understood"
    reads = tuple((run, span) for run in behind for span in _read(shells, run, wheels))
    removals = tuple((run, span) for run in behind for span in _removed(shells, run, wheels))
    if not reads:
        return f"pip is not known to install from {wheels.target}"
    if removals and removals[0][1] < reads[-1][1]:
        return f"{wheels.target} is removed before it is installed"
    if user := next(filter(None, (_user(shells, run) for run, _ in reads)), ""):
        return f"the user {user} installs, who may not read what is mounted"
    if stages_read(document, range(len(document.stages))) & set(family):
        return f"another stage may take {wheels.target}, too"
    uses = Uses(reads, removals)
    related = {-1, *document.lineage_of(item.stage), *family}
    for other in document.instructions:
        is_other = other.stage in related and other.keyword != "FROM" and other != item
        if is_other and _may_use(shells, other, wheels, uses):
            line = document.line_of(other.start)
            return f"line {line} may use {wheels.target} for something else"
    return uses


def _is_unclear(script: Script | None) -> bool:
    """Whether a RUN is not understood, or starts a script, which may install, too."""
    return script is None or any(
        word.endswith(".sh")
        for command in script.commands
        for word in command.plain[: None if command.program in (*SHELLS, "source", ".") else 1]
    )


def _user(shells: Shells, run: Instruction) -> str:
    """Who a RUN is run as; empty for root, and where the base was not looked at."""
    document, base = shells.document, shells.facts.base
    if base is None or any(x.keyword == "USER" for x in before(document, run)):
        return user_at(document, run)
    return "" if base.user.partition(":")[0] in ("root", "0") else base.user


def _read(shells: Shells, run: Instruction, wheels: Wheels) -> list[Span]:
    """The words by which pip installs the wheels in a RUN."""
    workdir = _workdir(shells, run)
    return [
        span
        for x in shells.installs.get(run.start, [])
        for above, word, span in zip(x.plain, x.plain[1:], x.spans[1:], strict=False)
        if _installs(wheels, above, word, workdir)
    ]


def _removed(shells: Shells, run: Instruction, wheels: Wheels) -> list[Span]:
    """The links of a RUN that remove the wheels and nothing else."""
    script, workdir = shells.scripts[run.start], _workdir(shells, run)
    return [
        (x.start, x.end)
        for x in script.commands
        if x.program == "rm" and len(x.operands) == 1 and is_link(script, x)
        if resolved(x.operands[0].removesuffix("/*"), workdir) == wheels.target
    ]


def _workdir(shells: Shells, run: Instruction) -> str:
    """Where the relative paths of a RUN begin; a place that nothing is in where it changes that."""
    programs = {x.program for x in shells.scripts[run.start].commands}
    return "/?" if programs & {"cd", "pushd", "popd"} else workdir_at(shells.document, run)


def _installs(wheels: Wheels, above: str, word: str, workdir: str) -> bool:
    """Whether a word of `pip install`, behind another one, stands for wheels."""
    option, equals, value = word.partition("=")
    if not (word.startswith("-") and equals):
        option, value = above, word
    place = resolved(_EXTRAS.sub("", value), workdir)
    if option in _FIND_LINKS:
        return wheels.names == "*" and place == wheels.target
    if option in _LISTS:
        return wheels.names == "*" and place.startswith(f"{wheels.target}/")
    directory, name = posixpath.split(place)
    above_it, own = posixpath.split(wheels.target)
    if word.startswith("-") or directory != (wheels.target if wheels.names else above_it):
        return False
    fits = fnmatch.fnmatchcase(*((name, wheels.names) if wheels.names else (own, name)))
    return fits and (name.endswith(".whl") or (name == wheels.names and wheels.are_all))


def _may_use(shells: Shells, item: Instruction, wheels: Wheels, uses: Uses) -> bool:
    """Whether an instruction may do anything with the wheels but what is known."""
    document, target = shells.document, wheels.target
    known = [span for _, span in (*uses.reads, *uses.removals)]
    if item.keyword in ("COPY", "ADD"):
        bodies = (document.text[x.start : x.end] for x in item.heredocs)
        place = resolved(target_of(document, item), "/")
        is_late = item.start > max(known)[1]
        names = [posixpath.basename(x) for x in words_of_copy(document.value(item))[:-1]]
        others = all(_PLAIN_FILE.fullmatch(x) and x != posixpath.basename(target) for x in names)
        is_apart = is_late or (others and item.keyword == "COPY") or not is_within(target, place)
        return not is_apart or any(_is_named(x, target) for x in (place, *bodies))
    text, workdir = _without(document.text, item, known), workdir_at(document, item)
    if item.keyword == "WORKDIR" or _is_named(text, target):
        return _is_named(text, target)
    script = shells.scripts.get(item.start)
    if script is not None and item not in [run for run, _ in uses.reads]:
        harmless = [span for x in script.commands if x.program in _OWNERS for span in x.spans]
        text = _without(document.text, item, [*known, *harmless])
    words = _WORD.findall(_HOME.sub("/root", text))
    return any(_may_reach(x, target, workdir) for x in words)


def _without(text: str, item: Instruction, spans: Collection[Span]) -> str:
    """An instruction without these words, and without the comments between its lines."""
    parts, position = [], item.start
    for start, end in sorted(x for x in spans if item.start < x[0] < item.end):
        parts.append(text[position:start])
        position = end
    lines = " ".join([*parts, text[position : item.end]]).splitlines()
    return "\n".join([*lines[:1], *(x for x in lines[1:] if not is_idle(x))])


def _is_named(text: str, target: str) -> bool:
    name = re.escape(posixpath.basename(target))
    return re.search(rf"(?<![\w.-]){name}(?![\w-]|\.\w)", text) is not None


def _may_reach(word: str, target: str, workdir: str) -> bool:
    """Whether a word may be the path, be in it, or be a directory above it, as a pattern, too."""
    if "$" in word:
        return fnmatch.fnmatchcase(posixpath.basename(target), posixpath.basename(word))
    parts = filter(None, resolved(word, workdir).split("/"))
    pairs = zip(target.strip("/").split("/"), parts, strict=False)
    return ".." in word.split("/") or all(fnmatch.fnmatchcase(x, y) for x, y in pairs)
