"""Drawn paths, orders of overrides, blocks and texts: what is composed, and in which order."""

from __future__ import annotations

from hydra.core.override_parser.overrides_parser import OverridesParser
from hypothesis import given
from hypothesis import strategies as st
from omegaconf import OmegaConf

from runner.sweep.blocks import blocks
from runner.sweep.choices import split_override
from runner.sweep.overrides import quoted
from runner.sweep.plan import expand
from tests.unit.test_sweep_plan import Composer, named, path

FACTOR = st.sampled_from(["base", "deps", "cache", "layers", "stages"])
LEVEL = st.sampled_from(["one", "two", "three"])
STEPS = st.lists(st.dictionaries(FACTOR, LEVEL, min_size=1, max_size=3), min_size=1, max_size=6)


@given(changes=STEPS)
def test_each_step_is_composed_from_all_that_came_before(changes: list[dict[str, str]]) -> None:
    composer = Composer(path(*changes))
    first = composer.compose(["run.seed=7"])
    found = expand(first, ["run.seed=7"], composer.compose, lambda text: [text]).variants
    expected: dict[str, str] = {}
    for index, (variant, change) in enumerate(zip(found, changes, strict=True)):
        expected |= change
        assert variant.step == index
        assert variant.changed == change
        assert composer.asked[index + 1] == list(variant.overrides)
        assert variant.overrides[0] == "run.seed=7"
        assert variant.overrides[-1] == f"job.step={index}"
        assert dict(map(split_override, variant.overrides[1:-1])) == expected


@given(
    st.permutations(
        ["base=full", "base.image=a:1", "cache=keep", "mirror=other", "builder=buildkit"]
    )
)
def test_the_name_is_in_the_order_of_the_factors(overrides: list[str]) -> None:
    expected = "base=full base.image=a:1 cache=keep mirror=other builder=buildkit"
    assert named(*overrides) == expected


@given(st.lists(st.integers(), unique=True, max_size=8), st.integers(1, 6), st.integers())
def test_each_block_holds_each_variant_once_and_a_seed_gives_one_order(
    variants: list[int], trials: int, seed: int
) -> None:
    found = blocks(variants, trials, seed)
    assert len(found) == trials
    assert all(sorted(block) == sorted(variants) for block in found)
    assert blocks(variants, trials, seed) == found
    assert blocks(variants, trials + 1, seed)[:trials] == found, "more trials change no order"
    assert blocks(variants, trials, seed, shuffle=False) == [variants] * trials


@given(st.text(st.characters(exclude_categories=("Cs", "Cc"))))
def test_any_text_can_be_the_value_of_an_override(text: str) -> None:
    parsed = OverridesParser.create().parse_override(f"run.results={quoted(text)}")
    assert not parsed.is_sweep_override()
    node = OmegaConf.create({"value": parsed.value()})
    assert node.value == text
