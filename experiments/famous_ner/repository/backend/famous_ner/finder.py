"""Finds known names in a text: whole words only, and the longest name that fits."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field

# A word, or one sign. White space separates and is otherwise ignored, so that
# "J. R. R. Tolkien", "J.R.R. Tolkien" and a name broken over two lines are all found.
_TOKEN = re.compile(r"\w+|[^\w\s]")

# Typographic variants of the signs that occur in names.
_SIGNS = str.maketrans({"’": "'", "ʼ": "'", "‐": "-", "‑": "-"})


@dataclass(frozen=True)
class Entity:
    """One mention: `text` is what stands in the text from `start` to `end` (code points)."""

    name: str
    start: int
    end: int
    text: str


@dataclass
class _Node:
    """One step into the known names: what may follow, and who is meant if nothing does."""

    name: str | None = None
    following: dict[str, _Node] = field(default_factory=dict)


@dataclass(frozen=True)
class _Token:
    word: str
    start: int
    end: int


class Finder:
    """Looks for the names of `people` (spelling -> full name)."""

    def __init__(self, people: Mapping[str, str]) -> None:
        self._root = _Node()
        for spelling, name in people.items():
            node = self._root
            for token in _tokens(spelling):
                node = node.following.setdefault(token.word, _Node())
            node.name = name

    def find(self, text: str) -> list[Entity]:
        """Every mention in order; mentions do not overlap, the longer name wins."""
        tokens = list(_tokens(text))
        found: list[Entity] = []
        position = 0
        while position < len(tokens):
            name, length = self._longest(tokens, position)
            if name is not None:
                start, end = tokens[position].start, tokens[position + length - 1].end
                found.append(Entity(name, start, end, text[start:end]))
            position += max(length, 1)
        return found

    def _longest(self, tokens: list[_Token], position: int) -> tuple[str | None, int]:
        """The longest name that starts at a token, and how many tokens it spans."""
        name, length, node = None, 0, self._root
        for end in range(position, len(tokens)):
            following = node.following.get(tokens[end].word)
            if following is None:
                break
            node = following
            if node.name is not None:
                name, length = node.name, end - position + 1
        return name, length


def _tokens(text: str) -> Iterator[_Token]:
    """The tokens of a text, composed (NFC), with their places in the text as it came."""
    composed, places = _compose(text)
    for match in _TOKEN.finditer(composed.translate(_SIGNS)):
        yield _Token(match.group(), places[match.start()], places[match.end()])


def _compose(text: str) -> tuple[str, range | list[int]]:
    """The text in NFC, and for each of its code points (and its end) the place in `text`."""
    if unicodedata.is_normalized("NFC", text):
        return text, range(len(text) + 1)
    composed: list[str] = []
    places: list[int] = []
    start = 0
    while start < len(text):
        end = start + 1
        while end < len(text) and unicodedata.combining(text[end]):
            end += 1
        letters = unicodedata.normalize("NFC", text[start:end])
        composed.append(letters)
        places.extend([start] * len(letters))
        start = end
    return "".join(composed), [*places, len(text)]
