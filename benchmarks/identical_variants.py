"""How often identical variants are called different, and a slower one is found.

    python -m benchmarks.identical_variants [--spread 0.03] [--hiccups 0.05] [RESULTS_DIR]

Experiments of twelve variants and five trials are resampled: from the cold builds of a result
directory (each value divided by its variant's and its block's median, so that the variants are
identical and the noise is the machine's), or without one from made-up noise. Exits with 1 if in
more than 5 of 100 experiments any pair is called faster or slower.
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Sequence
from math import exp
from pathlib import Path
from random import Random
from statistics import median

from runner.analysis.findings import find
from runner.analysis.statistics import (
    Blocks,
    Verdict,
    divided_by_block_median,
    least_difference,
    paired_ratio,
    verdict,
)
from runner.analysis.times import blocks_of
from runner.model.paths import ResultPaths
from runner.store.records import RecordStore

VARIANTS, TRIALS, SLOWER = 12, 5, 1.1


def measured_noise(root: Path) -> list[float]:
    """What is left of cold builds once variants and blocks are taken out, as ratios."""
    records = RecordStore(ResultPaths(root), slimmed=True).read_all()
    shares = divided_by_block_median(blocks_of(find(records), "cold_s"))
    names = {name for block in shares for name in block}
    middles = {name: median(block[name] for block in shares if name in block) for name in names}
    return [share / middles[name] for block in shares for name, share in block.items()]


def made_up_noise(spread: float, hiccups: float, chance: Random) -> list[float]:
    """Log-normal, with a share of trials that take 30 % longer."""
    return [
        exp(chance.gauss(0, spread)) * (1.3 if chance.random() < hiccups else 1.0)
        for _ in range(10_000)
    ]


def experiment(noise: Sequence[float], chance: Random, slower: float) -> Blocks:
    """Rounds of twelve variants of which the first takes `slower` times as long."""
    return [
        {
            f"v{place:02}": chance.choice(noise) * (slower if not place else 1.0)
            for place in range(VARIANTS)
        }
        for _ in range(TRIALS)
    ]


def any_difference(blocks: Blocks, seed: int) -> bool:
    """Whether any pair of the variants is called faster or slower."""
    least = least_difference(blocks, seed, 600)
    names = sorted(blocks[0])
    for place, one in enumerate(names):
        for other in names[place + 1 :]:
            ratio = paired_ratio(blocks, other, one, seed, 300)
            if ratio and verdict(ratio, least) in (Verdict.faster, Verdict.slower):
                return True
    return False


def is_found(blocks: Blocks, seed: int) -> bool:
    """Whether the first variant is called slower than the second."""
    ratio = paired_ratio(blocks, "v00", "v01", seed)
    least = least_difference(blocks, seed, 600)
    return ratio is not None and verdict(ratio, least) is Verdict.slower


def main() -> int:
    """Resample, print, judge."""
    options = argparse.ArgumentParser(description="identical variants, resampled")
    options.add_argument("--spread", type=float, default=0.03)
    options.add_argument("--hiccups", type=float, default=0.0)
    options.add_argument("--experiments", type=int, default=100)
    options.add_argument("results", nargs="?", type=Path)
    given = options.parse_args()
    chance = Random(0)
    made_up = made_up_noise(given.spread, given.hiccups, chance)
    noise = measured_noise(given.results) if given.results else made_up
    count = given.experiments
    wrong = sum(any_difference(experiment(noise, chance, 1.0), seed) for seed in range(count))
    found = sum(is_found(experiment(noise, chance, SLOWER), seed) for seed in range(count))
    print(
        f"{VARIANTS} identical variants, {TRIALS} trials, {count} experiments: any pair called"
        f" different in {wrong}; one that takes {100 * (SLOWER - 1):.0f} % longer found in {found}"
    )
    return 0 if wrong <= 0.05 * count else 1


if __name__ == "__main__":
    sys.exit(main())
