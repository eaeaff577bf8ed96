"""A Dockerfile's instructions, with the lines on which they stand, and the variables in them."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from runner.dockerfile.document import Document

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
    """Every instruction of a Dockerfile up to the first line that is none, in order."""
    document = Document(text)
    for item in document.readable():
        first, last = document.line_of(item.start) - 1, document.line_of(item.end) - 1
        yield Instruction(item.keyword, document.joined(item), first, last)


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
