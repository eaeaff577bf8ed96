"""prune=stripped: programs without symbol tables, debug information and paths of the build.

What is cut off is read by debuggers alone: a Go program still prints the traces of its panics.
"""

from __future__ import annotations

from collections.abc import Iterator

from runner.dockerfile.document import Document
from runner.dockerfile.facts import Facts
from runner.dockerfile.shell import Command, commands_of
from runner.dockerfile.spans import NotApplicable, Replacement

TRIMPATH = "-trimpath"
LDFLAGS = '-ldflags="-s -w"'


def edit(document: Document, facts: Facts) -> list[Replacement] | NotApplicable:  # noqa: ARG001
    """`-trimpath -ldflags="-s -w"` for each `go build` and `go install`."""
    builds = list(_builds(document))
    if not builds:
        return NotApplicable("no RUN builds a Go program")
    found = [x for command in builds for x in _options(document, command)]
    return found or NotApplicable("its Go programs are built without symbols already")


def _builds(document: Document) -> Iterator[Command]:
    for run in document.runs():
        for command in commands_of(document, run):
            if command.program == "go" and command.plain[1:2] in (("build",), ("install",)):
                yield command


def _options(document: Document, command: Command) -> Iterator[Replacement]:
    words = command.plain
    at = command.spans[1][1]
    flags = [] if any(word.startswith(TRIMPATH) for word in words) else [TRIMPATH]
    linker = [i for i, word in enumerate(words) if word.startswith(("-ldflags", "--ldflags"))]
    if not linker:
        flags.append(LDFLAGS)
    elif (more := _more(document, command, linker[0])) is not None:
        yield more
    if flags:
        yield Replacement(at, at, f" {' '.join(flags)}")


def _more(document: Document, command: Command, index: int) -> Replacement | None:
    """What is missing of `-s -w` in front of the flags that are given for the linker; None where
    nothing is, and where the flags are not quoted text."""
    start, end = command.spans[index]
    if "=" not in command.words[index]:
        if index + 1 >= len(command.words):
            return None
        start, end = command.spans[index + 1]
    text = document.text[start:end]
    quote = min((text.find(sign) for sign in "\"'" if sign in text), default=-1)
    given = text[quote + 1 :].rstrip("\"'").split() if quote >= 0 else ["-s", "-w"]
    missing = [flag for flag in ("-s", "-w") if flag not in given]
    at = start + quote + 1
    return Replacement(at, at, f"{' '.join(missing)} ") if missing else None
