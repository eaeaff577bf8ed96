"""layers=merged: RUN instructions that follow each other become one."""

from __future__ import annotations

import re
from collections.abc import Iterator

from runner.dockerfile.document import Document, Instruction
from runner.dockerfile.edits.purging import TOO_LATE
from runner.dockerfile.facts import Facts
from runner.dockerfile.shell import Script, script_of
from runner.dockerfile.spans import NotApplicable, Replacement

_PRAGMA = re.compile(r"^[ \t]*#[ \t]*(?:hadolint|shellcheck|checkov|kics)\b", re.MULTILINE)
_LOOSE = frozenset(("||", ";", "&", "\n"))


def edit(document: Document, facts: Facts) -> list[Replacement] | NotApplicable:  # noqa: ARG001
    """Each pair of neighbours joined by `&&`, where the shell means the same afterwards.

    A part that changes directory or variables gets a subshell of its own, and so does one whose
    operators would bind otherwise. Comments between the two stay where they are.
    """
    found = [item for group in _groups(document) for item in _joined(document, group)]
    if found:
        return found
    runs = document.runs()
    if len(runs) < 2:
        return NotApplicable("it has fewer than two RUN instructions")
    return NotApplicable("no two RUN instructions that could be one follow each other")


def _groups(document: Document) -> list[list[tuple[Instruction, Script]]]:
    """Neighbours that can become one, from top to bottom."""
    groups: list[list[tuple[Instruction, Script]]] = []
    before: Instruction | None = None
    for item in document.instructions:
        script = _mergeable(document, item)
        if script is not None:
            joins = before is not None and bool(groups) and groups[-1][-1][0] is before
            if joins and _fit(document, groups[-1][-1], (item, script)):
                groups[-1].append((item, script))
            else:
                groups.append([(item, script)])
        before = item
    return [group for group in groups if len(group) > 1]


def _mergeable(document: Document, item: Instruction) -> Script | None:
    script = script_of(document, item)
    if script is None or script.heredoc or script.broken or script.commented or not script.commands:
        return None
    if any(command.program in ("exec", "exit") for command in script.commands):
        return None
    ends_open = document.text[script.offset : script.end].endswith(("&", "|"))
    return None if ends_open or script.end == script.offset else script


def _fit(
    document: Document, above: tuple[Instruction, Script], below: tuple[Instruction, Script]
) -> bool:
    """Whether `below` can follow `above` in one shell.

    What a comment tells a linter is for the instruction below it alone. `set -e` has no effect in
    a command that `&&` follows, nor in the subshells of one, so what relies on it can only be last.
    """
    between = document.text[above[0].end : below[0].start]
    apart = TOO_LATE in between or _PRAGMA.search(between) is not None
    if apart or document.flags(above[0]) != document.flags(below[0]):
        return False
    return not (above[1].sets_errexit and (above[1].inner_operators & _LOOSE or _tells(above[1])))


def _tells(script: Script) -> bool:
    return any(command.program == "set" for command in script.commands)


def _joined(document: Document, group: list[tuple[Instruction, Script]]) -> Iterator[Replacement]:
    """The gaps between neighbours replaced, and subshells where they are needed."""
    new, gap = document.newline, f" {document.escape}{document.newline}    "
    last = len(group) - 1
    for index, (run, script) in enumerate(group):
        wrapped = _needs_subshell(script, first=index == 0, last=index == last)
        start = _first_word(document, run)
        stop = script.end - document.text[start : script.end].endswith(";")
        if index:
            above_run, above = group[index - 1]
            comments = _comments(document.text[above_run.end : run.start], new)
            opening = f" {document.escape}{new}{comments}    && " if comments else f"{gap}&& "
            above_stop = above.end - document.text[: above.end].endswith(";")
            closing = ")" if _needs_subshell(above, first=index == 1, last=False) else ""
            yield Replacement(above_stop, start, f"{closing}{opening}{'(' if wrapped else ''}")
        elif wrapped:
            yield Replacement(start, start, "(")
        if index == last and wrapped:
            yield Replacement(stop, stop, ")")


def _needs_subshell(script: Script, *, first: bool, last: bool) -> bool:
    loose = bool(script.operators & _LOOSE) and not first
    return loose or (script.changes_state and not last)


def _first_word(document: Document, run: Instruction) -> int:
    """Where the shell begins, behind white space and continuations."""
    start = run.body
    while document.text[start] in f" \t\r\n{document.escape}":
        start += 1
    return start


def _comments(between: str, newline: str) -> str:
    """The comments between two instructions, as lines inside a continued one."""
    lines = [line.strip() for line in between.splitlines() if line.strip().startswith("#")]
    return "".join(f"    {line}{newline}" for line in lines)
