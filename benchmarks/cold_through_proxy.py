"""Cold builds of one variant through the caching proxy and directly, in turns: median and spread.

    .venv/bin/python -m benchmarks.cold_through_proxy [--trials 10] [DIRECTORY]

Records of earlier runs in DIRECTORY count; the two go on in turns until each has its trials. Run it
with nothing else running: on a busy machine the processors decide, not the network.
"""

from __future__ import annotations

import argparse
import statistics
import subprocess
import sys
import tempfile
from pathlib import Path

from runner.model.paths import ResultPaths
from runner.model.record import Status
from runner.store.records import RecordStore

MODES = ("cached", "direct")
VARIANT = ("base=slim", "deps=locked", "cache=flags", "run.floor=false")


def main() -> int:
    """Measure, print a row for each mode; 0 if the proxy is no slower and no less steady."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("directory", nargs="?", default="")
    parser.add_argument("--trials", type=int, default=10)
    options = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="dockbench-") as scratch:
        root = Path(options.directory or scratch)
        for trial in range(options.trials):
            for mode in MODES if trial % 2 else MODES[::-1]:
                measure(root / mode, mode, trial + 1)
        rows = {mode: cold_s(root / mode) for mode in MODES}
    for mode, values in rows.items():
        print(
            f"{mode:7} n={len(values):2} median {statistics.median(values):6.2f} s"
            f"  spread {spread(values):5.1%}  {min(values):.1f} to {max(values):.1f} s"
        )
    better = statistics.median(rows["cached"]) <= statistics.median(rows["direct"])
    return 0 if better and spread(rows["cached"]) <= spread(rows["direct"]) else 1


def measure(results: Path, mode: str, trials: int) -> None:
    """One more trial, with a command of its own."""
    command = [sys.executable, "-m", "runner", "bench", *VARIANT, f"network={mode}"]
    command += [f"run.results={results}", f"run.trials={trials}"]
    subprocess.run(command, check=True, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)


def cold_s(results: Path) -> list[float]:
    """The cold builds of every trial that passed."""
    records = RecordStore(ResultPaths(results)).read_all()
    good = [record for record in records if record.status is Status.ok]
    return [item.duration_s for record in good for item in record.scenarios if item.name == "cold"]


def spread(values: list[float]) -> float:
    """Quartile range over median."""
    low, median, high = statistics.quantiles(values, n=4)
    return (high - low) / median


if __name__ == "__main__":
    sys.exit(main())
