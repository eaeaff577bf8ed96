"""Foreign text made safe to show: names of projects, images and files, lines of logs, records.

Each function is for one kind of reader: `printable` and `one_line` for a terminal, a log or XML
(SVG), `markdown` for a Markdown page, `csv_cell` for a spreadsheet.
"""

from __future__ import annotations

import re

_SPECIAL = re.compile(
    r"[\\`*|<\[~]|(?<!\w)_|_(?!\w)|&(?=#?\w+;)|^>|^[#+-](?=[#-]*(?:\s|$))|^=(?==*$)"
)
"""What Markdown would read as markup; an underscore inside a word is none."""
_NUMBERED = re.compile(r"^(\d+)(?=[.)](?:\s|$))")
"""The beginning of a list."""

_FORMULA = re.compile(r"^[\s']*[=+\-@]")
"""What a spreadsheet would calculate; a quote is doubled, so that it can be taken off again."""


def printable(text: str) -> str:
    """The text on one line: control characters, bidirectional marks, line and paragraph separators
    and bytes that are not UTF-8 as escapes (`\\n`, `\\x1b`, `\\u202e`, `\\xff`).

    What comes out is well-formed in XML once `&` and `<` are escaped.
    """
    if text.isprintable():
        return text
    return "".join(
        character if character.isprintable() else escaped(character) for character in text
    )


def escaped(character: str) -> str:
    """One character as Python writes it in a string; a byte that is not UTF-8 as `\\xff`."""
    code = ord(character)
    if 0xDC80 <= code <= 0xDCFF:
        return f"\\x{code - 0xDC00:02x}"
    return character.encode("unicode_escape").decode("ascii")


def one_line(text: str) -> str:
    """The text with all white space folded to single spaces, and the rest printable."""
    return printable(" ".join(text.split()))


def markdown(text: str) -> str:
    """One line that Markdown shows as it is."""
    return _NUMBERED.sub(r"\1\\", _SPECIAL.sub(r"\\\g<0>", one_line(text)))


def csv_cell(text: str) -> str:
    """A cell of text that no spreadsheet takes for a formula: one that would begin with `=`, `+`,
    `-` or `@` begins with `'`. Its lines are printable each."""
    cell = "\n".join(map(printable, text.split("\n")))
    return f"'{cell}" if _FORMULA.match(cell) else cell
