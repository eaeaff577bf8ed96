"""Foreign text made safe to show: names of projects, images and files, lines of logs, records.

Each function is for one kind of reader: `printable` and `one_line` for a terminal, a log or XML
(SVG), `markdown` for a Markdown page, `csv_cell` for a spreadsheet.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from urllib.parse import quote

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


def shortened(text: str, width: int) -> str:
    """At most `width` characters, the end cut off."""
    return text if len(text) <= width else text[: max(0, width - 1)] + "…"


def first_of(names: Sequence[str], most: int) -> str:
    """`curl, git and 12 more`: the first names, and how many there are besides."""
    more = len(names) - most
    return ", ".join(names[:most]) + (f" and {more} more" if more > 0 else "")


def without_middle(text: str, most: int) -> str:
    """The text with no more than so many characters: what it begins with, and what it ends with."""
    end = most // 3
    return text if len(text) <= most else f"{text[: most - end - 3]} … {text[len(text) - end :]}"


def markdown(text: str) -> str:
    """One line that Markdown shows as it is."""
    return _NUMBERED.sub(r"\1\\", _SPECIAL.sub(r"\\\g<0>", one_line(text)))


def code_span(text: str) -> str:
    """One line that Markdown shows as code, whatever is in it."""
    line = one_line(text)
    fence = "`" * (1 + max((len(run) for run in re.findall("`+", line)), default=0))
    pad = " " if line.startswith("`") or line.endswith("`") or not line else ""
    return f"{fence}{pad}{line}{pad}{fence}"


def link(text: str, path: str) -> str:
    """A link in Markdown that shows the text and leads to a relative path, whatever is in them."""
    shown = markdown(text).replace("]", "\\]")
    return f"[{shown}]({link_target(path)})"


def link_target(path: str) -> str:
    """A relative path as the target of a link in Markdown or HTML: nothing in it is anything but a
    path."""
    return quote(path.encode("utf-8", "surrogatepass"), safe="/")


def log_line(line: str) -> str:
    """The line, as wide as it was, but none that a CI takes for a command of its own
    (`::set-env …`, `##[error]`; spaces before it do not count there): its first character becomes
    one that looks like it."""
    bare = line.lstrip()
    if not bare.startswith(("::", "##[")):
        return line
    return line[: len(line) - len(bare)] + {":": "∶", "#": "♯"}[bare[0]] + bare[1:]


def csv_cell(text: str) -> str:
    """A cell of text that no spreadsheet takes for a formula: one that would begin with `=`, `+`,
    `-` or `@` begins with `'`. Its lines are printable each."""
    cell = "\n".join(map(printable, text.split("\n")))
    return f"'{cell}" if _FORMULA.match(cell) else cell
