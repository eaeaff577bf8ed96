"""Flags put in front of a RUN, words of it taken out, and commands put around others in a plain
chain."""

from __future__ import annotations

import re
from collections.abc import Sequence

from runner.dockerfile.document import Document, Instruction
from runner.dockerfile.shell import Command, Script
from runner.dockerfile.spans import Replacement


def is_link(script: Script, command: Command) -> bool:
    """Whether a command is a link of a chain of nothing but `&&`: what stands before and behind it
    can be joined to it."""
    plain = not (script.operators - {"&&"}) and not script.heredoc and not script.broken
    return plain and (command.start, command.end) in script.chain


def around(
    document: Document, commands: Sequence[Command], before: str, after: str
) -> list[Replacement]:
    """One command before the first and one behind the last of these links of a chain."""
    gap = document.and_then
    first, last = commands[0].start, commands[-1].end
    return [
        Replacement(first, first, f"{before}{gap}"),
        Replacement(last, last, f"{gap}{after}"),
    ]


def with_flags(document: Document, run: Instruction, flags: Sequence[str]) -> Replacement:
    """A RUN with further flags in front of what it has, each on a line of its own where it has no
    here-document."""
    gap = " " if run.heredocs else f" {document.escape}{document.newline}    "
    at = run.start + len(run.keyword)
    behind = document.text.find("--", at) if document.flags(run) else run.body
    return Replacement(at, behind, " " + "".join(f"{flag}{gap}" for flag in flags))


def without_words(document: Document, start: int, end: int) -> Replacement:
    """Words and the blank before them removed, or behind them where they begin a line; the whole
    line where they stand alone on one that is continued."""
    text = document.text
    begin = start
    while begin and text[begin - 1] in " \t":
        begin -= 1
    if not begin or text[begin - 1] != "\n":
        return Replacement(begin, end, "")
    if end == len(text) or text[end] in "\r\n":
        return _without_last_line(document, start, end)
    rest = re.compile(rf"[ \t]*{re.escape(document.escape)}[ \t]*\r?\n").match(text, end)
    if rest:
        return Replacement(begin, rest.end(), "")
    while text[end : end + 1] in (" ", "\t"):
        end += 1
    return Replacement(start, end, "")


def _without_last_line(document: Document, start: int, end: int) -> Replacement:
    """The last line of an instruction removed, and what continues the one above it; comments
    between the two stand behind the instruction then."""
    escape = re.escape(document.escape)
    above = re.compile(rf"[ \t]*{escape}[ \t]*\r?\n(?P<idle>(?:[ \t]*(?:#[^\n]*)?\r?\n)*)[ \t]*$")
    found = above.search(document.text, 0, start)
    if found is None:
        return Replacement(start, end, "")
    comments = found["idle"].rstrip("\r\n")
    return Replacement(found.start(), end, f"{document.newline}{comments}" if comments else "")
