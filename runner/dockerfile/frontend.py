"""What an older frontend cannot read, written in another way: for the copy that is built where the
frontend that a `# syntax=` line names cannot be had."""

from __future__ import annotations

import json
import re
from collections.abc import Collection

from runner.dockerfile.document import Document, Instruction
from runner.dockerfile.spans import Replacement

_NEW_FLAGS = {
    "HEALTHCHECK": ("start-interval",),
    "COPY": ("link",),
    "ADD": ("link",),
}
_FLAG = re.compile(r"[ \t]+--([a-z-]+)(?:=\S+)?")
_INTERPRETER = re.compile(r"#!\s*(\S+)(?:[ \t]+(\S+))?[ \t]*\n")


def without_stages(document: Document, needed: Collection[int]) -> Document:
    """The document without the stages that nothing needs; its global ARG lines stay."""
    starts = [stage.head.start for stage in document.stages]
    ends = [*starts[1:], len(document.text)][: len(starts)]
    gone = [
        Replacement(start, end, "")
        for index, (start, end) in enumerate(zip(starts, ends, strict=True))
        if index not in needed
    ]
    return document.edited(gone)


def without_heredocs(document: Document) -> Document:
    """Each `RUN <<EOF` as the same script in exec form; any other here-document stays, and an old
    frontend says what is wrong with it."""
    found = [
        Replacement(item.body, item.end, text)
        for item in document.runs()
        if item.heredocs and (text := _exec_form(document, item))
    ]
    return document.edited(found)


def without_new_flags(document: Document) -> Document:
    """Without flags that only say how fast: when a health check is begun, how a COPY is stored."""
    found: list[Replacement] = []
    for item in document.instructions:
        names = _NEW_FLAGS.get(item.keyword, ())
        head = document.text[item.start : item.body]
        for match in _FLAG.finditer(head):
            if match[1] in names:
                found.append(Replacement(item.start + match.start(), item.start + match.end(), ""))
    return document.edited(found)


def _exec_form(document: Document, item: Instruction) -> str:
    """`["/bin/sh", "-c", "…"]`; empty for what is not a script alone."""
    body = item.heredocs[0]
    alone = re.fullmatch(r"<<(-?)\s*([\"']?)\w+\2", document.value(item))
    if len(item.heredocs) != 1 or alone is None or not item.shell:
        return ""
    script = document.text[body.start : body.end].replace("\r\n", "\n")
    if alone[1]:
        script = re.sub(r"(?m)^\t+", "", script)
    interpreter = _INTERPRETER.match(script)
    shell = [interpreter[1], *filter(None, [interpreter[2]])] if interpreter else ["/bin/sh"]
    options = ["-e"] if item.errexit else []
    return json.dumps([*shell, *options, "-c", script])
