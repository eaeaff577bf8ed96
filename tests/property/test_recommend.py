"""The recommendation: whatever was measured, it is small, simple and fit to be shipped."""

from __future__ import annotations

import random

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from runner.analysis.recommend import (
    MAGNITUDE,
    TOLERANCE,
    TOLERANCE_BYTES,
    Alternative,
    Reason,
    beats,
    nearly_equal,
    pareto_front,
    recommend,
    simplicity,
    usual_start_s,
)

MB = 10**6
SIZES = st.integers(1, 60).map(lambda tenths: tenths * MB // 2) | st.integers(1, 3_000 * MB)
FACTORS = st.sampled_from(["stages", "bytecode", "base", "prune"])


@st.composite
def sets(draw: st.DrawFn) -> list[Alternative]:
    """A few alternatives with names of their own."""
    found = []
    for number in range(draw(st.integers(1, 8))):
        changed = draw(st.frozensets(st.tuples(FACTORS, st.sampled_from("ab")), max_size=4))
        unpacked = draw(SIZES)
        found.append(
            Alternative(
                name=f"n{number}",
                unpacked_bytes=unpacked,
                compressed_bytes=draw(st.integers(1, unpacked)),
                cold_s=draw(st.floats(0.1, 500)),
                effort=draw(st.sampled_from([0, 1 + len(changed)])),
                stages=draw(st.integers(1, 3)),
                instructions=draw(st.integers(1, 5)),
                shippable=draw(st.booleans()),
                changed=changed,
            )
        )
    return found


@settings(max_examples=100, deadline=None)
@given(held=sets(), seed=st.integers())
def test_whatever_was_measured(held: list[Alternative], seed: int) -> None:
    """One drawing for all of it: to draw a set takes longer than to recommend one of it."""
    no_other_that_may_be_shipped_is_smaller_by_more_than_counts(held)
    nothing_as_good_is_simpler(held)
    the_order_in_which_they_are_given_does_not_matter(held, seed)
    the_front_is_what_nothing_beats_and_everything_else_is_beaten(held)
    everything_is_accounted_for_and_rungs_only_add(held)


def no_other_that_may_be_shipped_is_smaller_by_more_than_counts(
    held: list[Alternative],
) -> None:
    chosen = recommend(held).chosen
    fit = [item for item in held if item.shippable]
    assert chosen in (fit or held)
    for other in fit or held:
        slack = max(TOLERANCE_BYTES, TOLERANCE * other.unpacked_bytes)
        assert chosen.unpacked_bytes <= other.unpacked_bytes + slack


def nothing_as_good_is_simpler(held: list[Alternative]) -> None:
    found = recommend(held)
    smallest = found.front[0]
    for other in found.rejected:
        item = other.alternative
        as_good = (
            (item.shippable or not smallest.shippable)
            and nearly_equal(item.unpacked_bytes, smallest.unpacked_bytes)
            and item.compressed_bytes <= smallest.compressed_bytes
            and item.cold_s <= MAGNITUDE * smallest.cold_s
        )
        assert not as_good or simplicity(found.chosen) <= simplicity(item)
        told = other.reason is Reason.as_large_and_less_simple
        assert not told or simplicity(item) > simplicity(found.chosen)


def the_order_in_which_they_are_given_does_not_matter(held: list[Alternative], seed: int) -> None:
    shuffled = list(held)
    random.Random(seed).shuffle(shuffled)
    assert recommend(shuffled) == recommend(held)


def the_front_is_what_nothing_beats_and_everything_else_is_beaten(
    held: list[Alternative],
) -> None:
    front = pareto_front(held)
    assert front
    for item in held:
        assert (item in front) != any(beats(other, item) for other in held)


def everything_is_accounted_for_and_rungs_only_add(held: list[Alternative]) -> None:
    found = recommend(held)
    names = [found.chosen.name, *(item.alternative.name for item in found.rejected)]
    assert sorted(names) == sorted(item.name for item in held)
    changed: frozenset[tuple[str, str]] = frozenset()
    for level in found.effort_levels:
        assert level.alternative.changed == changed | set(level.added)
        changed = level.alternative.changed
    saved = sum(level.saved_bytes or 0 for level in found.effort_levels)
    if found.effort_levels:
        assert found.effort_levels[-1].alternative == found.chosen
        first = found.effort_levels[0].alternative
        assert first.unpacked_bytes - saved == found.chosen.unpacked_bytes


def test_nothing_to_choose_from_is_an_error() -> None:
    with pytest.raises(ValueError, match=r"^nothing to choose from$"):
        recommend([])


def alternative(name: str, mb: float, effort: int = 1, cold_s: float = 3.0) -> Alternative:
    """One with a third of its bytes left when compressed."""
    return Alternative(name, int(mb * MB), int(mb * MB / 3), cold_s, effort)


@pytest.mark.parametrize(
    ("others", "chosen", "reasons"),
    [
        ([("own", 60.9, 0, 3.0)], "own", [Reason.as_large_and_less_simple]),
        ([("own", 61.3, 0, 3.0)], "small", [Reason.larger]),
        ([("own", 60.5, 0, 31.0)], "small", [Reason.slower]),
        ([("own", 60.5, 0, 29.0)], "own", [Reason.as_large_and_less_simple]),
    ],
)
def test_a_near_tie_goes_to_the_simpler_one(
    others: list[tuple[str, float, int, float]], chosen: str, reasons: list[Reason]
) -> None:
    small = Alternative("small", 60 * MB, 20 * MB, 3.0, effort=4)
    found = recommend([small, *(alternative(*other) for other in others)])
    assert found.chosen.name == chosen
    assert [item.reason for item in found.rejected] == reasons


def test_a_build_stage_counts_as_a_change_and_then_instructions_count() -> None:
    staged = Alternative("staged", 60 * MB, 20 * MB, 3.0, 2, stages=2, instructions=8)
    merged = Alternative("merged", 60 * MB, 20 * MB, 3.0, 2, instructions=9)
    short = Alternative("short", 60 * MB, 20 * MB, 3.0, 2, instructions=7)
    found = recommend([staged, merged, short])
    assert found.chosen.name == "short"
    assert {item.reason for item in found.rejected} == {Reason.as_large_and_less_simple}


def test_what_is_as_simple_is_not_called_less_simple() -> None:
    one, other = alternative("a", 60), alternative("b", 60)
    (rejected,) = recommend([one, other]).rejected
    assert (rejected.alternative.name, rejected.reason) == ("b", Reason.as_large)


def test_what_is_not_for_shipping_is_only_told() -> None:
    minimal = Alternative("minimal", 19 * MB, 8 * MB, 9.0, 5, shippable=False)
    found = recommend([minimal, alternative("multi", 54)])
    assert found.chosen.name == "multi"
    (other,) = found.rejected
    assert (other.reason, other.more_bytes) == (Reason.not_for_shipping, -35 * MB)
    assert recommend([minimal]).chosen is minimal


def test_what_gives_up_the_user_or_starts_slowly_beside_the_own_is_not_taken() -> None:
    own = Alternative("own", 100 * MB, 40 * MB, 3.0, healthy_s=0.5)
    root = Alternative("root", 30 * MB, 10 * MB, 3.0, 1, gives_up=("USER app",), healthy_s=0.5)
    late = Alternative("late", 40 * MB, 15 * MB, 3.0, 1, healthy_s=1.5)
    good = Alternative("good", 60 * MB, 20 * MB, 3.0, 1, healthy_s=0.7)
    found = recommend([own, root, late, good])
    assert found.chosen.name == "good"
    reasons = {item.alternative.name: item.reason for item in found.rejected}
    assert reasons == {
        "own": Reason.larger,
        "root": Reason.gives_up,
        "late": Reason.slow_start,
    }
    assert recommend([root]).chosen is root


def test_what_the_choice_lacks_or_does_too_is_no_reason_against_another() -> None:
    own = Alternative("own", 100 * MB, 40 * MB, 3.0, shippable=False, healthy_s=0.5)
    lacking = [
        Alternative(name, size * MB, size * MB // 3, 3.0, 1, gives_up=("USER app",), healthy_s=2.0)
        for name, size in (("small", 50), ("large", 60))
    ]
    found = recommend([own, *lacking])
    assert found.chosen.name == "small"
    assert {item.alternative.name: item.reason for item in found.rejected} == {
        "own": Reason.not_for_shipping,
        "large": Reason.larger,
    }


def test_each_step_to_the_choice_says_what_it_changes_and_what_that_costs() -> None:
    def step(
        name: str, mb: int, effort: int, stages: int, lines: int, *changed: str
    ) -> Alternative:
        levels = frozenset((factor, "x") for factor in changed)
        return Alternative(
            name, mb * MB, mb * MB // 3, 3.0, effort, stages, instructions=lines, changed=levels
        )

    held = [
        step("own", 100, 0, 1, 5),
        step("slim", 80, 2, 1, 6, "base"),
        step("fuller", 82, 2, 1, 6, "cache"),
        step("multi", 60, 3, 2, 9, "base", "stages"),
        step("pruned", 30, 5, 3, 8, "base", "prune", "stages", "cache"),
        step("aside", 20, 2, 1, 4, "deps"),
    ]
    found = recommend([one for one in held if one.name != "aside"])
    assert [
        (
            level.alternative.name,
            [factor for factor, _ in level.added],
            level.saved_bytes,
            level.more_instructions,
            level.more_stages,
        )
        for level in found.effort_levels
    ] == [
        ("slim", ["base"], None, None, 0),
        ("multi", ["stages"], 20 * MB, 3, 1),
        ("pruned", ["cache", "prune"], 30 * MB, -1, 1),
    ]
    assert [level.alternative.name for level in recommend(held).effort_levels] == ["aside"]
    assert recommend(held[:1]).effort_levels == ()


def test_what_is_not_for_shipping_is_no_step_to_what_is() -> None:
    bare = Alternative(
        "bare", 50 * MB, 9 * MB, 3.0, 2, shippable=False, changed=frozenset({("base", "x")})
    )
    small = Alternative(
        "small", 30 * MB, 9 * MB, 3.0, 3, changed=frozenset({("base", "x"), ("cache", "x")})
    )
    assert [one.alternative.name for one in recommend([bare, small]).effort_levels] == ["small"]


def test_the_quicker_is_the_smallest_beside_which_the_choice_starts_slowly() -> None:
    def one(name: str, mb: int, healthy_s: float, shippable: bool = True) -> Alternative:
        return Alternative(
            name, mb * MB, mb * MB // 3, 3.0, 1, shippable=shippable, healthy_s=healthy_s
        )

    slow, quick, larger = one("slow", 10, 1.0), one("quick", 50, 0.5), one("larger", 60, 0.4)
    found = recommend([larger, slow, quick])
    assert (found.chosen, found.quicker) == (slow, quick)
    assert recommend([slow, one("as slow", 50, 0.9)]).quicker is None
    bare = one("bare", 50, 0.1, shippable=False)
    assert recommend([slow, bare]).quicker is None
    given_up = Alternative("up", 50 * MB, MB, 3.0, 1, healthy_s=0.5, gives_up=("USER app",))
    assert recommend([slow, given_up]).quicker is given_up, "none that could be taken is quicker"


def test_the_projects_own_slowest_start_is_what_is_usual() -> None:
    own = [
        Alternative(name, 100 * MB, 40 * MB, 3.0, healthy_s=healthy_s)
        for name, healthy_s in (("quick", 0.5), ("slow", 2.0))
    ]
    late = Alternative("late", 40 * MB, 15 * MB, 3.0, 1, healthy_s=3.9)
    assert usual_start_s([*own, late]) == 2.0
    assert usual_start_s([late]) == usual_start_s([]) == 0.0
    assert recommend([*own, late]).chosen is late
    assert recommend([own[0], late]).chosen is own[0]


def test_one_beats_another_where_it_is_as_good_in_all_and_better_in_one() -> None:
    def one(unpacked: int, packed: int, cold_s: float, edit_s: float | None = None) -> Alternative:
        return Alternative("x", unpacked, packed, cold_s, edit_s=edit_s)

    usual = one(100, 50, 3.0, 5.0)
    for better in (
        one(99, 50, 3.0, 5.0), one(100, 49, 3.0, 5.0), one(100, 50, 0.29, 5.0),
        one(100, 50, 3.0, 1.0),
    ):  # fmt: skip
        assert beats(better, usual)
        assert not beats(usual, better)
    for other in (
        usual, one(99, 51, 3.0, 5.0), one(101, 49, 3.0, 5.0), one(99, 50, 30.1, 5.0),
        one(99, 50, 3.0, 15.0), one(100, 50, 0.3, 5.0), one(100, 50, 3.0),
    ):  # fmt: skip
        assert not beats(other, usual)


def test_the_project_as_it_is_has_no_changes_however_many_stages() -> None:
    own = Alternative("own", 60 * MB, 20 * MB, 3.0, 0, stages=3, instructions=30)
    changed = Alternative("changed", 60 * MB, 20 * MB, 3.0, 1, stages=1, instructions=3)
    staged = Alternative("staged", 60 * MB, 20 * MB, 3.0, 1, stages=2, instructions=3)
    assert simplicity(own) < simplicity(changed) < simplicity(staged)
    assert simplicity(own)[0] == 0 < simplicity(changed)[0]
    assert recommend([staged, changed, own]).chosen is own


def test_of_two_ways_to_the_choice_that_change_as_much_the_smaller_is_shown() -> None:
    def step(name: str, mb: int, *changed: str) -> Alternative:
        levels = frozenset((factor, "x") for factor in changed)
        return Alternative(name, mb * MB, 9 * MB, 3.0, 1 + len(changed), changed=levels)

    held = [step("a", 80, "base"), step("b", 82, "cache"), step("c", 60, "base", "cache")]
    assert [one.alternative.name for one in recommend(held).effort_levels] == ["a", "c"]
