"""Both ways of counting give the same answer."""

from __future__ import annotations

import random
import sys
from types import ModuleType

import pytest

from famous_ner import counting
from famous_ner.counting import Count, count_plain
from famous_ner.gazetteer import famous_people


def test_nobody(count: Count) -> None:
    assert count([]) == []


def test_most_often_named_first(count: Count) -> None:
    assert count(["Plato", "Homer", "Plato"]) == [("Plato", 2), ("Homer", 1)]


def test_by_name_among_equals(count: Count) -> None:
    names = ["Émile Zola", "Zaha Hadid", "Ada Lovelace", "Søren Kierkegaard"]
    assert [name for name, _ in count(names)] == sorted(names)


def test_plain_types(count: Count) -> None:
    [(name, number)] = count(["Homer"])
    assert type(name) is str
    assert type(number) is int


@pytest.mark.parametrize("seed", range(20))
def test_same_answer(count: Count, seed: int) -> None:
    draw = random.Random(seed)
    people = draw.sample(sorted(set(famous_people().values())), 30)
    names = draw.choices(people, k=draw.randrange(200))
    assert count(names) == count_plain(names)


@pytest.mark.parametrize(
    ("installed", "way"), [(None, "count_plain"), ("pandas", "count_dataframe")]
)
def test_what_is_installed_decides(
    monkeypatch: pytest.MonkeyPatch, installed: str | None, way: str
) -> None:
    monkeypatch.setitem(sys.modules, "pandas", ModuleType("pandas"))
    monkeypatch.setattr(counting, "find_spec", lambda name: installed)
    assert counting.best_count().__name__ == way
