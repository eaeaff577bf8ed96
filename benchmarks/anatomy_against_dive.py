"""`dockbench inspect` against the real dive, on images that this benchmark makes itself.

    .venv/bin/python -m benchmarks.anatomy_against_dive [--pairs 5] [--images 100mb 400mb]

Each side is a process of its own, timed from start to exit, one after the other in an order drawn
from a seed. Ours reads the image in the engine's folders, through the engine's export and as an
archive on disk; dive (`--ci`) through the engine and as the same archive. Prints the medians over
the pairs and the peak of our memory, and exits with 1 if a target is missed:

- from readable directories: at least 6 times faster than dive through the engine;
- through the export: at most 1.15 of dive's time through the engine;
- archive: at most 1.0 of dive's time;
- memory: at most 300 bytes for each entry and 100 MiB.
"""

from __future__ import annotations

import argparse
import os
import random
import subprocess
import sys
import tempfile
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from statistics import median

from benchmarks.made_images import IMAGES, Loaded, loaded
from runner.engine.connect import connect
from runner.model.progress import Silent

FASTER_FROM_FOLDERS = 6.0
SLOWEST_EXPORT = 1.15
SLOWEST_ARCHIVE = 1.0
BYTES_FOR_AN_ENTRY = 300
BYTES_AT_ALL = 100 << 20

FOLDERS, EXPORT, ARCHIVE = "ours, folders", "ours, export", "ours, archive"
DIVE_ENGINE, DIVE_ARCHIVE = "dive, engine", "dive, archive"

_WATCH = """\
import resource, subprocess, sys, time
started = time.perf_counter()
status = subprocess.call(sys.argv[1:])
took_s = time.perf_counter() - started
peak_kib = resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss
print(took_s, peak_kib, status, file=sys.stderr)
"""
"""Runs a command from a small process: a child's peak never reads lower than its parent's size."""


@dataclass
class Runs:
    """What the runs of one command took."""

    seconds: list[float] = field(default_factory=list)
    peak_bytes: list[int] = field(default_factory=list)

    @property
    def median_s(self) -> float:
        return median(self.seconds)


@dataclass(frozen=True)
class Verdict:
    """One target: what was reached, and whether that is enough."""

    what: str
    reached: str
    target: str
    met: bool


def commands(image: Loaded) -> dict[str, list[str]]:
    """The command of each side."""
    here = Path(sys.executable)
    inspect = [str(here.with_name("dockbench")), "inspect", "--json", "-"]
    dive = [str(here.with_name("dive")), "--ci"]
    tag, archive = image.made.tag, str(image.archive)
    return {
        FOLDERS: [*inspect, tag],
        EXPORT: [str(here), "-m", "benchmarks.through_export", tag],
        ARCHIVE: [*inspect, archive],
        DIVE_ENGINE: [*dive, tag],
        DIVE_ARCHIVE: [*dive, "--source", "docker-archive", archive],
    }


def run_once(command: Sequence[str], environment: dict[str, str]) -> tuple[float, int]:
    """Wall seconds and peak resident bytes of a command that must do its work."""
    done = subprocess.run(
        [sys.executable, "-I", "-S", "-c", _WATCH, *command],
        env=environment,
        stdin=subprocess.DEVNULL,
        capture_output=True,
        check=True,
    )
    took_s, peak_kib, status = done.stderr.split()[-3:]
    # dive ends with 1 where its own rules find too much waste.
    did_its_work = b"wastedBytes" in done.stdout if "--ci" in command else int(status) == 0
    if not did_its_work:
        said = (done.stdout + done.stderr).decode(errors="replace")
        raise SystemExit(f"{' '.join(command)} failed:\n{said[-2000:]}")
    return float(took_s), int(peak_kib) * 1024


def measure(
    image: Loaded, environment: dict[str, str], pairs: int, chance: random.Random
) -> dict[str, Runs]:
    """Run every side once to warm up, then `pairs` times in a drawn order."""
    sides = commands(image)
    runs = {name: Runs() for name in sides}
    for command in sides.values():
        run_once(command, environment)
    for pair in range(pairs):
        for name in chance.sample(list(sides), len(sides)):
            took_s, peak_bytes = run_once(sides[name], environment)
            runs[name].seconds.append(took_s)
            runs[name].peak_bytes.append(peak_bytes)
        done = ", ".join(f"{name} {run.seconds[-1]:.2f} s" for name, run in runs.items())
        print(f"{image.made.name} {pair + 1}/{pairs}: {done}", file=sys.stderr)
    return runs


def judge(image: Loaded, runs: dict[str, Runs]) -> list[Verdict]:
    """Hold the runs against the targets."""
    faster = runs[DIVE_ENGINE].median_s / runs[FOLDERS].median_s
    export = runs[EXPORT].median_s / runs[DIVE_ENGINE].median_s
    archive = runs[ARCHIVE].median_s / runs[DIVE_ARCHIVE].median_s
    allowed = BYTES_AT_ALL + BYTES_FOR_AN_ENTRY * image.entries
    verdicts = [
        Verdict(
            "folders",
            f"{faster:.1f} times faster",
            f">= {FASTER_FROM_FOLDERS:.0f}",
            faster >= FASTER_FROM_FOLDERS,
        ),
        Verdict("export", f"{export:.2f} of dive", "<= 1.15", export <= SLOWEST_EXPORT),
        Verdict("archive", f"{archive:.2f} of dive", "<= 1.00", archive <= SLOWEST_ARCHIVE),
    ]
    for name in (FOLDERS, EXPORT, ARCHIVE):
        peak = max(runs[name].peak_bytes)
        verdicts.append(
            Verdict(
                f"memory, {name.removeprefix('ours, ')}",
                f"{peak / 1e6:.0f} MB",
                f"<= {allowed / 1e6:.0f} MB",
                peak <= allowed,
            )
        )
    return verdicts


def report(image: Loaded, runs: dict[str, Runs], verdicts: list[Verdict]) -> None:
    """Print one image's table."""
    print(f"\n{image.made.name}: {image.entries} entries, {image.archive.stat().st_size} bytes")
    for name, run in runs.items():
        peak = max(run.peak_bytes) / 1e6
        print(f"  {name:14} {run.median_s:8.3f} s  {min(run.seconds):8.3f} s  {peak:7.0f} MB")
    for verdict in verdicts:
        mark = "ok    " if verdict.met else "MISSED"
        print(f"  {mark} {verdict.what:16} {verdict.reached:>20}  ({verdict.target})")


def main() -> int:
    """Make the images, measure, print, judge."""
    options = argparse.ArgumentParser(description=(__doc__ or "").split("\n")[0])
    options.add_argument("--pairs", type=int, default=5)
    options.add_argument("--seed", type=int, default=0)
    options.add_argument("--images", nargs="*", choices=[made.name for made in IMAGES])
    given = options.parse_args()
    engine = connect(Silent())
    environment = {**os.environ, "DOCKER_HOST": engine.address, "CI": "true"}
    missed = 0
    print("command            median      fastest     peak")
    for made in IMAGES:
        if given.images and made.name not in given.images:
            continue
        with (
            tempfile.TemporaryDirectory(prefix="dockbench-benchmark-") as folder,
            loaded(made, engine, Path(folder)) as image,
        ):
            runs = measure(image, environment, given.pairs, random.Random(given.seed))
            verdicts = judge(image, runs)
            report(image, runs, verdicts)
            missed += sum(not verdict.met for verdict in verdicts)
    engine.client.close()
    print(f"\n{missed} target(s) missed" if missed else "\nall targets met")
    return 1 if missed else 0


if __name__ == "__main__":
    raise SystemExit(main())
