"""The people that the service knows: full names and the other spellings that stand for them."""

from __future__ import annotations

import unicodedata
from collections.abc import Iterable, Iterator
from functools import cache
from importlib import resources

# Letters that Unicode does not take apart into a plain letter and an accent.
_PLAIN_LETTERS = str.maketrans({"ł": "l", "Ł": "L", "ø": "o", "Ø": "O", "đ": "d", "ß": "ss"})


class GazetteerError(ValueError):
    """The list of people contradicts itself."""


def without_accents(name: str) -> str:
    """The name as someone types it who has no accents on the keyboard."""
    letters = unicodedata.normalize("NFD", name.translate(_PLAIN_LETTERS))
    return "".join(letter for letter in letters if not unicodedata.combining(letter))


def parse(lines: Iterable[str]) -> dict[str, str]:
    """Spelling -> full name, for every spelling with and without its accents.

    Raises GazetteerError if a spelling would name two people.
    """
    people: dict[str, str] = {}
    for line in lines:
        if not line.strip() or line.startswith("#"):
            continue
        person, _, aliases = line.strip().partition("\t")
        for spelling in _spellings(person, aliases):
            if people.setdefault(spelling, person) != person:
                raise GazetteerError(f"{spelling!r} names both {people[spelling]} and {person}")
    return people


def _spellings(person: str, aliases: str) -> Iterator[str]:
    for name in (person, *filter(None, aliases.split("|"))):
        spelling = unicodedata.normalize("NFC", name.strip())
        yield spelling
        yield without_accents(spelling)


@cache
def famous_people() -> dict[str, str]:
    """The people of people.tsv, read once."""
    text = resources.files(__package__).joinpath("people.tsv").read_text(encoding="utf-8")
    return parse(text.splitlines())
