"""Effects: shares add up, do not depend on the order of factors, and paths are told by steps."""

from __future__ import annotations

from itertools import chain, combinations, permutations, product

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from runner.analysis.effects import State, effects, shares
from runner.analysis.findings import find
from tests.unit.records import path_records, record
from tests.unit.test_analysis_labels import grid


def subsets(factors: str) -> list[frozenset[str]]:
    """Every subset."""
    parts = (combinations(factors, size) for size in range(len(factors) + 1))
    return [frozenset(part) for part in chain.from_iterable(parts)]


@st.composite
def games(draw: st.DrawFn) -> dict[frozenset[str], float]:
    """Values of some states, the empty and the full one among them."""
    factors = "abcd"[: draw(st.integers(1, 4))]
    return {
        state: float(draw(st.integers(-1000, 1000)))
        for state in subsets(factors)
        if state in (frozenset(), frozenset(factors)) or draw(st.booleans())
    }


def by_hand(values: dict[frozenset[str], float]) -> dict[str, float] | None:
    """The mean over every order whose states were all measured."""
    everything = frozenset().union(*values)
    walks = []
    for order in permutations(sorted(everything)):
        states = [frozenset(order[:count]) for count in range(len(order) + 1)]
        if all(state in values for state in states):
            walks.append(
                {
                    factor: values[after] - values[before]
                    for factor, before, after in zip(order, states, states[1:], strict=False)
                }
            )
    if not walks:
        return None
    return {factor: sum(walk[factor] for walk in walks) / len(walks) for factor in everything}


@settings(max_examples=150, deadline=None)
@given(games())
def test_shares_are_the_mean_over_all_orders_and_add_up(
    values: dict[frozenset[str], float],
) -> None:
    expected = by_hand(values)
    held: dict[State, float] = {frozenset(state): value for state, value in values.items()}
    if expected is None:
        with pytest.raises(ValueError, match="no order"):
            shares(held)
        return
    found = shares(held)
    assert found == pytest.approx(expected)
    everything = frozenset().union(*values)
    assert sum(found.values()) == pytest.approx(values[everything] - values[frozenset()])


def test_a_path_tells_each_step_against_the_one_before() -> None:
    found = [one for one in effects(find(path_records(3))) if one.metric == "unpacked_bytes"]
    assert [(one.factor, one.level, one.effect) for one in found] == [
        ("deps", "locked", -309_400_000.0),
        ("deps", "trimmed", -298_000_000.0),
    ]
    assert {one.method for one in found} == {"path"}
    assert {(one.low, one.high) for one in found} == {(None, None)}


def test_of_times_with_trials_the_effect_has_an_interval() -> None:
    records = [
        record(
            name, step=step, trial=trial, cold_s=10.0 * (step + 1) + trial, changed={"cache": name}
        )
        for step, name in enumerate(("keep", "purge"))
        for trial in range(3)
    ]
    (cold,) = [one for one in effects(find(records)) if one.metric == "cold_s"]
    assert (cold.effect, cold.low, cold.high) == (10.0, 8.0, 12.0)


def test_in_a_grid_levels_share_what_they_do_together() -> None:
    records = grid(("base", "slim", "alpine"), ("cache", "keep", "purge"))
    sizes = {"slim keep": 100, "slim purge": 80, "alpine keep": 60, "alpine purge": 50}
    made = [
        record(held.name, 0, sizes[f"{held.levels['base']} {held.levels['cache']}"],
               levels=held.levels, changed=held.changed, variant_id=held.variant_id)
        for held in records
    ]  # fmt: skip
    found = {(one.factor, one.level): one for one in effects(find(made))
             if one.metric == "unpacked_bytes"}  # fmt: skip
    assert {key: one.method for key, one in found.items()} == {
        ("base", "alpine"): "shapley", ("cache", "purge"): "shapley",
    }  # fmt: skip
    assert found["base", "alpine"].low == -40_000_000
    assert found["base", "alpine"].high == -35_000_000
    assert found["cache", "purge"].effect == pytest.approx((-20_000_000 - 15_000_000) / 2)


def test_one_variant_has_no_effects() -> None:
    assert effects(find([record("a")])) == ()


def test_a_large_grid_is_done_in_a_moment() -> None:
    axes = [(factor, *(f"l{n}" for n in range(3))) for factor in
            ("base", "deps", "cache", "layers", "stages", "prune", "order")]  # fmt: skip
    assert len(list(product(*(axis[1:] for axis in axes)))) == 2187
    assert effects(find(grid(*axes)))
