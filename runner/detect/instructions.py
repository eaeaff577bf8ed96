"""A Dockerfile's instructions, with the lines on which they stand.

Read here because no kept parser knows here-documents: `dockerfile-parse` and the archived
`dockerfile` take what is in them for instructions. A test holds this reader against the latter.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from runner.dockerfile.document import HEREDOC, WITH_HEREDOC, Document, is_idle

_VARIABLE = re.compile(r"\\\$|\$(?:(\w+)|\{(\w+)(?:(:?[-+])([^{}]*))?\})")


@dataclass(frozen=True)
class Instruction:
    """One instruction; its lines count from 0."""

    keyword: str
    """In capitals."""
    value: str
    """What follows the keyword, continued lines joined, without comments and here-documents."""
    first: int
    last: int


def directives(text: str) -> dict[str, tuple[str, int]]:
    """Parser directive (`syntax`, `escape`) → its value and its line; they are the first lines."""
    found = Document(text).directives
    return {name: (value, number) for number, (name, value) in enumerate(found.items())}


def instructions(text: str) -> Iterator[Instruction]:
    """Every instruction of a Dockerfile, in order."""
    escape = Document(text).escape
    continued = re.compile(rf"{re.escape(escape)}[ \t]*$")
    lines = text.splitlines()
    number = 0
    while number < len(lines):
        if is_idle(lines[number]):
            number += 1
            continue
        first = number
        parts: list[str] = []
        while number < len(lines):
            line = lines[number]
            number += 1
            if parts and is_idle(line):
                continue
            parts.append(continued.sub("", line))
            if not continued.search(line):
                break
        keyword, value = (*"".join(parts).split(maxsplit=1), "", "")[:2]
        if keyword.upper() in WITH_HEREDOC:
            number = _after_heredocs(lines, number, value)
        yield Instruction(keyword.upper(), value.strip(), first, number - 1)


def _after_heredocs(lines: list[str], number: int, value: str) -> int:
    """The line behind the here-documents that an instruction opens."""
    for dash, _, name in HEREDOC.findall(value):
        while number < len(lines):
            line = lines[number].lstrip("\t") if dash else lines[number]
            number += 1
            if line == name:
                break
    return number


MOST_EXPANDED = 4096
"""A variable that would become longer stays as it is written: a few lines that each name the one
before twice would fill any memory."""


def expanded(value: str, variables: Mapping[str, str]) -> str:
    """The value with `$NAME`, `${NAME}`, `${NAME:-default}` and `${NAME:+other}` filled in; what
    is not known stays as it is written."""
    if "$" not in value:
        return value

    def fill(match: re.Match[str]) -> str:
        name, sign, word = match[1] or match[2], match[3] or "", match[4]
        value = variables.get(name)
        is_set = bool(value) if sign.startswith(":") else value is not None
        if sign.endswith("+"):
            return word if is_set else ""
        if is_set and value is not None:
            return value
        return word if sign else match[0]

    filled = _VARIABLE.sub(fill, value) if len(value) <= MOST_EXPANDED else value
    return filled if len(filled) <= MOST_EXPANDED else value
