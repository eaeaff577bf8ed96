"""last_stage=distroless: the last of several stages on Node alone, without shell and npm.

The image of Google's distroless project has the same Node and glibc, and starts `node` by itself.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping

from runner.dockerfile.document import Document, Instruction
from runner.dockerfile.facts import Facts
from runner.dockerfile.spans import NotApplicable, Replacement
from runner.model.foreign import exec_form

NODE = "/nodejs/bin/node"
"""Where Node is in it; not in PATH."""
_UNTAGGED = "# hadolint ignore=DL3006"
"""Its only other tags are for another user and for a debugger's shell."""
_SLIM = re.compile(r"(?:(?:[\w.-]+/)*library/)?node:(2[0-9])(?:\.\d+){0,2}(?:-bookworm)?(?:-slim)?")
_KEPT = frozenset(
    (
        *("COPY", "ENV", "ARG", "WORKDIR", "EXPOSE", "LABEL", "STOPSIGNAL"),
        *("USER", "CMD", "HEALTHCHECK"),
    )
)
_PLAIN = re.compile(r"[\w./:@= -]+")
_OWNER = re.compile(r"--chown=node(:node)?(?=\s)")
_MANAGERS = ("npm", "yarn", "pnpm")


def edit(document: Document, facts: Facts) -> list[Replacement] | NotApplicable:
    """`FROM gcr.io/distroless/nodejs…`, what CMD starts as operands of Node, and the user that the
    image knows. Refused where the stage runs something, or starts anything but Node."""
    if len(document.stages) < 2 or len(document.lineage) != 1:
        return NotApplicable("its last stage is not one of several, built on an image")
    stage = document.stages[document.final]
    match = _SLIM.fullmatch(stage.reference)
    if match is None or int(match[1]) % 2:
        return NotApplicable(f"{stage.reference} is no image of a Node that distroless has")
    body = document.in_stage(stage.index)[1:]
    for item in body:
        if item.keyword not in _KEPT:
            line = document.line_of(item.start)
            return NotApplicable(f"line {line} is {item.keyword}, which needs the base's programs")
    head = stage.head.start
    found: list[Replacement] = [
        Replacement(head, head, f"{_UNTAGGED}{document.newline}"),
        Replacement(*stage.span, f"gcr.io/distroless/nodejs{match[1]}-debian12"),
    ]
    commands = [item for item in body if item.keyword == "CMD"]
    if not commands:
        return NotApplicable("it starts no command of its own")
    for item in body:
        outcome = _changed(document, item, facts.node_scripts)
        if isinstance(outcome, NotApplicable):
            return outcome
        found += outcome
    return found


def _changed(
    document: Document, item: Instruction, scripts: Mapping[str, tuple[str, ...]]
) -> list[Replacement] | NotApplicable:
    """What an instruction of the last stage becomes."""
    text = document.text[item.start : item.end]
    if item.keyword == "CMD":
        words = _operands(document.value(item), scripts)
        if words is None:
            return NotApplicable(f"it starts {document.value(item)[:60]}, not Node alone")
        return [Replacement(item.start, item.end, f"CMD {json.dumps(list(words))}")]
    if item.keyword == "HEALTHCHECK":
        return _health(document, item)
    if item.keyword == "USER":
        return list(_user(document, item))
    if item.keyword == "COPY" and "--chown=" in text:
        owners = list(_OWNER.finditer(text))
        if len(owners) != 1 and not re.search(r"--chown=[0-9:]+\s", text):
            return NotApplicable(f"line {document.line_of(item.start)} names an owner")
        return [
            Replacement(item.start + x.start(), item.start + x.end(), "--chown=nonroot:nonroot")
            for x in owners
        ]
    return []


def _operands(value: str, scripts: Mapping[str, tuple[str, ...]]) -> tuple[str, ...] | None:
    """What stands behind `node`; None for a command that is another one."""
    words = exec_form(value)
    if words is None:
        words = value.split() if _PLAIN.fullmatch(value) else []
    if words[:1] == ["node"] and len(words) > 1:
        return tuple(words[1:])
    if words[:1] and words[0] in _MANAGERS:
        name = words[2:] if words[1:2] == ["run"] else words[1:]
        return scripts.get(name[0]) if len(name) == 1 else None
    return None


def _health(document: Document, item: Instruction) -> list[Replacement] | NotApplicable:
    value = document.value(item)
    if value.upper() == "NONE":
        return []
    match = re.search(
        r"(?<!\S)CMD\s+(\[.*\])\s*\Z", document.text[item.start : item.end], re.DOTALL
    )
    words = exec_form(match[1]) if match else None
    if match is None or not words or words[0] not in ("node", NODE):
        return NotApplicable("its HEALTHCHECK needs a shell or a program that is not there")
    start = item.start + match.start(1)
    return [Replacement(start, item.start + match.end(1), json.dumps([NODE, *words[1:]]))]


def _user(document: Document, item: Instruction) -> Iterator[Replacement]:
    """The user `node` is unknown there; numbers stay."""
    value = document.value(item)
    if not re.fullmatch(r"[0-9]+(?::[0-9]+)?|root", value):
        yield Replacement(item.start, item.end, "USER nonroot")
