"""One expression of a .dockerignore pattern, run over a path without backtracking.

The states are computed as they are met, in time proportional to the length of the path: no pattern
of an untrusted project can take exponential time, as it could with Python's `re`.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field

from runner.recipe.ignore_characters import WORD, Ranges, holds

Place = Callable[[str, str], bool]
"""Whether something holds between two characters; empty strings stand for the path's two ends."""


def at_start(before: str, _after: str) -> bool:
    """`^` and `\\A`."""
    return not before


def at_end(_before: str, after: str) -> bool:
    """`$` and `\\z`."""
    return not after


def at_word_boundary(before: str, after: str) -> bool:
    """`\\b`: a word begins or ends here, its characters being those of ASCII."""
    return _in_word(before) != _in_word(after)


def inside_or_outside_word(before: str, after: str) -> bool:
    """`\\B`."""
    return not at_word_boundary(before, after)


def _in_word(char: str) -> bool:
    return bool(char) and holds(WORD, char)


@dataclass(frozen=True)
class Item:
    """What one position of the expression takes: one character of a set, or any number of them."""

    ranges: Ranges = ()
    repeated: bool = False
    skips: int = 0
    """Takes nothing: either this item or so many beginning with it are left out."""
    place: Place | None = None
    """Takes nothing, and holds only where this holds."""


@dataclass
class Automaton:
    """One expression, which must match a path from its first character to its last one."""

    items: tuple[Item, ...]
    _steps: dict[tuple[int, str, str], int] = field(default_factory=dict, repr=False)

    def matches(self, path: str) -> bool:
        """Whether it matches all of `path`."""
        states, before = 1, ""
        for char in path:
            # What was before matters only for the ends of words and of the path.
            key = (states, before and "w" if _in_word(before) else before and "-", char)
            following = self._steps.get(key)
            if following is None:
                following = self._steps[key] = self._after(states, before, char)
            if not following:
                return False
            states, before = following, char
        return bool(self._reached(states, before, "") >> len(self.items) & 1)

    def _after(self, states: int, before: str, char: str) -> int:
        here = self._reached(states, before, char)
        after = 0
        for at, item in enumerate(self.items):
            if here >> at & 1 and item.ranges and holds(item.ranges, char):
                after |= 1 << (at if item.repeated else at + 1)
        return after

    def _reached(self, states: int, before: str, after: str) -> int:
        """With the states that can be had from these without taking a character."""
        for at, item in enumerate(self.items):
            if states >> at & 1:
                if item.repeated or item.skips or (item.place and item.place(before, after)):
                    states |= 1 << at + 1
                states |= bool(item.skips) << at + item.skips
        return states
