"""The regular expression that moby makes of one pattern of a .dockerignore, as Go compiles it.

Moby passes on more than it means to: `{2}`, `|` and every letter behind a backslash keep what they
mean in Go's regular expressions, so `build\\bin*` is `build`, the end of a word, and `in*`. What a
pattern can lead to is understood here in full.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field, replace

from runner.recipe.ignore_automaton import (
    Automaton,
    Item,
    at_end,
    at_start,
    at_word_boundary,
    inside_or_outside_word,
)
from runner.recipe.ignore_characters import (
    ANY,
    EVERYTHING,
    ExpressionError,
    one,
    read_class,
    read_escape,
)

DIRECTORIES = "(.*/)?"
"""What moby writes for `**/`."""
_ESCAPED = ".+()$"
"""Moby means to escape `|`, `{` and `}` as well, but its table ends before them."""
_NUMBER = "0|[1-9][0-9]*"
_REPETITION = re.compile(rf"\{{({_NUMBER})(,(?:{_NUMBER})?)?\}}")
_LARGEST = 1000
"""The largest count of a repetition in Go."""
_MOST_ITEMS = 2500
_PLACES = {
    "\\A": at_start,
    "\\z": at_end,
    "\\b": at_word_boundary,
    "\\B": inside_or_outside_word,
}
_WHATEVER = Item(EVERYTHING, repeated=True)


def expression_of(pattern: str) -> str:
    """The regular expression for a cleaned pattern, anchors included."""
    parts = ["^"]
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
    return "".join([*parts, "$"])


def compile_expression(expression: str) -> tuple[Automaton, ...]:
    """What finds the expression in a path: one automaton for each part between `|`.

    Raises `ExpressionError` if Go would not compile it, or if its repetitions make it too large.
    """
    parts: list[_Part] = [_Part()]
    at = 0
    while at < len(expression):
        if expression[at] == "|":
            parts.append(_Part())
            at += 1
        else:
            at = parts[-1].read(expression, at)
    return tuple(part.automaton() for part in parts)


@dataclass
class _Part:
    """What stands between two `|`, as far as it is read."""

    items: list[Item] = field(default_factory=list)
    last: int = 0
    """How many items the last element has: what a repetition repeats."""
    repeated: bool = False
    """Whether that element is a repetition, of which Go lets nobody make another one."""

    def automaton(self) -> Automaton:
        """It may match any part of a path, unless its own anchors say otherwise."""
        before = [] if self.items and self.items[0].place is at_start else [_WHATEVER]
        after = [] if self.items and self.items[-1].place is at_end else [_WHATEVER]
        return Automaton((*before, *self.items, *after))

    def read(self, text: str, at: int) -> int:
        """Take in the element at `at`; where it ends."""
        if text.startswith("\\Q", at):
            literal, closing, _ = text[at + 2 :].partition("\\E")
            for char in literal:
                self._add(Item(one(char)))
            return at + 2 + len(literal) + len(closing)
        if text.startswith(DIRECTORIES, at):
            directories = (Item(skips=3), Item(ANY, repeated=True), Item(one("/")))
            self._add(*directories, repeated=True)
            return at + len(DIRECTORIES)
        if count := _REPETITION.match(text, at):
            self._repeat(count)
            return count.end()
        if text[at] == "*":
            self.items[-1] = replace(self.items[-1], repeated=True)
            self.repeated = True
            return at + 1
        item, end = _item(text, at)
        self._add(item)
        return end

    def _add(self, *items: Item, repeated: bool = False) -> None:
        self.items += items
        self.last, self.repeated = len(items), repeated
        if len(self.items) > _MOST_ITEMS:
            raise ExpressionError("its repetitions are too large")

    def _repeat(self, count: re.Match[str]) -> None:
        least, rest = int(count[1]), count[2]
        most = least if rest is None else int(rest[1:]) if rest[1:] else None
        if not self.items:
            raise ExpressionError(f"nothing stands before the repetition {count[0]}")
        if self.repeated:
            raise ExpressionError(f"{count[0]} repeats a repetition")
        if max(least, most or 0) > _LARGEST or (most is not None and most < least):
            raise ExpressionError(f"{count[0]} is not a count from 0 to {_LARGEST}")
        item = self.items.pop()
        optional = (Item(skips=2), item)
        if item.place:
            self._add(*((item,) if least else optional), repeated=True)
        elif most is None:
            self._add(*(item,) * least, replace(item, repeated=True), repeated=True)
        else:
            self._add(*(item,) * least, *optional * (most - least), repeated=True)


def _item(text: str, at: int) -> tuple[Item, int]:
    """The item that begins at `at`, and where it ends."""
    char = text[at]
    if place := _PLACES.get(text[at : at + 2]):
        return Item(place=place), at + 2
    if char in "^$":
        return Item(place=at_start if char == "^" else at_end), at + 1
    if char == "[":
        ranges, end = read_class(text, at)
    elif char == "\\":
        ranges, end = read_escape(text, at)
    else:
        ranges, end = ANY if char == "." else one(char), at + 1
    return Item(ranges), end
