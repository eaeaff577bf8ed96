"""The sets of characters in the regular expression of a .dockerignore pattern, in Go's syntax.

Classes in brackets, escapes, Perl's and POSIX's names, and Unicode's categories and scripts
(`regexp/syntax`).
"""

from __future__ import annotations

import re
import sys
import unicodedata
from functools import cache
from itertools import groupby, pairwise

from fontTools.unicodedata import Scripts  # type: ignore[import-untyped]

_CONTROL = {"a": "\a", "f": "\f", "n": "\n", "r": "\r", "t": "\t", "v": "\v"}
_LAST = 0x10FFFF
_OCTAL = re.compile(r"\\(0[0-7]{0,2}|[1-7][0-7]{1,2})")
_HEXADECIMAL = re.compile(r"\\x(?:([0-9A-Fa-f]{2})|\{([0-9A-Fa-f]+)\})")
_PROPERTY = re.compile(r"\\([pP])(?:\{(\^?)([^}]*)\}|([^{]))", re.DOTALL)

Ranges = tuple[tuple[int, int], ...]
"""A set of characters: the first and the last code point of each run."""

EVERYTHING: Ranges = ((0, _LAST),)
ANY: Ranges = ((0, 0x09), (0x0B, _LAST))
"""Go's dot: no newline."""
WORD: Ranges = ((0x30, 0x39), (0x41, 0x5A), (0x5F, 0x5F), (0x61, 0x7A))

_PERL: dict[str, Ranges] = {
    "d": ((0x30, 0x39),),
    "s": ((0x09, 0x0A), (0x0C, 0x0D), (0x20, 0x20)),
    "w": WORD,
}
_POSIX: dict[str, Ranges] = {
    "alnum": ((0x30, 0x39), (0x41, 0x5A), (0x61, 0x7A)),
    "alpha": ((0x41, 0x5A), (0x61, 0x7A)),
    "ascii": ((0x00, 0x7F),),
    "blank": ((0x09, 0x09), (0x20, 0x20)),
    "cntrl": ((0x00, 0x1F), (0x7F, 0x7F)),
    "digit": ((0x30, 0x39),),
    "graph": ((0x21, 0x7E),),
    "lower": ((0x61, 0x7A),),
    "print": ((0x20, 0x7E),),
    "punct": ((0x21, 0x2F), (0x3A, 0x40), (0x5B, 0x60), (0x7B, 0x7E)),
    "space": ((0x09, 0x0D), (0x20, 0x20)),
    "upper": ((0x41, 0x5A),),
    "word": WORD,
    "xdigit": ((0x30, 0x39), (0x41, 0x46), (0x61, 0x66)),
}


class ExpressionError(ValueError):
    """The pattern cannot be compiled; the text says which part of it and why."""


def holds(ranges: Ranges, char: str) -> bool:
    """Whether a set has a character."""
    code = ord(char)
    return any(low <= code <= high for low, high in ranges)


def one(char: str) -> Ranges:
    """The set of one character."""
    return ((ord(char), ord(char)),)


def read_escape(text: str, at: int) -> tuple[Ranges, int]:
    """The set for the escape at `at`, and where it ends."""
    if found := _named_set(text, at):
        return found
    code, end = _character(text, at)
    return ((code, code),), end


def read_class(text: str, at: int) -> tuple[Ranges, int]:
    """The set for the class in brackets at `at`, and where it ends."""
    start, at = at, at + 1
    negated = text.startswith("^", at)
    at += negated
    ranges: Ranges = ()
    first = True
    while first or not text.startswith("]", at):
        first = False
        if at >= len(text):
            raise ExpressionError(f"{text[start:]}: the bracket is not closed")
        named = _posix(text, at) or _named_set(text, at)
        more, at = named or _range(text, at)
        ranges += more
    return (_inverse(ranges) if negated else ranges), at + 1


def _inverse(ranges: Ranges) -> Ranges:
    found, low = [], 0
    for first, last in sorted(ranges):
        if first > low:
            found.append((low, first - 1))
        low = max(low, last + 1)
    return (*found, (low, _LAST)) if low <= _LAST else tuple(found)


def _named_set(text: str, at: int) -> tuple[Ranges, int] | None:
    """A set such as `\\d` or `\\pL`, if one begins at `at`."""
    if not text.startswith("\\", at):
        return None
    char = text[at + 1 : at + 2]
    if perl := _PERL.get(char.lower()):
        return (perl if char.islower() else _inverse(perl)), at + 2
    found = _PROPERTY.match(text, at)
    if found is None:
        return None
    name = found[3] or found[4] or ""
    ranges = EVERYTHING if name == "Any" else _categories().get(name) or _scripts().get(name)
    if ranges is None:
        raise ExpressionError(f"{found[0]}: {name!r} is no category or script of Unicode's")
    negated = (found[1] == "P") != bool(found[2])
    return (_inverse(ranges) if negated else ranges), found.end()


@cache
def _categories() -> dict[str, Ranges]:
    """The characters of each general category of Unicode's, by its name of one or two letters."""
    found: dict[str, Ranges] = {}
    codes = range(sys.maxunicode + 1)
    for name, run in groupby(codes, key=lambda code: unicodedata.category(chr(code))):
        members = list(run)
        if name != "Cn":
            for key in (name, name[0]):
                found[key] = (*found.get(key, ()), (members[0], members[-1]))
    return found


@cache
def _scripts() -> dict[str, Ranges]:
    """The characters of each script of Unicode's, by its long name, such as `Old_Italic`."""
    found: dict[str, Ranges] = {}
    starts = pairwise([*Scripts.RANGES, _LAST + 1])
    for code, (first, after) in zip(Scripts.VALUES, starts, strict=True):
        if code != "Zzzz":
            name = Scripts.NAMES[code]
            found[name] = (*found.get(name, ()), (first, after - 1))
    return found


def _character(text: str, at: int) -> tuple[int, int]:
    """The one character at `at`, escaped or not, and where it ends."""
    if text[at] != "\\":
        return ord(text[at]), at + 1
    char = text[at + 1 : at + 2]
    if control := _CONTROL.get(char):
        return ord(control), at + 2
    if char.isascii() and char and not char.isalnum():
        return ord(char), at + 2
    if octal := _OCTAL.match(text, at):
        return int(octal[1], 8), octal.end()
    number = _HEXADECIMAL.match(text, at)
    if number and (code := int(number[1] or number[2], 16)) <= _LAST:
        return code, number.end()
    raise ExpressionError(f"\\{char} is not understood" if char else "nothing follows the last \\")


def _posix(text: str, at: int) -> tuple[Ranges, int] | None:
    """A class such as `[:alpha:]`, if one begins at `at`."""
    end = text.find(":]", at + 2)
    if not text.startswith("[:", at) or end < 0:
        return None
    name = text[at + 2 : end]
    found = _POSIX.get(name.removeprefix("^"))
    if found is None:
        raise ExpressionError(f"[:{name}:] is not a class of characters")
    return (_inverse(found) if name.startswith("^") else found), end + 2


def _range(text: str, at: int) -> tuple[Ranges, int]:
    """One character, or a range of characters."""
    low, end = _character(text, at)
    if not text.startswith("-", end) or text[end + 1 : end + 2] in ("", "]"):
        return ((low, low),), end
    high, end = _character(text, end + 1)
    if high < low:
        raise ExpressionError(f"{text[at:end]} is not a range")
    return ((low, high),), end
