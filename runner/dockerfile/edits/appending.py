"""A command added at the end of a RUN, in the style in which the RUN is written."""

from __future__ import annotations

import re

from runner.dockerfile.document import Document, Instruction
from runner.dockerfile.shell import Script
from runner.dockerfile.spans import Replacement

_INDENT = "    "


def appended(
    document: Document, run: Instruction, script: Script, command: str
) -> Replacement | None:
    """`command` as the last one of a RUN; None where it would not be one (the shell ends in a
    comment, in the background, or leaves before its end)."""
    if _leaves(script) or _open_ended(document, script):
        return None
    if script.heredoc:
        return _in_heredoc(document, script, command)
    if script.commented:
        return None
    text = document.text[run.body : script.end]
    joint = ";" if script.sets_errexit and ";" in script.operators else "&&"
    gap = f" {document.escape}{document.newline}{_indent(text)}"
    if joint == ";":
        return Replacement(script.end, run.end, f";{gap}{command}")
    if re.search(r"&&[ \t]*[\\`][ \t]*\r?\n", text):
        return Replacement(script.end, run.end, f" &&{gap}{command}")
    return Replacement(script.end, run.end, f"{gap}&& {command}")


def _in_heredoc(document: Document, script: Script, command: str) -> Replacement | None:
    """A line of its own where the shell stops at errors, else joined to the last command, whose
    failure must stay the RUN's; None where the last command may read a here-document itself."""
    if "<<" in script.source:
        return None
    if not script.sets_errexit:
        return Replacement(script.end, script.end, f" && {command}")
    line = document.text[: script.end].rpartition("\n")[2]
    indent = line[: len(line) - len(line.lstrip())]
    return Replacement(script.end, script.end, f"{document.newline}{indent}{command}")


def _indent(text: str) -> str:
    """How the last continued line is indented; half of that where it is an operand far in."""
    lines = [line for line in text.splitlines()[1:] if line.strip() and line.lstrip()[0] != "#"]
    match = re.match(r"[ \t]+", lines[-1]) if lines else None
    found = match[0] if match else _INDENT
    operand = not lines or not lines[-1].lstrip().startswith("&&")
    return _INDENT if operand and found == _INDENT * 2 else found


def _leaves(script: Script) -> bool:
    return any(command.program in ("exec", "exit") for command in script.commands)


def _open_ended(document: Document, script: Script) -> bool:
    """Whether it ends in an operator, so that nothing can be joined to it."""
    return document.text[script.offset : script.end].rstrip().endswith(("&", ";", "|"))
