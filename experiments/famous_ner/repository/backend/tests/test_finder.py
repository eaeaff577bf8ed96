"""Where names are found in a text, and where they are not."""

from __future__ import annotations

import itertools
import time
import unicodedata

import pytest

from famous_ner.finder import Entity, Finder
from famous_ner.gazetteer import famous_people


@pytest.fixture(scope="module")
def finder() -> Finder:
    return Finder(famous_people())


def names(finder: Finder, text: str) -> list[str]:
    return [entity.name for entity in finder.find(text)]


def test_position(finder: Finder) -> None:
    assert finder.find("When Gödel met Einstein.") == [
        Entity("Kurt Gödel", 5, 10, "Gödel"),
        Entity("Albert Einstein", 15, 23, "Einstein"),
    ]


def test_text_is_what_stands_at_the_position(finder: Finder) -> None:
    text = "Über Goethe, « García Márquez » und 🎻 Bach\nsowie J.R.R. Tolkien’s Werk."
    found = finder.find(text)
    assert len(found) == 4
    assert all(entity.text == text[entity.start : entity.end] for entity in found)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("Albert Einstein", ["Albert Einstein"]),
        ("Martin Luther King Jr. and Martin Luther", ["Martin Luther King Jr.", "Martin Luther"]),
        ("Marie Curie, Pierre Curie", ["Marie Skłodowska-Curie", "Pierre Curie"]),
        ("van Gogh and Vincent van Gogh", ["Vincent van Gogh"] * 2),
        ("Johann Sebastian Bach", ["Johann Sebastian Bach"]),
        ("Alexander the Great", ["Alexander the Great"]),
    ],
)
def test_longest_name_wins(finder: Finder, text: str, expected: list[str]) -> None:
    assert names(finder, text) == expected


def test_a_name_that_only_begins(finder: Finder) -> None:
    assert names(finder, "Martin Luther Kingsley") == ["Martin Luther"]
    assert names(finder, "Alexander the Greatest") == []


@pytest.mark.parametrize(
    "text", ["Bachelor", "einstein", "Platonic", "Newtons", "Mc_Kant", "x2Poe"]
)
def test_whole_words_only(finder: Finder, text: str) -> None:
    assert names(finder, text) == []


@pytest.mark.parametrize(
    "text", ["(Kant)", "Kant's", "Kant’s", "“Kant”", "Kant-like", "…Kant!", "¿Kant?"]
)
def test_signs_end_words(finder: Finder, text: str) -> None:
    assert names(finder, text) == ["Immanuel Kant"]


@pytest.mark.parametrize(
    "text",
    ["J. R. R. Tolkien", "J.R.R. Tolkien", "J.R.R.\n\tTolkien", "J. R. R.\u00a0Tolkien"],
)
def test_initials_and_line_ends(finder: Finder, text: str) -> None:
    assert finder.find(text) == [Entity("J. R. R. Tolkien", 0, len(text), text)]


@pytest.mark.parametrize("sign", ["'", "’", "ʼ"])
def test_typographic_apostrophes(finder: Finder, sign: str) -> None:
    assert names(finder, f"Sinéad O{sign}Connor") == ["Sinéad O'Connor"]


@pytest.mark.parametrize("sign", ["-", "‐", "‑"])
def test_typographic_hyphens(finder: Finder, sign: str) -> None:
    assert names(finder, f"Marie Skłodowska{sign}Curie") == ["Marie Skłodowska-Curie"]


def test_decomposed_accents(finder: Finder) -> None:
    text = unicodedata.normalize("NFD", "ó Gabriel García Márquez é Brontë, Gödel")
    assert len(text) > len(unicodedata.normalize("NFC", text))
    first, second = finder.find(text)
    assert (first.name, second.name) == ("Gabriel García Márquez", "Kurt Gödel")
    assert text[first.start : first.end] == first.text
    assert unicodedata.normalize("NFC", first.text) == "Gabriel García Márquez"
    assert unicodedata.normalize("NFC", second.text) == "Gödel"


def test_every_spelling_is_found(finder: Finder) -> None:
    for spelling, person in famous_people().items():
        assert finder.find(f"({spelling})") == [Entity(person, 1, 1 + len(spelling), spelling)], (
            spelling
        )


def test_mentions_are_in_order_and_apart(finder: Finder) -> None:
    found = finder.find(" ".join(famous_people()))
    assert len(found) > 800
    assert all(one.end <= other.start for one, other in itertools.pairwise(found))


def test_empty_text(finder: Finder) -> None:
    assert finder.find("") == []


def test_time_grows_with_the_length_only(finder: Finder) -> None:
    started = time.monotonic()
    finder.find("Martin Luther and Alexander the Gre " * 25_000)
    assert time.monotonic() - started < 10
