"""Combinations of edits: each once, the most promising first, and what a search is told."""

from __future__ import annotations

import importlib.util
import itertools

import pytest
from hypothesis import given
from hypothesis import strategies as st

from runner.cli.main import main
from runner.compare.candidates import candidates, combined
from runner.compare.exploring import combinations, grid, saved_alone, space_of
from runner.compare.search import Search
from runner.dockerfile.document import Document
from runner.dockerfile.facts import Facts, Manifest
from runner.ecosystems.installers import INSTALLERS

FACTS = Facts(INSTALLERS, manifests=(Manifest(("requirements.txt",), "pip"),))
TUTORIAL = (
    "FROM python:3.12\nWORKDIR /app\nCOPY . .\nRUN pip install -r requirements.txt\n"
    'CMD ["python", "app.py"]\n'
)
FOUND = candidates("Dockerfile", TUTORIAL, FACTS, "")
SAVED = st.dictionaries(
    st.tuples(st.sampled_from("abc"), st.sampled_from("xyz")), st.integers(-(10**9), 10**9)
)
SPACES = st.dictionaries(
    st.sampled_from("abc"), st.sets(st.sampled_from("xyz"), min_size=1).map(sorted).map(tuple)
)


def total(levels: dict[str, str], saved: dict[tuple[str, str], int]) -> int:
    return sum(saved.get(item, 0) - 1 for item in levels.items())


@given(SPACES, SAVED)
def test_every_combination_comes_once_and_what_saves_more_comes_first(
    space: dict[str, tuple[str, ...]], saved: dict[tuple[str, str], int]
) -> None:
    found = list(grid(space, saved))
    axes = [[("", ""), *((factor, level) for level in space[factor])] for factor in space]
    every = [dict(x for x in chosen if x[0]) for chosen in itertools.product(*axes)]
    assert sorted(map(sorted, (x.items() for x in found))) == sorted(
        map(sorted, (x.items() for x in every))
    )
    assert len(found) == combinations(space)
    totals = [total(levels, saved) for levels in found]
    assert totals == sorted(totals, reverse=True)


def test_the_space_has_what_changes_the_file_without_what_failed_alone() -> None:
    space = space_of(FOUND, ["Dockerfile+base=alpine"])
    assert space["base"] == ("slim",)
    assert {"stages", "order", "cache", "bytecode"} <= set(space)
    assert "recommends" not in space, "there is no apt-get"
    assert space_of(FOUND, [])["base"] == ("slim", "alpine")


def test_what_an_edit_saved_alone_is_held_against_the_source() -> None:
    sizes = {"Dockerfile": 1000, "Dockerfile+base=slim": 300, "Dockerfile+together": 200}
    assert saved_alone(FOUND, sizes) == {("base", "slim"): 700}
    assert saved_alone(FOUND, {"Dockerfile+base=slim": 300}) == {}


def test_a_combination_is_named_by_what_changed_something() -> None:
    levels = {"cache": "purge", "base": "slim", "recommends": "none"}
    item = combined(FOUND[0], Document(TUTORIAL), levels, FACTS)
    assert item.name == "Dockerfile+base=slim+cache=purge"
    assert dict(item.levels) == {"base": "slim", "cache": "purge"}


needs_optuna = pytest.mark.skipif(
    importlib.util.find_spec("optuna") is None, reason="optuna is an extra"
)


SPACE = {
    "base": ("slim", "alpine"),
    "stages": ("multi",),
    "order": ("deps_first",),
    "layers": ("merged",),
    "cache": ("purge",),
}
MEASURED = 15


def searched(seed: int) -> list[dict[str, str]]:
    """The different combinations that a search asks for, of 48 that there are."""
    search = Search(SPACE, seed)
    search.know({}, (1000.0, 10.0))
    search.know({"base": "slim", "ignore": "unneeded"}, (1.0, 1.0))
    tried: list[dict[str, str]] = []
    for _ in range(300):
        trial, levels = search.ask()
        if levels not in tried:
            tried.append(levels)
        base, small = levels.get("base"), 100.0 * ("stages" not in levels)
        size = {"slim": 300.0, "alpine": 250.0, None: 1000.0}[base] + small
        failed = base == "alpine" and "stages" in levels
        search.tell(trial, None if failed else (size, 1.0 if "order" in levels else 10.0))
        if len(tried) == MEASURED:
            break
    return tried


@needs_optuna
def test_a_search_repeats_itself_and_finds_what_is_small_and_quick() -> None:
    assert searched(3) == searched(3)
    best = {"base": "slim", "stages": "multi", "order": "deps_first"}
    finds = [any(best.items() <= levels.items() for levels in searched(x)) for x in range(6)]
    assert sum(finds) >= 4
    assert {len(searched(seed)) for seed in range(6)} == {MEASURED}, "it does not get stuck"


def test_without_optuna_a_search_is_refused_with_what_to_install(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setitem(__import__("sys").modules, "optuna", None)
    assert main(["compare", ".", "--search"]) == 2
    said = capsys.readouterr().err
    assert "pip install 'dockbench[optuna]'" in said
    assert said.count("\n") == 1


@pytest.mark.parametrize("text", ["0", "-1", "x", "1.5", "", "99999"])
def test_trials_are_a_number_of_times(text: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["compare", ".", f"--trials={text}"]) == 2
    assert "is not a number of times: give one, such as 5" in capsys.readouterr().err
