"""Names from an image made safe to show: nothing in them moves a cursor or becomes markup."""

from __future__ import annotations

import re

_SPECIAL = re.compile(r"[\\`*|<\[]|(?<!\w)_|_(?!\w)")
"""What Markdown would read as markup; an underscore inside a word is none."""


def printable(text: str) -> str:
    """The text on one line: control characters, bidirectional marks and bytes that are no UTF-8
    as escapes (`\\n`, `\\x1b`, `\\xff`)."""
    if text.isprintable():
        return text
    return "".join(
        character if character.isprintable() else _escape(character) for character in text
    )


def _escape(character: str) -> str:
    code = ord(character)
    if 0xDC80 <= code <= 0xDCFF:
        return f"\\x{code - 0xDC00:02x}"
    return character.encode("unicode_escape").decode("ascii")


def one_line(text: str) -> str:
    """The text with all white space folded to single spaces, and the rest printable."""
    return printable(" ".join(text.split()))


def with_platform(name: str, platform: str) -> str:
    """`app:1 (linux/amd64)`, as a name alone does not say which image was picked."""
    return f"{name} ({platform})" if platform else name


def shortened(text: str, width: int) -> str:
    """At most `width` characters, the end cut off."""
    return text if len(text) <= width else text[: max(0, width - 1)] + "…"


def shortened_path(path: str, width: int) -> str:
    """At most `width` characters, the middle cut out: the top folder and the name tell most."""
    if len(path) <= width:
        return path
    top, slash, rest = path[1:].partition("/")
    top = path[0] + top
    head = f"{top}/…" if slash and len(top) + 2 < width // 2 else "…"
    kept = width - len(head)
    if kept <= 0:
        return path[:width]
    tail = rest[-kept:]
    whole = tail.find("/")
    return head + (tail[whole:] if 0 <= whole < len(tail) - 1 else tail)


def markdown(text: str) -> str:
    """One line that Markdown shows as it is."""
    return _SPECIAL.sub(r"\\\g<0>", one_line(text))
