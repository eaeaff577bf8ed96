"""What the patterns of a .dockerignore leave out, as Docker reads and matches them.

Follows github.com/moby/patternmatcher and its `ignorefile`, which the docker command line and
BuildKit share, oddities included: `[!1]` is "! or 1", `**.py` is any path that ends in `.py`, a
pattern that only an earlier exception kept from being looked at does not hold for what is below.
"""

from __future__ import annotations

import posixpath
import re
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property

from runner.model.errors import ProjectError
from runner.model.text import without_middle
from runner.recipe.ignore_automaton import Automaton
from runner.recipe.ignore_characters import ExpressionError
from runner.recipe.ignore_expression import compile_expression, expression_of

SPACE = (
    "\t\n\v\f\r \x85\xa0\u1680\u2000\u2001\u2002\u2003\u2004\u2005\u2006\u2007\u2008\u2009\u200a"
    "\u2028\u2029\u202f\u205f\u3000"
)
"""What Go trims; Python's `strip` would take the separators 0x1c to 0x1f as well."""
BYTE_ORDER_MARK = "\ufeff"

_SURROGATES = dict.fromkeys(range(0xD800, 0xE000), "\ufffd")
"""Bytes that are not UTF-8, as Go's regular expressions see them."""

_MEMBER = r"(?:\\.|[^\\\-\]\ud800-\udfff])"
_ELEMENT = rf"(?:\[\^?+(?:{_MEMBER}(?:-{_MEMBER})?+)++\]|\\.|[^\[\\])"
_RANGE = re.compile(rf"({_MEMBER})(?:-({_MEMBER}))?+", re.DOTALL)
_ELEMENTS = re.compile(rf"{_ELEMENT}*+", re.DOTALL)
_ONE_ELEMENT = re.compile(_ELEMENT, re.DOTALL)
_CHUNK = re.compile(r"\**+((?:\\.?|\[(?:\\.?|[^\]\\])*+\]?|[^*\[\\])*+)", re.DOTALL)
"""What Go's `filepath.Match` looks at in one go: up to a star that is not in brackets."""

ParentMatches = tuple[bool, ...]
"""For each pattern, whether it holds for a directory or for one above it."""

_MOST_SHOWN = 400
"""Characters of a pattern in a message."""


def read_ignore_file(text: str) -> list[str]:
    """The patterns of a .dockerignore, in order, exceptions with their `!`."""
    lines = text.removeprefix(BYTE_ORDER_MARK).split("\n")
    read = (_read_line(line) for line in lines if not line.startswith("#"))
    return [pattern for pattern in read if pattern]


def _read_line(line: str) -> str:
    line = line.strip(SPACE)
    if not line.startswith("!"):
        return _relative(line) if line else ""
    rest = line[1:].strip(SPACE)
    return "!" + (_relative(rest) if rest else "")


def _relative(path: str) -> str:
    """Cleaned, and without the slash that stands for the context's root."""
    cleaned = _clean(path)
    return cleaned[1:] if len(cleaned) > 1 and cleaned.startswith("/") else cleaned


def _clean(path: str) -> str:
    """Go's `filepath.Clean`; Python's leaves two slashes at the start."""
    cleaned = posixpath.normpath(path)
    return cleaned[1:] if cleaned.startswith("//") else cleaned


@dataclass(frozen=True)
class IgnorePattern:
    """One pattern of a .dockerignore."""

    text: str
    """Cleaned, without its `!`."""
    exception: bool

    def matches(self, path: str) -> bool:
        """Whether it holds for a path itself, whatever holds for the directories above.

        Raises `ProjectError` if Docker could not match with this pattern.
        """
        kind, text = self._kind, self.text
        if kind == "exact":
            return path == text
        if kind == "prefix":
            return path.startswith(text[:-2])
        if kind == "suffix":
            return path.endswith(text[2:]) or (text[2:3] == "/" and path == text[3:])
        path = path.translate(_SURROGATES)
        return any(part.matches(path) for part in self._automata)

    @cached_property
    def _kind(self) -> str:
        """How moby matches it: most patterns need no regular expression."""
        special = re.search(r"[*?\[\]\\]", self.text)
        if special is None:
            return "exact"
        if self.text.endswith("**") and special.start() == len(self.text) - 2 > 0:
            return "prefix"
        if self.text.startswith("**") and not re.search(r"[*?\[\]\\]", self.text[2:]):
            return "suffix"
        return "expression"

    @cached_property
    def _automata(self) -> tuple[Automaton, ...]:
        try:
            text = self.text.translate(_SURROGATES).removeprefix(BYTE_ORDER_MARK)
            return compile_expression(expression_of(text))
        except ExpressionError as error:
            shown = _shown(("!" if self.exception else "") + self.text)
            raise ProjectError(f".dockerignore: {shown}: {error}; write it another way") from None


def compile_patterns(patterns: Sequence[str]) -> tuple[IgnorePattern, ...]:
    """The patterns of `read_ignore_file`, checked; trimmed and cleaned anew, as moby does.

    Raises `ProjectError` if Docker would refuse one of them.
    """
    trimmed = (pattern.strip(SPACE) for pattern in patterns)
    return tuple(_compile(_clean(pattern)) for pattern in trimmed if pattern)


def _compile(pattern: str) -> IgnorePattern:
    exception = pattern.startswith("!")
    text = pattern[1:] if exception else pattern
    if not text:
        raise ProjectError(".dockerignore: '!' alone is not a pattern: say which path it keeps")
    if not _is_valid(text):
        raise ProjectError(
            f".dockerignore: {_shown(pattern)}: the brackets or the last backslash are not complete"
        )
    return IgnorePattern(text, exception)


def _shown(pattern: str) -> str:
    return repr(without_middle(pattern, _MOST_SHOWN))


def _is_valid(text: str) -> bool:
    """Whether moby's check of the syntax, `filepath.Match(text, ".")`, lets it pass.

    That stops where it knows that the dot does not match: at the first star, unless all before it
    is one element that a dot matches.
    """
    first = _CHUNK.match(text)
    assert first is not None
    if not _ELEMENTS.fullmatch(first[1]):
        return False
    rest = text[first.end() :]
    if not rest or not _ONE_ELEMENT.fullmatch(first[1]) or not _takes_a_dot(first[1]):
        return True
    following = _CHUNK.match(rest)
    assert following is not None
    return _ELEMENTS.fullmatch(following[1]) is not None


def _takes_a_dot(element: str) -> bool:
    """Whether one element matches a dot for `filepath.Match`, to which `|`, `\\D` and the like are
    no more than characters."""
    if not element.startswith("["):
        return element in ("?", ".", "\\.")
    negated = element.startswith("[^")
    ranges = _RANGE.findall(element[1 + negated : -1])
    return negated != any(low[-1] <= "." <= (high or low)[-1] for low, high in ranges)


def is_ignored(
    patterns: Sequence[IgnorePattern], path: str, parent: ParentMatches | None
) -> tuple[bool, ParentMatches]:
    """Whether a path is left out, and what its own children need to know.

    `parent` is what this returned for the directory above, None for a path at the root. The last
    pattern that holds decides; a pattern that could not change the outcome so far is not looked at.
    """
    ignored = False
    matches: list[bool] = []
    for at, pattern in enumerate(patterns):
        matched = parent is not None and parent[at]
        if not matched and pattern.exception == ignored:
            matched = pattern.matches(path)
        matches.append(matched)
        if matched:
            ignored = not pattern.exception
    return ignored, tuple(matches)
