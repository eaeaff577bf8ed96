"""What is odd about repeated measurements, and what to do about it."""

from __future__ import annotations

from collections.abc import Sequence
from statistics import median

OUTLIER = 14.826
"""Modified z-score beyond which a sample is an outlier: ten median deviations."""

SLOW_FIRST, LOADED = 1.5, 0.5


def warnings_of(samples: Sequence[float], load_per_cpu: float | None = None) -> tuple[str, ...]:
    """What is odd about the samples of one variant, in the order in which they were measured, and
    what to do about it; `load_per_cpu` is the machine's load average before the first.

    As hyperfine warns (D. Peter, hyperfine, src/output/warnings.rs); modified z-scores by B.
    Iglewicz and D. Hoaglin, How to Detect and Handle Outliers (1993).
    """
    found = []
    if load_per_cpu is not None and load_per_cpu > LOADED:
        found.append(
            f"the machine was busy before it began (load {load_per_cpu:.1f} for each processor):"
            " close other programs and measure again with run.fresh=true"
        )
    if len(samples) < 3:
        return tuple(found)
    first, rest = samples[0], samples[1:]
    scores = modified_z_scores(samples)
    if first > SLOW_FIRST * median(rest) and scores[0] > OUTLIER:
        found.append(
            f"the first trial took {first / median(rest):.1f} times as long as the others:"
            " something was not warm yet; look at its log, or measure one more trial"
        )
    odd = sum(abs(score) > OUTLIER for score in scores[1:])
    if odd:
        found.append(
            f"{odd} of {len(samples)} trials are outliers: something else ran on the machine;"
            " measure more trials while nothing else runs"
        )
    return tuple(found)


def modified_z_scores(samples: Sequence[float]) -> list[float]:
    """Distance from the median in median absolute deviations, scaled to a normal distribution's
    standard deviation; a deviation of 0 counts as a tiny one.

    B. Iglewicz and D. Hoaglin, How to Detect and Handle Outliers (1993), section 3.
    """
    middle = median(samples)
    deviation = median(abs(value - middle) for value in samples)
    scale = deviation * 1.4826 or max(abs(middle), 1e-12) * 1e-3
    return [(value - middle) / scale for value in samples]
