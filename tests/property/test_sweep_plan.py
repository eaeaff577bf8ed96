"""Drawn paths and drawn orders of overrides: what each step is composed from, and its name."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from runner.sweep.plan import plan, split_override
from tests.unit.test_sweep_plan import Composer, named, path

FACTOR = st.sampled_from(["base", "deps", "cache", "layers", "stages"])
LEVEL = st.sampled_from(["one", "two", "three"])
STEPS = st.lists(st.dictionaries(FACTOR, LEVEL, min_size=1, max_size=3), min_size=1, max_size=6)


@given(changes=STEPS)
def test_each_step_is_composed_from_all_that_came_before(changes: list[dict[str, str]]) -> None:
    composer = Composer()
    planned = plan(path(*changes), ["run.seed=7"], composer.compose)
    expected: dict[str, str] = {}
    for index, (variant, change) in enumerate(zip(planned, changes, strict=True)):
        expected |= change
        assert variant.step == index
        assert variant.changed == change
        assert composer.asked[index][0] == "run.seed=7"
        assert dict(map(split_override, composer.asked[index][1:])) == expected


@given(
    st.permutations(
        ["base=slim", "base.image=a:1", "cache=keep", "mirror=custom", "builder=classic"]
    )
)
def test_the_name_is_in_the_order_of_the_factors(overrides: list[str]) -> None:
    expected = "base=slim base.image=a:1 cache=keep mirror=custom builder=classic"
    assert named(*overrides) == expected
