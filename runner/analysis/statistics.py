"""Statistics of repeated measurements: pure functions, each with the source of its formula.

Samples are positive numbers (seconds, bytes). A block is one round in which every variant was
measured once; a machine that slows down slows all of a block, so values are compared within it.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from enum import Enum
from math import ceil, comb, exp, inf, log, pi, sqrt, tan
from random import Random
from statistics import NormalDist, fmean, median

CONFIDENCE = 0.95
FAMILY_CONFIDENCE = 0.98
"""With which no pair of identical variants is called different, over all pairs of an experiment."""


@dataclass(frozen=True)
class Estimate:
    """A median with its interval, in the unit of the samples."""

    value: float
    low: float
    high: float
    confidence: float
    """With which the interval covers the true median, whatever the distribution."""
    count: int


def median_interval(values: Sequence[float]) -> Estimate:
    """The median, and the narrowest symmetric pair of order statistics that covers the true one
    with at least `CONFIDENCE`; where there are too few samples for that, the smallest and the
    largest, with the confidence that these have. Raises `ValueError` without samples.

    H. A. David and H. N. Nagaraja, Order Statistics, 3rd edition, section 7.1: the k-th smallest
    and the k-th largest of n cover the median with probability 1 − 2 P(Binomial(n, ½) < k).
    """
    if not values:
        raise ValueError("no samples")
    ordered, count = sorted(values), len(values)
    rank, tail = 1, 0.5**count
    while 2 * (rank + 1) <= count:
        wider = tail + comb(count, rank) * 0.5**count
        if 1 - 2 * wider < CONFIDENCE:
            break
        rank, tail = rank + 1, wider
    return Estimate(
        value=median(ordered),
        low=ordered[rank - 1],
        high=ordered[-rank],
        confidence=1 - 2 * tail,
        count=count,
    )


Blocks = Sequence[Mapping[str, float]]
"""Rounds: variant → what it measured; a variant that failed is missing."""


def divided_by_block_median(blocks: Blocks) -> list[dict[str, float]]:
    """Each value as a share of its block's median: what slows all of a block drops out.

    One row effect of a median polish on logarithms: J. W. Tukey, Exploratory Data Analysis (1977),
    chapter 11. Twelve identical variants on a machine that slows by 10 % seem 3.5 % apart this way,
    4.7 % without (benchmarks/identical_variants.py).
    """
    found = []
    for block in blocks:
        middle = median(block.values()) if block else 1.0
        found.append({name: value / middle for name, value in block.items()})
    return found


@dataclass(frozen=True)
class Ratio:
    """How many times as much one variant takes as another: 1.026 is 2.6 % more."""

    value: float
    low: float
    high: float
    blocks: int
    """In how many rounds both were measured."""

    def __str__(self) -> str:
        """`+2.6 % [+0.2, +4.7]`"""
        value, low, high = (_percent(one) for one in (self.value, self.low, self.high))
        return f"{value} % [{low}, {high}]"


def _percent(ratio: float) -> str:
    percent = round(100 * (ratio - 1), 1)
    return f"{abs(percent):.1f}" if not percent else f"{percent:+.1f}".replace("-", "−")


def paired_ratio(
    blocks: Blocks, variant: str, reference: str, seed: int = 0, resamples: int = 2000
) -> Ratio | None:
    """The geometric mean of both variants' ratios within each block, with the bootstrap interval
    over blocks (95 %); None where they share no block, without an interval (from 0 to infinity)
    where they share one.

    B. Efron and R. Tibshirani, An Introduction to the Bootstrap (1993), chapter 13 (percentile);
    widened for few blocks by √(n/(n−1)) · t/z as T. Hesterberg, What Teachers Should Know About the
    Bootstrap, The American Statistician 69 (2015), section 4: the plain percentile interval covers
    too little there.
    """
    logs = [
        log(block[variant] / block[reference])
        for block in blocks
        if block.get(variant, 0) > 0 and block.get(reference, 0) > 0
    ]
    if not logs:
        return None
    middle, count = fmean(logs), len(logs)
    if count == 1:
        return Ratio(exp(middle), 0.0, inf, 1)
    chance = Random(seed)
    means = sorted(fmean(chance.choices(logs, k=count)) for _ in range(resamples))
    tail = round(resamples * (1 - CONFIDENCE) / 2)
    wider = sqrt(count / (count - 1)) * _student(count - 1) / _NORMAL
    low = middle + wider * min(0.0, means[tail] - middle)
    high = middle + wider * max(0.0, means[-1 - tail] - middle)
    return Ratio(exp(middle), exp(low), exp(high), count)


_NORMAL = NormalDist().inv_cdf(1 - (1 - CONFIDENCE) / 2)


def _student(freedom: int) -> float:
    """Upper 2.5 % point of Student's t; exact for one and two degrees of freedom, else the
    expansion of R. A. Fisher and E. A. Cornish, The Percentile Points of Distributions Having Known
    Cumulants, Technometrics 2 (1960), right to 0.5 % from three on."""
    if freedom == 1:
        return tan(pi * CONFIDENCE / 2)
    if freedom == 2:
        return CONFIDENCE * sqrt(2 / (1 - CONFIDENCE**2))
    z, n = _NORMAL, freedom
    terms = (
        z,
        (z**3 + z) / (4 * n),
        (5 * z**5 + 16 * z**3 + 3 * z) / (96 * n**2),
        (3 * z**7 + 19 * z**5 + 17 * z**3 - 15 * z) / (384 * n**3),
        (79 * z**9 + 776 * z**7 + 1482 * z**5 - 1920 * z**3 - 945 * z) / (92160 * n**4),
    )
    return sum(terms)


def least_difference(blocks: Blocks, seed: int = 0, resamples: int = 2000) -> float:
    """The ratio beyond which two of the variants differ: of as many identical ones with this noise
    and as many blocks, the largest and the smallest are further apart in 2 of 100 experiments only.
    Infinite where the noise cannot be told (fewer than two blocks or variants).

    The studentised range of J. W. Tukey for a randomised block design, its quantile found by
    drawing from the pooled residuals: P. H. Westfall and S. S. Young, Resampling-Based Multiple
    Testing (1993), chapter 3. So one limit holds for all pairs at once.
    """
    names = sorted({name for block in blocks for name in block})
    logs = [
        {name: log(share) for name, share in block.items()}
        for block in divided_by_block_median([block for block in blocks if len(block) > 1])
    ]
    logs = [
        {name: value - fmean(block.values()) for name, value in block.items()} for block in logs
    ]
    means = {
        name: fmean(values) for name in names if (values := [b[name] for b in logs if name in b])
    }
    residuals = [value - means[name] for block in logs for name, value in block.items()]
    freedom = len(residuals) - len(means) - len(logs) + 1
    if len(means) < 2 or freedom < 1:
        return inf
    wider = sqrt(len(residuals) / freedom) * _student(freedom) / _NORMAL
    chance, count, ranges = Random(seed), len(logs), []
    for _ in range(resamples):
        drawn = [sum(chance.choices(residuals, k=count)) / count for _ in means]
        ranges.append(max(drawn) - min(drawn))
    return exp(wider * sorted(ranges)[-1 - round(resamples * (1 - FAMILY_CONFIDENCE))])


class Verdict(Enum):
    """What a comparison of times says."""

    faster = "faster"
    slower = "slower"
    no_difference = "no difference"
    inconclusive = "inconclusive"


@dataclass(frozen=True)
class Comparison:
    """One variant against the reference."""

    variant: str
    reference: str
    ratio: Ratio
    verdict: Verdict
    more_trials: int | None = None
    """How many more would settle it, if the noise stays what it is; only where inconclusive, and
    None where there is no telling or it would take more than `MOST_TRIALS`."""

    @property
    def text(self) -> str:
        """`slower`, or `inconclusive: about 7 more trials would settle it`."""
        if self.verdict is not Verdict.inconclusive:
            return str(self.verdict.value)
        if self.more_trials is None:
            return f"inconclusive: not to be settled by {MOST_TRIALS} trials of such noise"
        trials = "trial" if self.more_trials == 1 else "trials"
        return f"inconclusive: about {self.more_trials} more {trials} would settle it"


THRESHOLD = 0.05
"""A smaller difference is none that counts: builds of one variant differ by as much."""

MOST_TRIALS = 100


def verdict(ratio: Ratio, least: float = 1.0) -> Verdict:
    """Faster or slower only if the interval excludes 1, the ratio is beyond what chance makes of
    this many variants (`least`), and beyond `THRESHOLD`; no difference only if the whole interval
    lies within the threshold; else inconclusive.

    Significant and above a noise threshold, as B. Heisler's criterion.rs asks for both.
    """
    significant = (ratio.low > 1 or ratio.high < 1) and abs(log(ratio.value)) > log(least)
    if significant and ratio.value > 1 + THRESHOLD:
        return Verdict.slower
    if significant and ratio.value < 1 / (1 + THRESHOLD):
        return Verdict.faster
    within = ratio.high <= 1 + THRESHOLD and ratio.low >= 1 / (1 + THRESHOLD)
    return Verdict.no_difference if within else Verdict.inconclusive


def trials_to_settle(ratio: Ratio, least: float) -> int | None:
    """How many more blocks would make the interval (which narrows with their square root) exclude
    1, or fit within the threshold; None beyond `MOST_TRIALS`."""
    if ratio.blocks < 2:
        return max(1, FEWEST_TRIALS - ratio.blocks)
    middle, limit = abs(log(ratio.value)), log(1 + THRESHOLD)
    half = max(log(ratio.high / ratio.value), log(ratio.value / max(ratio.low, 1e-9)))
    gap = middle if middle > limit else limit - middle
    beyond = max(half, log(least) if middle > limit and least < inf else 0.0)
    if gap <= 0:
        return None
    needed = ceil(ratio.blocks * (beyond / gap) ** 2)
    return max(1, needed - ratio.blocks) if needed <= MOST_TRIALS else None


FEWEST_TRIALS = 5
"""What one should begin with: five give the median an interval of 94 %."""


def compare(blocks: Blocks, reference: str, seed: int = 0) -> list[Comparison]:
    """Every other variant against the reference, by name; those that share no block with it are
    left out."""
    least = least_difference(blocks, seed)
    found = []
    for name in sorted({name for block in blocks for name in block} - {reference}):
        ratio = paired_ratio(blocks, name, reference, seed)
        if ratio is None:
            continue
        said = verdict(ratio, least)
        more = trials_to_settle(ratio, least) if said is Verdict.inconclusive else None
        found.append(Comparison(name, reference, ratio, said, more))
    return found
