"""Statistics: exact where that is possible, else by simulation; identical variants stay equal."""

from __future__ import annotations

import math
import random
from itertools import product
from statistics import fmean, median

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from runner.analysis.sample_warnings import warnings_of
from runner.analysis.statistics import (
    MOST_TRIALS,
    Comparison,
    Ratio,
    Verdict,
    compare,
    divided_by_block_median,
    least_difference,
    median_interval,
    paired_ratio,
    trials_to_settle,
    verdict,
)
from tests.unit.noisy_blocks import blocks

SECONDS = st.floats(0.01, 1e5)


@given(st.lists(SECONDS, min_size=1, max_size=40))
def test_the_interval_is_made_of_samples_and_holds_the_median(values: list[float]) -> None:
    found = median_interval(values)
    assert found.low <= found.value <= found.high
    assert {found.low, found.high} <= set(values)
    assert found.value == median(values)
    assert found.count == len(values)


@pytest.mark.parametrize(
    ("count", "rank", "confidence"),
    [(1, 1, 0.0), (2, 1, 0.5), (3, 1, 0.75), (5, 1, 0.9375), (6, 1, 0.96875), (10, 2, 0.978515625)],
)
def test_intervals_of_the_textbook(count: int, rank: int, confidence: float) -> None:
    found = median_interval([float(number) for number in range(1, count + 1)])
    assert (found.low, found.high) == (rank, count + 1 - rank)
    assert found.confidence == pytest.approx(confidence)


@pytest.mark.parametrize("count", range(1, 9))
def test_the_confidence_is_what_counting_every_case_gives(count: int) -> None:
    found = median_interval([float(number) for number in range(count)])
    rank = int(found.low) + 1
    cases = list(product((False, True), repeat=count))
    covering = sum(rank <= sum(below) <= count - rank for below in cases)
    assert found.confidence == pytest.approx(covering / len(cases))


def test_no_samples_are_no_median() -> None:
    with pytest.raises(ValueError, match="no samples"):
        median_interval([])


@given(st.lists(st.dictionaries(st.sampled_from("abcd"), SECONDS), max_size=5), SECONDS)
def test_what_slows_a_whole_block_drops_out(held: list[dict[str, float]], times: float) -> None:
    slower = [{name: value * times for name, value in block.items()} for block in held]
    for one, other in zip(
        divided_by_block_median(held), divided_by_block_median(slower), strict=True
    ):
        assert one == pytest.approx(other)


@settings(max_examples=40, deadline=None)
@given(st.lists(st.tuples(SECONDS, SECONDS), min_size=1, max_size=8), st.integers(0, 9))
def test_a_ratio_turned_round_is_its_inverse(pairs: list[tuple[float, float]], seed: int) -> None:
    held = [{"a": one, "b": other} for one, other in pairs]
    there, back = paired_ratio(held, "a", "b", seed, 200), paired_ratio(held, "b", "a", seed, 200)
    assert there is not None
    assert back is not None
    assert there.value == pytest.approx(1 / back.value)
    assert there.low <= there.value * (1 + 1e-9)
    assert there.value <= there.high * (1 + 1e-9)
    assert there == paired_ratio(held, "a", "b", seed, 200), "seeded"


def test_ratios_need_blocks_in_common() -> None:
    assert paired_ratio([{"a": 1.0}, {"b": 1.0}], "a", "b") is None
    one = paired_ratio([{"a": 2.0, "b": 1.0}], "a", "b")
    assert one is not None
    assert one.value == pytest.approx(2.0)
    assert (one.low, one.high) == (0.0, math.inf)


def test_the_interval_over_blocks_covers_the_true_ratio() -> None:
    covered = 0
    for seed in range(200):
        held = blocks(seed, variants=2, spread=0.05)
        found = paired_ratio(held, "v00", "v01", seed, 400)
        assert found is not None
        covered += found.low <= 1 <= found.high
    assert covered >= 180, "95 % are meant, and five blocks are few"


def test_ratios_read_as_reviewers_read_them() -> None:
    assert str(Ratio(1.026, 1.002, 1.047, 5)) == "+2.6 % [+0.2, +4.7]"
    assert str(Ratio(0.9, 0.85, 1.0, 5)) == "−10.0 % [−15.0, 0.0]"


@pytest.mark.parametrize(
    ("ratio", "least", "said"),
    [
        (Ratio(1.2, 1.1, 1.3, 5), 1.05, Verdict.slower),
        (Ratio(0.8, 0.7, 0.9, 5), 1.05, Verdict.faster),
        (Ratio(1.01, 0.99, 1.04, 5), 1.05, Verdict.no_difference),
        (Ratio(1.03, 1.01, 1.045, 5), 1.02, Verdict.no_difference),
        (Ratio(1.2, 0.9, 1.6, 5), 1.05, Verdict.inconclusive),
        (Ratio(1.2, 1.1, 1.3, 5), 1.4, Verdict.inconclusive),
        (Ratio(1.04, 1.01, 1.08, 5), 1.02, Verdict.inconclusive),
    ],
)
def test_verdicts(ratio: Ratio, least: float, said: Verdict) -> None:
    assert verdict(ratio, least) is said


@given(st.floats(0.3, 3), st.floats(0, 0.5), st.integers(2, 12), st.floats(1, 2))
def test_what_is_inconclusive_says_how_many_more_trials(
    value: float, half: float, count: int, least: float
) -> None:
    ratio = Ratio(value, value * math.exp(-half), value * math.exp(half), count)
    more = trials_to_settle(ratio, least)
    assert more is None or 1 <= more <= MOST_TRIALS
    narrower = trials_to_settle(
        Ratio(value, value * math.exp(-half / 2), value * math.exp(half / 2), count), 1.0
    )
    assert more is None or (narrower is not None and narrower <= more)


def test_identical_variants_stay_equal_and_a_slower_one_is_found() -> None:
    different = found = 0
    for seed in range(25):
        held = blocks(seed, variants=12, spread=0.02, drift=0.1)
        least = least_difference(held, seed, 400)
        names = sorted(held[0])
        verdicts = set()
        for place, one in enumerate(names):
            for other in names[place + 1 :]:
                ratio = paired_ratio(held, other, one, seed, 200)
                assert ratio is not None
                verdicts.add(verdict(ratio, least))
        different += bool(verdicts & {Verdict.slower, Verdict.faster})
        slowed = blocks(seed, variants=12, spread=0.02, drift=0.1, slower=1.1)
        (judged,) = (item for item in compare(slowed, "v01", seed=seed) if item.variant == "v00")
        found += judged.verdict is Verdict.slower
    assert different <= 2
    assert found >= 22


def test_noise_that_cannot_be_told_decides_nothing() -> None:
    assert least_difference([{"a": 1.0, "b": 2.0}]) == math.inf
    (only,) = compare([{"a": 1.0, "b": 2.0}], "a")
    assert only.verdict is Verdict.inconclusive
    assert only.text == "inconclusive: about 4 more trials would settle it"


def test_warnings_say_what_is_odd_and_what_to_do() -> None:
    even = [10.0, 10.1, 9.9, 10.05, 9.95]
    assert warnings_of(even) == ()
    assert "first trial took 2.0 times" in warnings_of([20.0, *even])[0]
    assert "1 of 6 trials are outliers" in warnings_of([*even, 30.0])[0]
    assert "run.fresh=true" in warnings_of(even, load_per_cpu=2.0)[0]
    assert warnings_of([1.0, 9.0]) == (), "two samples are none to judge by"


@given(st.lists(SECONDS, max_size=8), st.none() | st.floats(0, 9))
def test_no_samples_break_the_warnings(samples: list[float], load: float | None) -> None:
    chance = random.Random(0)
    chance.shuffle(samples)
    assert all(warnings_of(samples, load))


STUDENT = {
    1: 12.7062047, 2: 4.3026527, 3: 3.1824463, 4: 2.7764451, 5: 2.5705818, 6: 2.4469119,
    7: 2.3646243, 9: 2.2621572, 14: 2.1447867, 29: 2.0452296,
}  # fmt: skip
"""Upper 2.5 % points by degrees of freedom, from a printed table."""
ERROR = {3: 1.3e-3, 4: 4e-4, 5: 1.2e-4, 6: 5e-5, 7: 2.2e-5, 9: 9e-6, 14: 1e-6}
"""How far an expansion of five terms is off, as a share; without it, a few units of rounding."""
NORMAL = 1.9599640


@pytest.mark.parametrize("freedom", STUDENT)
def test_the_interval_of_a_ratio_is_the_bootstraps_widened_for_few_blocks(freedom: int) -> None:
    count, resamples = freedom + 1, 400
    held = blocks(freedom, variants=2, spread=0.03, rounds=count)
    logs = [math.log(block["v00"] / block["v01"]) for block in held]
    middle, chance = fmean(logs), random.Random(7)
    means = sorted(fmean(chance.choices(logs, k=count)) for _ in range(resamples))
    wider = math.sqrt(count / freedom) * STUDENT[freedom] / NORMAL
    found = paired_ratio(held, "v00", "v01", 7, resamples)
    assert found is not None
    exact = ERROR.get(freedom, 2e-7)
    assert math.log(found.value) == pytest.approx(middle)
    assert math.log(found.low) - middle == pytest.approx(wider * (means[10] - middle), rel=exact)
    assert math.log(found.high) - middle == pytest.approx(wider * (means[-11] - middle), rel=exact)
    assert found.blocks == count


def test_an_interval_holds_its_ratio_whatever_was_drawn() -> None:
    alike = [{"a": 2.0, "b": 1.0}] * 4
    found = paired_ratio(alike, "a", "b")
    assert found is not None
    assert (found.low, found.value, found.high) == pytest.approx((2.0, 2.0, 2.0))
    held = [{"a": 2.0, "b": 1.0}, {"a": 1.0, "b": 1.0}]
    for seed in range(8):
        found = paired_ratio(held, "a", "b", seed, resamples=1)
        assert found is not None
        assert found.low <= found.value <= found.high


def test_what_took_no_time_was_not_measured() -> None:
    for odd in ({"a": 0.0, "b": 1.0}, {"a": 1.0, "b": 0.0}, {"a": 1.0}, {"b": 1.0}, {}):
        found = paired_ratio([{"a": 3.0, "b": 1.0}, odd], "a", "b")
        assert found is not None
        assert found.value == pytest.approx(3.0)
        assert found.blocks == 1


def test_a_ratio_as_small_as_none_has_no_sign() -> None:
    assert str(Ratio(1.0, 0.9996, 1.0004, 2)) == "0.0 % [0.0, 0.0]"
    assert str(Ratio(1.0, 0.9994, 1.0006, 2)) == "0.0 % [−0.1, +0.1]"


def test_the_least_difference_is_the_range_of_identical_variants_with_this_noise() -> None:
    """As the docstring says it, once more: residuals of blocks and variants, drawn at random."""
    held = [
        {"a": 1.0, "b": 1.1, "c": 0.95},
        {"a": 1.2, "b": 1.15, "c": 1.25},
        {"a": 0.9, "b": 1.0, "c": 0.92},
        {"a": 1.0, "b": 1.05, "c": 1.1},
        {"a": 9.0},
    ]
    table = [[math.log(block[name]) for name in "abc"] for block in held[:4]]
    centred = [[value - fmean(row) for value in row] for row in table]
    means = [fmean(column) for column in zip(*centred, strict=True)]
    residuals = [value - mean for row in centred for value, mean in zip(row, means, strict=True)]
    chance, ranges = random.Random(3), []
    for _ in range(500):
        drawn = [fmean(chance.choices(residuals, k=4)) for _ in range(3)]
        ranges.append(max(drawn) - min(drawn))
    wider = math.sqrt(12 / 6) * STUDENT[6] / NORMAL
    expected = math.exp(wider * sorted(ranges)[-1 - 10])
    assert least_difference(held, 3, 500) == pytest.approx(expected, rel=1e-4)


@pytest.mark.parametrize(
    ("held", "known"),
    [
        ([], False),
        ([{"a": 1.0}, {"a": 2.0}, {"a": 3.0}], False),
        ([{"a": 1.0, "b": 2.0}], False),
        ([{"a": 1.0, "b": 2.0}, {"a": 1.0}, {"b": 1.0}], False),
        ([{"a": 1.0, "b": 2.0}, {"a": 1.1, "b": 2.0}], True),
    ],
)
def test_noise_is_told_from_two_blocks_of_two_variants_on(
    held: list[dict[str, float]], known: bool
) -> None:
    assert (least_difference(held) < math.inf) is known


@pytest.mark.parametrize(
    ("ratio", "least", "said"),
    [
        (Ratio(1.06, 1.0, 1.2, 5), 1.0, Verdict.inconclusive),
        (Ratio(1.06, 1.01, 1.2, 5), 1.06, Verdict.inconclusive),
        (Ratio(1.06, 1.01, 1.2, 5), 1.059, Verdict.slower),
        (Ratio(1 / 1.06, 0.9, 1.0, 5), 1.0, Verdict.inconclusive),
        (Ratio(1 / 1.06, 0.9, 0.99, 5), 1.059, Verdict.faster),
        (Ratio(1.05, 1.01, 1.05, 5), 1.0, Verdict.no_difference),
        (Ratio(1.05, 1.01, 1.06, 5), 1.0, Verdict.inconclusive),
        (Ratio(1 / 1.05, 1 / 1.05, 0.99, 5), 1.0, Verdict.no_difference),
        (Ratio(1 / 1.05, 0.94, 0.99, 5), 1.0, Verdict.inconclusive),
        (Ratio(1.0, 0.94, 1.01, 5), 1.0, Verdict.inconclusive),
        (Ratio(1.0, 0.99, 1.06, 5), 1.0, Verdict.inconclusive),
    ],
)
def test_verdicts_at_the_limits(ratio: Ratio, least: float, said: Verdict) -> None:
    assert verdict(ratio, least) is said


def about(value: float, half: float, count: int) -> Ratio:
    """A ratio whose interval goes so far (as a logarithm) to both sides."""
    return Ratio(value, value * math.exp(-half), value * math.exp(half), count)


LIMIT = math.log(1.05)


@pytest.mark.parametrize(
    ("ratio", "least", "more"),
    [
        (Ratio(1.2, 0.0, math.inf, 0), math.inf, 5),
        (Ratio(1.2, 0.0, math.inf, 1), math.inf, 4),
        (about(math.exp(0.2), 0.4, 2), 1.0, 6),
        (about(math.exp(0.2), 0.4, 5), 1.0, 15),
        (about(math.exp(-0.2), 0.4, 5), 1.0, 15),
        (about(math.exp(0.2), 0.2, 5), math.exp(0.4), 15),
        (about(math.exp(0.2), 0.4, 5), math.inf, 15),
        (about(1.0, 2 * LIMIT, 5), math.exp(0.4), 15),
        (about(math.exp(0.2), 0.1, 5), 1.0, 1),
        (about(math.exp(0.2), 0.2 * math.sqrt(19.99), 5), 1.0, 95),
        (about(math.exp(0.2), 0.2 * math.sqrt(20.01), 5), 1.0, None),
        (about(1.05, 0.1, 5), 1.0, None),
        (Ratio(math.exp(0.2), math.exp(-0.2), math.exp(0.3), 5), 1.0, 15),
        (Ratio(math.exp(0.2), math.exp(0.1), math.exp(0.6), 5), 1.0, 15),
        (Ratio(1.2, 0.0, 1.3, 5), 1.0, None),
    ],
)
def test_how_many_more_trials_would_settle_it(ratio: Ratio, least: float, more: int | None) -> None:
    assert trials_to_settle(ratio, least) == more


def test_what_is_compared_is_named_and_counted() -> None:
    held = [*blocks(2, variants=4, spread=0.03, slower=1.2), {"a": 1.0, "b": 1.0}]
    found = compare(held, "v01", seed=3)
    names = ["v00", "v02", "v03"]
    assert [(one.variant, one.reference) for one in found] == [(name, "v01") for name in names]
    assert [one.ratio for one in found] == [paired_ratio(held, name, "v01", 3) for name in names]
    least = least_difference(held, 3)
    for one in found:
        assert one.verdict is verdict(one.ratio, least)
        inconclusive = one.verdict is Verdict.inconclusive
        assert one.more_trials == (trials_to_settle(one.ratio, least) if inconclusive else None)
        assert inconclusive or one.text == one.verdict.value
    assert {one.verdict for one in found} > {Verdict.slower}
    assert compare(held, "v01") == compare(held, "v01", 0) != compare(held, "v01", 1)


def test_many_variants_make_a_difference_less_sure() -> None:
    ratio = Ratio(1.2, 1.1, 1.3, 5)
    assert verdict(ratio) is verdict(ratio, 1.0) is Verdict.slower
    held = blocks(5, variants=6, spread=0.05, slower=1.15)
    (judged,) = (one for one in compare(held, "v01") if one.variant == "v00")
    assert verdict(judged.ratio) is Verdict.slower, "by itself it would be"
    assert judged.verdict is Verdict.inconclusive


@pytest.mark.parametrize(
    ("more", "text"),
    [
        (1, "inconclusive: about 1 more trial would settle it"),
        (2, "inconclusive: about 2 more trials would settle it"),
        (None, "inconclusive: not to be settled by 100 trials of such noise"),
    ],
)
def test_what_is_inconclusive_says_what_would_settle_it(more: int | None, text: str) -> None:
    ratio = Ratio(1.2, 0.9, 1.6, 5)
    assert Comparison("a", "b", ratio, Verdict.inconclusive, more).text == text
    assert Comparison("a", "b", ratio, Verdict.slower).text == "slower"


def test_the_interval_is_the_narrowest_that_covers_enough() -> None:
    """Found by trying every pair, with the exact probabilities of the binomial distribution."""
    for count in range(1, 121):
        covers = {
            rank: 1 - 2 * sum(math.comb(count, k) for k in range(rank)) / 2**count
            for rank in range(1, count // 2 + 1)
        }
        rank = max((rank for rank, share in covers.items() if share >= 0.95), default=1)
        found = median_interval([float(number) for number in range(1, count + 1)])
        assert (found.low, found.high) == (rank, count + 1 - rank)
        assert found.confidence == pytest.approx(covers.get(rank, 0.0))


def test_what_is_drawn_is_the_same_each_time_unless_another_seed_is_given() -> None:
    held = blocks(1, variants=3, spread=0.05)
    assert least_difference(held) == least_difference(held, 0, 2000) != least_difference(held, 1)
    usual = paired_ratio(held, "v00", "v01")
    assert usual == paired_ratio(held, "v00", "v01", 0, 2000) != paired_ratio(held, "v00", "v01", 1)
    assert compare(held, "v01") == compare(held, "v01", 0)
