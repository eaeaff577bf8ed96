"""The regular expression that moby makes of one pattern, matched without backtracking.

Only what such an expression can hold is understood: characters, classes, `[^/]*`, `.*`, `(.*/)?`
and `^`. It is run as an automaton whose states are computed as they are met, in time proportional
to the length of the path: no pattern of an untrusted project can take exponential time, as it could
with Python's `re`. The syntax of classes and escapes is Go's (`regexp/syntax`).
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from functools import cached_property

DIRECTORIES = "(.*/)?"
"""What moby writes for `**/`."""
_ESCAPED = ".+()$"
"""Moby means to escape `|`, `{` and `}` as well, but its table ends before them."""
_REPETITION = re.compile(r"\{[0-9]+(?:,[0-9]*)?\}")
_CONTROL = {"a": "\a", "f": "\f", "n": "\n", "r": "\r", "t": "\t", "v": "\v"}
_LAST = 0x10FFFF

Ranges = tuple[tuple[int, int], ...]
_PERL: dict[str, Ranges] = {
    "d": ((0x30, 0x39),),
    "s": ((0x09, 0x0A), (0x0C, 0x0D), (0x20, 0x20)),
    "w": ((0x30, 0x39), (0x41, 0x5A), (0x5F, 0x5F), (0x61, 0x7A)),
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
    "word": ((0x30, 0x39), (0x41, 0x5A), (0x5F, 0x5F), (0x61, 0x7A)),
    "xdigit": ((0x30, 0x39), (0x41, 0x46), (0x61, 0x66)),
}


class ExpressionError(ValueError):
    """The pattern cannot be compiled; the text says which part of it and why."""


def expression_of(pattern: str) -> str:
    """The regular expression for a cleaned pattern, without the anchors at its two ends."""
    parts: list[str] = []
    at = 0
    while at < len(pattern):
        char, after = pattern[at], pattern[at + 1 : at + 2]
        at += 1
        if char == "*" and after == "*":
            at += 1
            at += pattern.startswith("/", at)
            parts.append(DIRECTORIES if at < len(pattern) else ".*")
        elif char == "*":
            parts.append("[^/]*")
        elif char == "?":
            parts.append("[^/]")
        elif char == "\\" and after:
            parts.append(char + after)
            at += 1
        else:
            parts.append("\\" + char if char in _ESCAPED else char)
    return "".join(parts)


@dataclass(frozen=True)
class _Item:
    """What one position of the expression takes: one character of a set, or any number of them."""

    ranges: Ranges
    repeated: bool = False
    skips: int = 0
    """Takes nothing: either this item or so many beginning with it are left out."""
    begin: bool = False
    """Takes nothing, and holds only at the start of the path."""

    def takes(self, char: str) -> bool:
        code = ord(char)
        return any(low <= code <= high for low, high in self.ranges)


@dataclass
class Automaton:
    """One expression, which must match a path from its start to its end.

    A `|` is no exception to that in moby, but in its expressions, whose anchors then belong to the
    first and the last part: what is before a `|` may be followed, what is behind one preceded by
    anything.
    """

    items: tuple[_Item, ...]
    _steps: dict[tuple[int, str], int] = field(default_factory=dict, repr=False)

    def matches(self, path: str) -> bool:
        """Whether it matches all of `path`."""
        steps, states = self._steps, self._start
        for char in path:
            following = steps.get((states, char))
            if following is None:
                following = steps[states, char] = self._after(states, char)
            if not following:
                return False
            states = following
        return bool(states >> len(self.items) & 1)

    @cached_property
    def _start(self) -> int:
        return self._reached(1, at_start=True)

    def _after(self, states: int, char: str) -> int:
        reached = 0
        for at, item in enumerate(self.items):
            if states >> at & 1 and item.takes(char):
                reached |= 1 << (at if item.repeated else at + 1)
        return self._reached(reached)

    def _reached(self, states: int, *, at_start: bool = False) -> int:
        """With the states that can be had from these without taking a character."""
        for at, item in enumerate(self.items):
            if states >> at & 1:
                if item.repeated or item.skips or (item.begin and at_start):
                    states |= 1 << at + 1
                states |= bool(item.skips) << at + item.skips
        return states


_ANY: Ranges = ((0, 0x09), (0x0B, _LAST))
"""Go's dot: no newline."""
_WHATEVER = _Item(((0, _LAST),), repeated=True)


def compile_expression(expression: str) -> tuple[Automaton, ...]:
    """What matches the expression between moby's anchors: one automaton for each part between `|`.

    Raises `ExpressionError` if Go would not compile it, or if it means a repetition such as `{2}`.
    """
    parts: list[list[_Item]] = [[]]
    at = 0
    while at < len(expression):
        if expression[at] == "|":
            parts[-1].append(_WHATEVER)
            parts.append([_WHATEVER])
            at += 1
            continue
        items, at = _items(expression, at)
        parts[-1] += items
    return tuple(Automaton(tuple(part)) for part in parts)


def _items(text: str, at: int) -> tuple[list[_Item], int]:
    """The items that begin at `at`, and where they end."""
    if text.startswith(DIRECTORIES, at):
        directories = [_Item((), skips=3), _Item(_ANY, repeated=True), _Item(_one("/"))]
        return directories, at + len(DIRECTORIES)
    char = text[at]
    if char == "^":
        return [_Item((), begin=True)], at + 1
    if _REPETITION.match(text, at):
        raise ExpressionError(f"{text[at:]} begins with a repetition")
    if char == "[":
        ranges, at = _class(text, at)
    elif char == "\\":
        ranges, at = _set(text, at)
    else:
        ranges, at = _ANY if char == "." else _one(char), at + 1
    repeated = text.startswith("*", at)
    return [_Item(ranges, repeated)], at + repeated


def _one(char: str) -> Ranges:
    return ((ord(char), ord(char)),)


def _inverse(ranges: Ranges) -> Ranges:
    found, low = [], 0
    for first, last in sorted(ranges):
        if first > low:
            found.append((low, first - 1))
        low = max(low, last + 1)
    return (*found, (low, _LAST)) if low <= _LAST else tuple(found)


def _set(text: str, at: int) -> tuple[Ranges, int]:
    """The set for the escape at `at`, and where it ends."""
    char = text[at + 1 : at + 2]
    if perl := _PERL.get(char.lower()):
        return (perl if char.islower() else _inverse(perl)), at + 2
    code, end = _character(text, at)
    return ((code, code),), end


def _character(text: str, at: int) -> tuple[int, int]:
    """The one character at `at`, escaped or not, and where it ends."""
    if text[at] != "\\":
        return ord(text[at]), at + 1
    char = text[at + 1 : at + 2]
    if control := _CONTROL.get(char):
        return ord(control), at + 2
    if char.isascii() and char and not char.isalnum():
        return ord(char), at + 2
    raise ExpressionError(f"\\{char} is not understood")


def _class(text: str, at: int) -> tuple[Ranges, int]:
    """The set for the class at `at`, and where it ends."""
    start, at = at, at + 1
    negated = text.startswith("^", at)
    at += negated
    ranges: Ranges = ()
    first = True
    while first or not text.startswith("]", at):
        first = False
        if at >= len(text):
            raise ExpressionError(f"{text[start:]}: the bracket is not closed")
        named = _named(text, at)
        more, at = named or _range(text, at)
        ranges += more
    return (_inverse(ranges) if negated else ranges), at + 1


def _named(text: str, at: int) -> tuple[Ranges, int] | None:
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
    """One character, one set such as `\\d`, or a range of characters."""
    if text[at] == "\\" and text[at + 1 : at + 2].lower() in _PERL:
        return _set(text, at)
    low, end = _character(text, at)
    if not text.startswith("-", end) or text[end + 1 : end + 2] in ("", "]"):
        return ((low, low),), end
    high, end = _character(text, end + 1)
    if high < low:
        raise ExpressionError(f"{text[at:end]} is not a range")
    return ((low, high),), end
