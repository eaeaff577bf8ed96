"""The list of people is complete and free of contradictions."""

from __future__ import annotations

import unicodedata

import pytest

from famous_ner.gazetteer import GazetteerError, famous_people, parse, without_accents


def test_a_few_hundred_people() -> None:
    assert len(set(famous_people().values())) > 400


def test_everyone_is_known_by_the_full_name() -> None:
    people = famous_people()
    assert all(people[name] == name for name in people.values())


def test_spellings_are_composed_and_trimmed() -> None:
    for spelling in famous_people():
        assert unicodedata.is_normalized("NFC", spelling)
        assert spelling == " ".join(spelling.split())


@pytest.mark.parametrize(
    ("spelling", "person"),
    [
        ("Einstein", "Albert Einstein"),
        ("Madame Curie", "Marie Skłodowska-Curie"),
        ("Marie Sklodowska-Curie", "Marie Skłodowska-Curie"),
        ("Gabriel Garcia Marquez", "Gabriel García Márquez"),
        ("Soren Kierkegaard", "Søren Kierkegaard"),
        ("MLK", "Martin Luther King Jr."),
        ("Martin Luther", "Martin Luther"),
    ],
)
def test_spelling(spelling: str, person: str) -> None:
    assert famous_people()[spelling] == person


def test_surnames_of_several_people_stand_for_none() -> None:
    for surname in ("Bacon", "Bergman", "Franklin", "Roosevelt", "Shelley", "Brontë"):
        assert surname not in famous_people()


def test_without_accents() -> None:
    assert without_accents("Wisława Szymborska, Ørsted, Brontë") == (
        "Wislawa Szymborska, Orsted, Bronte"
    )


def test_comments_and_empty_lines_are_skipped() -> None:
    assert parse(["# nobody", "", "Homer"]) == {"Homer": "Homer"}


def test_a_spelling_names_one_person() -> None:
    with pytest.raises(GazetteerError, match="'Curie' names both Marie Curie and Pierre Curie"):
        parse(["Marie Curie\tCurie", "Pierre Curie\tCurie"])
