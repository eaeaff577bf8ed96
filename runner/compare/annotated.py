"""What was measured, as comments at the head of a recommended Dockerfile: text in, text out."""

from __future__ import annotations

import re
from collections.abc import Sequence

from runner.model.text import printable

MARK = "# dockbench: "
"""What each of these comments begins with; those of an earlier recommendation are replaced."""
_DIRECTIVE = re.compile(r"#[ \t]*[A-Za-z][\w-]*[ \t]*=[ \t]*\S+[ \t]*\r?\n?")


def annotated(text: str, lines: Sequence[str]) -> str:
    """The text with a comment for each line, below its parser directives (`# syntax=`), which must
    come first; in its own kind of line ends."""
    kept = text.splitlines(keepends=True)
    head = 0
    while head < len(kept) and _DIRECTIVE.fullmatch(kept[head]):
        head += 1
    body = head
    while body < len(kept) and kept[body].startswith(MARK):
        body += 1
    newline = "\r\n" if "\r\n" in text else "\n"
    directives = "".join(kept[:head])
    if directives and not directives.endswith("\n"):
        directives += newline
    said = "".join(f"{MARK}{printable(line)}{newline}" for line in lines)
    return directives + said + "".join(kept[body:])
