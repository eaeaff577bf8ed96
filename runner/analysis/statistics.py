"""Statistics of repeated measurements: pure functions, each with the source of its formula.

Samples are positive numbers (seconds, bytes). A block is one round in which every variant was
measured once; a machine that slows down slows all of a block, so values are compared within it.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from math import comb
from statistics import median

CONFIDENCE = 0.95


@dataclass(frozen=True)
class Estimate:
    """A median with its interval, in the unit of the samples."""

    value: float
    low: float
    high: float
    confidence: float
    """With which the interval covers the true median, whatever the distribution."""
    count: int


def median_interval(values: Sequence[float], confidence: float = CONFIDENCE) -> Estimate:
    """The median, and the narrowest symmetric pair of order statistics that covers the true one
    with at least `confidence`; where there are too few samples for that, the smallest and the
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
        if 1 - 2 * wider < confidence:
            break
        rank, tail = rank + 1, wider
    return Estimate(
        value=median(ordered),
        low=ordered[rank - 1],
        high=ordered[-rank],
        confidence=1 - 2 * tail,
        count=count,
    )
