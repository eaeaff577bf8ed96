"""How right `--dry-run` is: what it says a second run of an experiment takes, and what that takes.

    .venv/bin/python -m benchmarks.forecasts [--reference] [EXPERIMENT …]

Each experiment is measured once (with --reference its committed reference run is taken for that,
which only says something on a machine like the one that it names), then asked how long it would
take again (`run.fresh=true --dry-run`), then measured again: real engine, real builds. Exits with 1
where what it took and what was said differ by more than a factor of 1.5.
"""

from __future__ import annotations

import argparse
import re
import shutil
import subprocess
import sys
import tempfile
import time
from pathlib import Path

REFERENCE = Path(__file__).parents[1] / "results/reference"
LIMIT = 1.5
USUAL = ("bases", "layers", "caches")
_SAID = re.compile(r"about (?:(a second)|([\d.]+) (seconds|minutes|hours))")
_UNIT_S = {"seconds": 1.0, "minutes": 60.0, "hours": 3600.0}


def bench(experiment: str, results: Path, *more: str) -> tuple[str, float]:
    """What a run prints, and how long it takes in seconds."""
    command = [str(Path(sys.executable).with_name("dockbench")), "bench"]
    command += [f"experiment={experiment}", f"run.results={results}", *more]
    begun = time.monotonic()
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    took_s = time.monotonic() - begun
    if done.returncode:
        sys.exit(f"{' '.join(command)}: exit code {done.returncode}\n{done.stderr[-2000:]}")
    return done.stdout + done.stderr, took_s


def said_s(text: str) -> float:
    """The seconds of `6 trials, about 14 minutes`: the line of all of them is the last one, behind
    a line for each variant."""
    said = [*_SAID.finditer(text)]
    if not said:
        sys.exit(f"no time is said in: {text[-500:]}")
    found = said[-1]
    return 1.0 if found[1] else float(found[2]) * _UNIT_S[found[3]]


def main() -> int:
    """Measure, print, judge."""
    options = argparse.ArgumentParser(description=__doc__.split("\n")[0] if __doc__ else "")
    options.add_argument("experiments", nargs="*", default=USUAL)
    options.add_argument("--reference", action="store_true")
    given = options.parse_args()
    worst = 1.0
    for experiment in given.experiments:
        with tempfile.TemporaryDirectory() as place:
            results = Path(place, "results")
            if given.reference:
                shutil.copytree(REFERENCE / experiment, results)
                first = "reference run"
            else:
                first = f"first {bench(experiment, results)[1]:.0f} s"
            expected_s = said_s(bench(experiment, results, "run.fresh=true", "--dry-run")[0])
            _, second_s = bench(experiment, results, "run.fresh=true")
        factor = max(expected_s / second_s, second_s / expected_s)
        worst = max(worst, factor)
        print(
            f"{experiment}: {first}, said {expected_s:.0f} s,"
            f" took {second_s:.0f} s, factor {factor:.2f}",
            flush=True,
        )
    print(f"limit {LIMIT}")
    return 0 if worst <= LIMIT else 1


if __name__ == "__main__":
    sys.exit(main())
