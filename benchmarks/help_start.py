"""How long `dockbench --help` takes, against an interpreter that does nothing.

    .venv/bin/python -m benchmarks.help_start [--pairs 15]

Both are started in pairs whose order is drawn from a seed. Prints the medians in seconds and their
ratio; exits with 1 if the help takes longer than the limit.
"""

from __future__ import annotations

import argparse
import random
import subprocess
import sys
import time
from pathlib import Path
from statistics import median

LIMIT_S = 0.3
"""The help is there within this time."""

HELP = [str(Path(sys.executable).with_name("dockbench")), "--help"]
NOTHING = [sys.executable, "-c", "pass"]


def seconds(command: list[str]) -> float:
    """Wall time of a command that must succeed."""
    begun = time.perf_counter()
    subprocess.run(command, check=True, capture_output=True)
    return time.perf_counter() - begun


def compare(pairs: int, seed: int) -> tuple[list[float], list[float]]:
    """Seconds of the help and of nothing, in pairs of random order; one pair to warm up."""
    order = random.Random(seed)
    took: dict[str, list[float]] = {"help": [], "nothing": []}
    for index in range(pairs + 1):
        both = [("help", HELP), ("nothing", NOTHING)]
        order.shuffle(both)
        for name, command in both:
            elapsed_s = seconds(command)
            if index:
                took[name].append(elapsed_s)
    return took["help"], took["nothing"]


def main() -> int:
    """Compare, print, judge."""
    options = argparse.ArgumentParser(description=__doc__.split("\n")[0] if __doc__ else "")
    options.add_argument("--pairs", type=int, default=15)
    options.add_argument("--seed", type=int, default=0)
    given = options.parse_args()
    shown, nothing = compare(given.pairs, given.seed)
    print(
        f"median of {given.pairs}: dockbench --help {median(shown):.3f} s (limit {LIMIT_S} s),"
        f" python -c pass {median(nothing):.3f} s, ratio {median(shown) / median(nothing):.1f}"
    )
    return 0 if median(shown) <= LIMIT_S else 1


if __name__ == "__main__":
    raise SystemExit(main())
