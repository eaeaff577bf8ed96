"""A Dockerfile as text plus where everything stands: directives, instructions, stages.

Follows moby's parser: the escape directive, continuations with comments and empty lines inside,
heredocs, flags before the operands. The official parser is the judge in the property tests.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass
from functools import cached_property
from itertools import islice

from runner.dockerfile.spans import Replacement, replaced

_DIRECTIVE = re.compile(r"#[ \t]*([A-Za-z][\w-]*)[ \t]*=[ \t]*(\S.*)")
_DIRECTIVES = ("syntax", "escape", "check")
_KEYWORD = re.compile(r"[A-Za-z]+")
_HEREDOC = re.compile(r"(?:^|(?<=[\s;&|(]))\d*<<(-?)(?!<)([\"']?)([A-Za-z_]\w*)\2")
_WITH_HEREDOC = ("RUN", "COPY", "ADD")
_FLAG = re.compile(r"--[A-Za-z][\w-]*(?:=\S+)?(?=\s|$)")
_STAGE = re.compile(r"(\S+)(?:\s+[Aa][Ss]\s+(\S+))?")
SHELLS = ("sh", "bash", "ash", "dash")
_BOM = "\ufeff"
MOST_INSTRUCTIONS = 500
MOST_STAGES = 100
"""Many times what anybody has written; what edits look at grows with the square of them."""


class DockerfileError(Exception):
    """A text that is not a Dockerfile; the message names line and reason."""


@dataclass(frozen=True)
class Heredoc:
    """The body of one here-document: `document[start:end]`, its terminator not included."""

    name: str
    start: int
    end: int


@dataclass(frozen=True)
class Instruction:
    """One instruction: `document[start:end]` is all of it, less the newline at its end."""

    keyword: str
    """In capitals."""
    start: int
    end: int
    body: int
    """Where its operands begin, behind flags such as `--mount`."""
    stage: int
    """Index of its stage; -1 before the first FROM."""
    heredocs: tuple[Heredoc, ...] = ()
    shell: bool = True
    """Whether a RUN in shell form is run by a POSIX shell (no SHELL says otherwise)."""
    errexit: bool = False
    """Whether that shell is started with `-e`."""


@dataclass(frozen=True)
class Stage:
    """One FROM: what it is built on, and its name."""

    index: int
    head: Instruction
    reference: str
    """As it is written, variables not filled in."""
    name: str
    """In small letters; empty for none."""
    span: tuple[int, int]
    """Where the reference stands."""


@dataclass(frozen=True)
class Document:
    """One Dockerfile. Printing `text` gives back every byte that was read."""

    text: str
    target: str = ""
    """The stage that is built; empty for the last one."""

    def edited(self, replacements: list[Replacement]) -> Document:
        """The document with these spans replaced, parsed anew."""
        if not replacements:
            return self
        return Document(replaced(self.text, replacements), self.target)

    def of(self, item: Instruction) -> str:
        """The operands of an instruction, as they are written."""
        return self.text[item.body : item.end]

    def flags(self, item: Instruction) -> tuple[str, ...]:
        """What stands between keyword and operands: `--mount=type=cache,…`."""
        return tuple(_FLAG.findall(self.text[item.start + len(item.keyword) : item.body]))

    def value(self, item: Instruction) -> str:
        """The operands on one line: continuations joined, comments inside left out."""
        return " ".join(line.strip() for line in self._lines(item, item.body)).strip()

    def joined(self, item: Instruction) -> str:
        """All behind the keyword, flags included, exactly as the builder joins its lines."""
        return "".join(self._lines(item, item.start + len(item.keyword))).strip()

    def _lines(self, item: Instruction, start: int) -> Iterator[str]:
        """Its lines from there to its here-documents, less continuations and comments inside."""
        end = item.heredocs[0].start if item.heredocs else item.end
        first, *rest = self.text[start:end].splitlines() or [""]
        for line in (first, *(x for x in rest if not is_idle(x))):
            yield self._continued.sub("", line)

    @cached_property
    def newline(self) -> str:
        """How its lines end."""
        return "\r\n" if "\r\n" in self.text else "\n"

    @cached_property
    def directives(self) -> dict[str, str]:
        """Parser directive (`syntax`, `escape`, `check`) → its value."""
        found: dict[str, str] = {}
        for line in self.text.removeprefix(_BOM).splitlines():
            match = _DIRECTIVE.fullmatch(line.strip())
            name = match[1].lower() if match else ""
            if match is None or name in found or name not in _DIRECTIVES:
                break
            found[name] = match[2]
        return found

    @property
    def escape(self) -> str:
        """The character that continues a line."""
        return "`" if self.directives.get("escape") == "`" else "\\"

    @property
    def and_then(self) -> str:
        """What joins a command of a RUN to one on a line of its own behind it."""
        return f" {self.escape}{self.newline}    && "

    @cached_property
    def _continued(self) -> re.Pattern[str]:
        return re.compile(rf"{re.escape(self.escape)}[ \t]*$")

    @cached_property
    def instructions(self) -> tuple[Instruction, ...]:
        """In order. Raises `DockerfileError` for a line that does not begin with a keyword, and for
        more instructions or stages than anybody has."""
        found = tuple(islice(self._instructions(), MOST_INSTRUCTIONS + 1))
        if len(found) > MOST_INSTRUCTIONS:
            raise DockerfileError(f"more than {MOST_INSTRUCTIONS} instructions")
        if found and found[-1].stage >= MOST_STAGES:
            raise DockerfileError(f"more than {MOST_STAGES} stages")
        return found

    def readable(self) -> Iterator[Instruction]:
        """The same up to the first line that is no instruction, however many there are."""
        with suppress(DockerfileError):
            yield from self._instructions()

    @cached_property
    def stages(self) -> tuple[Stage, ...]:
        """In order; the last one is what gets built."""
        heads = [item for item in self.instructions if item.keyword == "FROM"]
        return tuple(self._stage(index, head) for index, head in enumerate(heads))

    @property
    def final(self) -> int:
        """Index of the stage that is built: the target, else the last one; -1 for none."""
        named = [stage.index for stage in self.stages if stage.name == self.target.lower()]
        return named[-1] if self.target and named else len(self.stages) - 1

    @cached_property
    def lineage(self) -> tuple[int, ...]:
        """Indexes of the last stage and of those it is built on, from the first one up: whose
        layers are in the image."""
        return self.lineage_of(self.final)

    def lineage_of(self, index: int) -> tuple[int, ...]:
        """Indexes of a stage and of those it is built on, from the first one up."""
        found: list[int] = []
        wanted = index
        while wanted >= 0:
            found.insert(0, wanted)
            below = self.stages[wanted].reference.lower()
            names = [stage.name for stage in self.stages[:wanted]]
            wanted = len(names) - 1 - names[::-1].index(below) if below in names else -1
        return tuple(found)

    def root_of(self, item: Instruction) -> str:
        """The image, as it is written, that the stage of an instruction is built on in the end."""
        return self.stages[self.lineage_of(item.stage)[0]].reference

    def in_image(self, item: Instruction) -> bool:
        """Whether what an instruction writes is part of the image that is built."""
        return item.stage in self.lineage

    def in_stage(self, index: int) -> list[Instruction]:
        """The instructions of a stage, its FROM included."""
        return [item for item in self.instructions if item.stage == index]

    def runs(self) -> list[Instruction]:
        """Every RUN, in order."""
        return [item for item in self.instructions if item.keyword == "RUN"]

    def line_of(self, position: int) -> int:
        """The line of a position, counted from 1."""
        return self.text.count("\n", 0, position) + 1

    def _stage(self, index: int, head: Instruction) -> Stage:
        match = _STAGE.search(self.text, head.body, head.end)
        if match is None:
            raise DockerfileError(f"line {self.line_of(head.start)}: FROM names no image")
        return Stage(index, head, match[1], (match[2] or "").lower(), match.span(1))

    def _instructions(self) -> Iterator[Instruction]:
        lines = self.text.splitlines(keepends=True)
        number, position, stage = 0, 0, -1
        default = shell, errexit = True, False
        while number < len(lines):
            line = lines[number]
            if is_idle(line.lstrip(_BOM)):
                number, position = number + 1, position + len(line)
                continue
            start = position + len(line) - len(line.lstrip(f" \t{_BOM}"))
            number, position = self._end_of_lines(lines, number, position)
            keyword = _KEYWORD.match(self.text, start)
            if keyword is None:
                at = self.line_of(start)
                raise DockerfileError(f"line {at}: expected an instruction, found {line.strip()!r}")
            heredocs: list[Heredoc] = []
            if keyword[0].upper() in _WITH_HEREDOC:
                opened = _HEREDOC.findall(self.text[start:position])
                for dash, _, name in opened:
                    number, position, found = _heredoc(lines, number, position, name, bool(dash))
                    heredocs.append(found)
            stage += keyword[0].upper() == "FROM"
            item = self._instruction(keyword[0], start, position, stage, tuple(heredocs))
            if item.keyword == "FROM":
                shell, errexit = default
            elif item.keyword == "SHELL":
                shell, errexit = _shell_of(self.of(item))
            yield Instruction(
                item.keyword, start, item.end, item.body, stage, item.heredocs, shell, errexit
            )

    def _end_of_lines(self, lines: list[str], number: int, position: int) -> tuple[int, int]:
        """The line and the position behind an instruction that begins at this line."""
        first = True
        while number < len(lines):
            line = lines[number]
            number, position = number + 1, position + len(line)
            idle = not first and is_idle(line)
            if not idle and not self._continued.search(line.rstrip("\r\n")):
                break
            first = False
        return number, position

    def _instruction(
        self, keyword: str, start: int, end: int, stage: int, heredocs: tuple[Heredoc, ...]
    ) -> Instruction:
        while end > start and self.text[end - 1] in "\r\n":
            end -= 1
        body = self._behind_flags(start + len(keyword), end)
        return Instruction(keyword.upper(), start, end, body, stage, heredocs)

    def _behind_flags(self, position: int, end: int) -> int:
        """Behind flags and the white space and continuations before, between and after them."""
        gap = re.compile(rf"(?:[ \t]|{re.escape(self.escape)}[ \t]*\r?\n)+")
        while True:
            space = gap.match(self.text, position, end)
            begin = space.end() if space else position
            flag = _FLAG.match(self.text, begin, end)
            if flag is None:
                return begin
            position = flag.end()


def is_idle(line: str) -> bool:
    """Whether the line is empty or a comment, also in the middle of an instruction."""
    return not line.strip() or line.lstrip().startswith("#")


def _heredoc(
    lines: list[str], number: int, position: int, name: str, tabs: bool
) -> tuple[int, int, Heredoc]:
    """The line and the position behind a here-document that begins at this line, and its body."""
    start = end = position
    while number < len(lines):
        line = lines[number]
        number, position = number + 1, position + len(line)
        bare = line.rstrip("\r\n")
        if (bare.lstrip("\t") if tabs else bare) == name:
            break
        end = position
    return number, position, Heredoc(name, start, end)


def _shell_of(operands: str) -> tuple[bool, bool]:
    """Whether a SHELL instruction names a POSIX shell, and whether it stops at errors (`-e`)."""
    words = re.findall(r'"((?:[^"\\]|\\.)*)"', operands)
    program = words[0].rsplit("/", 1)[-1] if words else ""
    options = [word for word in words[1:] if re.fullmatch(r"-[a-z]+", word)]
    return program in SHELLS, any("e" in option for option in options)
