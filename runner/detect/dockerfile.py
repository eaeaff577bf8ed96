"""A Dockerfile that a project brings along: what it is built on, what it starts, where it listens.

It is never changed, save in a copy: where a base image cannot be had, that copy names another one.
"""

from __future__ import annotations

import posixpath
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from functools import cached_property

from runner.detect.assignments import pairs, words_of
from runner.detect.command_forms import SHELL, Command
from runner.detect.instructions import Instruction, directives, expanded, instructions
from runner.detect.names import FOR_DEVELOPERS
from runner.dockerfile.reads import mount_of

SCRATCH = "scratch"
_FROM = re.compile(r"(?:--\S+\s+)*(\S+)(?:\s+AS\s+(\S+))?", re.IGNORECASE)
_COPIED = re.compile(r"(?:^|\s)--from=(\S+)")
_NUMBER = re.compile(r"\d+")
_PORT = re.compile(r"[0-9]{1,5}")
_QUOTED = re.compile(r"\[\s*['\"]")
"""How an exec form begins; in a shell form it was meant to be one."""


@dataclass(frozen=True)
class Stage:
    """One FROM and what follows it."""

    name: str
    """In small letters; empty for none."""
    reference: str
    """The image or the earlier stage that it is built on, variables filled in."""
    body: tuple[Instruction, ...]


@dataclass(frozen=True)
class Dockerfile:
    """The text of a Dockerfile, read."""

    text: str
    target: str = ""
    """The stage that is built; empty for the last one."""
    args: Mapping[str, str] = field(default_factory=dict)
    """Build arguments that are given."""

    @cached_property
    def instructions(self) -> tuple[Instruction, ...]:
        """All of it, in order."""
        return tuple(instructions(self.text))

    @cached_property
    def stages(self) -> tuple[Stage, ...]:
        """In order; the last one is what gets built."""
        starts = [place for place, item in enumerate(self.instructions) if item.keyword == "FROM"]
        ends = [*starts[1:], len(self.instructions)][: len(starts)]
        return tuple(
            self._stage(self.instructions[start], self.instructions[start + 1 : end])
            for start, end in zip(starts, ends, strict=True)
        )

    def _stage(self, head: Instruction, body: tuple[Instruction, ...]) -> Stage:
        match = _FROM.match(head.value)
        reference, name = (match[1], match[2] or "") if match else (head.value, "")
        return Stage(name.lower(), _reference(reference, self.defaults), body)

    @cached_property
    def defaults(self) -> dict[str, str]:
        """The arguments that FROM may use, as far as they have a default or are given."""
        values: dict[str, str] = {}
        declared: set[str] = set()
        for item in self.instructions:
            if item.keyword == "FROM":
                break
            if item.keyword == "ARG":
                declared |= {word.partition("=")[0] for word in words_of(item.value)}
                values |= pairs(item, values)
        return values | {name: self.args[name] for name in self.args if name in declared}

    @cached_property
    def images(self) -> dict[str, set[str]]:
        """Image that the build needs → how it is written; in the order of first use.

        BuildKit leaves out stages that nothing of the one that is built is made of.
        """
        found: dict[str, set[str]] = {}
        known: set[str] = {SCRATCH}
        needed = self.needed
        stage = -1
        for item in self.instructions:
            stage += item.keyword == "FROM"
            for written in self._named(item) if stage in needed else ():
                reference = _reference(written, self.defaults)
                if reference.lower() not in known and not _NUMBER.fullmatch(reference):
                    found.setdefault(reference, set()).add(written)
            if item.keyword == "FROM" and (match := _FROM.match(item.value)) and match[2]:
                known.add(match[2].lower())
        return found

    @cached_property
    def needed(self) -> set[int]:
        """Indexes of the stages that the one that is built is made of, itself included."""
        names = {stage.name: index for index, stage in enumerate(self.stages) if stage.name}
        waiting, found = [self._final], set[int]()
        while waiting:
            index = waiting.pop()
            if index in found or not 0 <= index < len(self.stages):
                continue
            found.add(index)
            stage = self.stages[index]
            used = [name for item in stage.body for name in self._named(item)]
            for name in (stage.reference, *(expanded(word, self.defaults) for word in used)):
                number = int(name) if _NUMBER.fullmatch(name) and len(name) < 5 else -1
                waiting.append(names.get(name.lower(), number))
        return found

    @property
    def _final(self) -> int:
        """Index of the stage that is built."""
        named = [
            index
            for index, stage in enumerate(self.stages)
            if self.target and stage.name == self.target.lower()
        ]
        return named[-1] if named else len(self.stages) - 1

    def is_below(self, target: str) -> bool:
        """Whether the stage that is built is for developers, and made of another one of that name
        with more on top."""
        *below, last = self._lineage() or [Stage("", "", ())]
        named = target.lower() in (stage.name for stage in below if stage.name)
        return named and bool(FOR_DEVELOPERS.search(last.name))

    def _named(self, item: Instruction) -> Iterator[str]:
        """The images or stages that an instruction names."""
        if item.keyword == "FROM":
            if match := _FROM.match(item.value):
                yield match[1]
        elif item.keyword == "COPY":
            yield from _COPIED.findall(item.value)
        elif item.keyword == "RUN":
            mounts = filter(None, map(mount_of, item.value.split()))
            yield from (mount.origin for mount in mounts if mount.origin)

    @property
    def base(self) -> str:
        """The image below the last stage; where that starts from nothing, the last image of an
        earlier one. Empty for none."""
        lineage = self._lineage()
        if lineage and lineage[0].reference != SCRATCH:
            return lineage[0].reference
        return next((name for name in reversed(self.images)), "")

    def _lineage(self) -> list[Stage]:
        """The last stage and those that it is built on, from the first one up."""
        lineage: list[Stage] = []
        wanted = ""
        for stage in reversed(self.stages[: self._final + 1]):
            if not lineage or stage.name == wanted:
                lineage.insert(0, stage)
                wanted = stage.reference.lower()
        return lineage

    @cached_property
    def final(self) -> tuple[Instruction, ...]:
        """The instructions whose settings the image has."""
        return tuple(item for stage in self._lineage() for item in stage.body)

    @cached_property
    def environment(self) -> dict[str, str]:
        """What ENV and the defaults of ARG set in the image's build."""
        values: dict[str, str] = {}
        for item in self.final:
            if item.keyword == "ENV":
                values |= pairs(item, values)
            elif item.keyword == "ARG":
                declared = [word.partition("=")[0] for word in words_of(item.value)]
                given = {name: self.args[name] for name in declared if name in self.args}
                values |= pairs(item, self.defaults | values) | given
        return values

    @property
    def set_variables(self) -> dict[str, str]:
        """What ENV alone sets in the image, arguments that are given filled in; empty values are
        left out."""
        values = dict(self.environment)
        names = {x for item in self.final if item.keyword == "ENV" for x in pairs(item, values)}
        return {name: values[name] for name in sorted(names) if values.get(name)}

    @property
    def workdir(self) -> str:
        """The folder that the command is started in; `/` if none is named."""
        folder = "/"
        for item in self.final:
            if item.keyword == "WORKDIR":
                folder = posixpath.join(folder, expanded(item.value, self.environment))
        return posixpath.normpath(folder)

    @property
    def process(self) -> list[str]:
        """The words that a container starts, exactly as the engine puts ENTRYPOINT and CMD together
        (docs.docker.com/reference/dockerfile, "understand how CMD and ENTRYPOINT interact")."""
        entry, words = self._start()
        return [*entry.words, *words.words]

    @property
    def entrypoint(self) -> list[str]:
        """The words of ENTRYPOINT alone; empty for none."""
        return list(self._start()[0].words)

    @property
    def command(self) -> list[str]:
        """The same without what has no effect: empty if neither is there.

        CMD counts for nothing behind a shell form's ENTRYPOINT. Where nothing is an argument of a
        shell form, it becomes words if it is a plain command.
        """
        entry, words = self._start()
        if entry.line:
            return entry.plain(self.environment)
        return [*entry.words, *words.words] if entry.words else words.plain(self.environment)

    @property
    def no_command(self) -> str:
        """Why a container needs to be given a command; empty where the image has one. An ENTRYPOINT
        alone is given one by most compose files: it does what comes first, and starts that."""
        entry, words = self._start()
        if entry.line or (words.words and not _QUOTED.match(words.line)):
            return ""
        if words.line:
            return "the Dockerfile's CMD is no JSON (double quotes), so a shell runs it as it is"
        return "the Dockerfile has none"

    def _start(self) -> tuple[Command, Command]:
        """ENTRYPOINT and CMD of the image: an ENTRYPOINT takes away the CMD of stages below."""
        entry = words = Command()
        shell: tuple[str, ...] = SHELL
        for stage in self._lineage():
            has_command = False
            for item in stage.body:
                if item.keyword == "SHELL":
                    shell = Command.read(item.value, shell).words
                elif item.keyword == "CMD":
                    words, has_command = Command.read(item.value, shell), True
                elif item.keyword == "ENTRYPOINT":
                    entry = Command.read(item.value, shell)
                    words = words if has_command else Command()
        return entry, words

    @property
    def ports(self) -> list[int]:
        """The TCP ports of EXPOSE."""
        words = [
            expanded(word, self.environment)
            for item in self.final
            if item.keyword == "EXPOSE"
            for word in item.value.split()
        ]
        numbers = [word.partition("/") for word in words]
        return [
            int(port)
            for port, _, kind in numbers
            if _PORT.fullmatch(port) and kind.lower() in ("", "tcp")
        ]

    @property
    def syntax(self) -> str:
        """The frontend's image that a `# syntax=` line asks for, its first word; empty for none."""
        return next(iter(directives(self.text).get("syntax", ("", 0))[0].split()), "")

    def built_on(self, instead: Mapping[str, str], without_syntax: bool = False) -> str:
        """The text with other images (image → replacement) in the places of its own, and perhaps
        with an empty comment instead of its syntax line."""
        lines = self.text.splitlines(keepends=True)
        if without_syntax and self.syntax:
            _, number = directives(self.text)["syntax"]
            lines[number] = "#\n"
        for item in self.instructions:
            for written in self._named(item):
                other = instead.get(_reference(written, self.defaults))
                if other is not None:
                    _replace(lines, item, written, other)
        return "".join(lines)


def _reference(written: str, variables: Mapping[str, str]) -> str:
    """The image or stage that a word names, as the builder reads it: `"$IMAGE":"$TAG"`."""
    return expanded(written, variables).replace('"', "").replace("'", "")


def _replace(lines: list[str], item: Instruction, written: str, other: str) -> None:
    """Replace the first word of that spelling in the instruction's lines."""
    word = re.compile(rf"(?<![\w./:@-]){re.escape(written)}(?![\w./:@-])")
    for number in range(item.first, item.last + 1):
        lines[number], replaced = word.subn(lambda _: other, lines[number], count=1)
        if replaced:
            return
