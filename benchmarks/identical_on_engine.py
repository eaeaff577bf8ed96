"""Twelve identical variants on a real engine, five trials each, and one that is made 10 % slower.

    .venv/bin/python -m benchmarks.identical_on_engine [--wait 8] [RESULTS_DIR]

Each variant is a page on a base of busybox whose cold build is mostly one step that waits, so what
differs between them is the engine's and the machine's noise; the last one waits longer by 10 % of a
whole build. Trials run in shuffled blocks on the engine that answers, each build its turn. Prints
the verdicts of all pairs of the twelve, and of the slower one against each of them. Exits with 1 if
a pair of identical variants is called different or the slower one is not found. The records stay
in the directory if one is given: `benchmarks.identical_variants RESULTS_DIR` resamples their noise.
"""

from __future__ import annotations

import argparse
import shutil
import sys
import tempfile
from collections import Counter
from collections.abc import Sequence
from dataclasses import replace
from itertools import combinations
from pathlib import Path

from runner.analysis.findings import find
from runner.analysis.statistics import Blocks, Verdict, least_difference, paired_ratio, verdict
from runner.analysis.times import blocks_of
from runner.engine.connect import connect
from runner.engine.docker.engine import DockerEngine
from runner.model.paths import CachePaths, ResultPaths
from runner.model.progress import Silent
from runner.model.record import Record, Status
from runner.store.records import RecordStore
from runner.sweep.blocks import blocks
from runner.sweep.progress import LinesOnStderr
from runner.trial.engine_lock import turn
from tests.engine.conftest import build_tiny
from tests.engine.debian import unpacked
from tests.engine.trials import SERVE, plan_of, run, write_project

IDENTICAL, TRIALS, SLOWER = 12, 5, 0.1
DOCKERFILE = (
    "ARG BASE_IMAGE=nowhere/none\nFROM ${{BASE_IMAGE}}\nCOPY www /www\n"
    f"RUN sleep {{wait_s:.3f}} && echo well > /www/health\n{SERVE}"
)


def write_variant(folder: Path, wait_s: float) -> Path:
    """The project of one variant."""
    write_project(folder, DOCKERFILE.format(wait_s=wait_s))
    return folder


def measure(engine: DockerEngine, folder: Path, tiny: str, trial: int) -> Record:
    """One trial of a variant, when it is its turn."""
    with turn(CachePaths.default(), engine.info().id, LinesOnStderr(), wait_s=7200):
        record = run(engine, replace(plan_of(engine, folder, tiny), trial=trial), folder)
    assert record.status is Status.ok, record.failure
    return record


def verdicts(found: Blocks, pairs: Sequence[tuple[str, str]]) -> Counter[Verdict | None]:
    """How often each verdict is given, on the second of a pair compared with the first."""
    least = least_difference(found, 0)
    ratios = [paired_ratio(found, other, one, 0) for one, other in pairs]
    return Counter(verdict(ratio, least) if ratio else None for ratio in ratios)


def told(counts: Counter[Verdict | None]) -> str:
    """`no difference 60, inconclusive 6`."""
    return ", ".join(f"{one.value if one else 'none'} {count}" for one, count in counts.items())


def main() -> int:
    """Measure, print, judge."""
    options = argparse.ArgumentParser(description="identical variants on a real engine")
    options.add_argument("--wait", type=float, default=8.0, help="seconds of each build")
    options.add_argument("results", nargs="?", type=Path)
    given = options.parse_args()
    engine = connect(Silent())
    assert isinstance(engine, DockerEngine)
    with tempfile.TemporaryDirectory() as name:
        place = Path(name)
        tiny = build_tiny(
            engine, (unpacked("busybox-static") / "bin" / "busybox").read_bytes(), place
        )
        variants = [write_variant(place / f"v{n:02}", given.wait) for n in range(IDENTICAL)]
        whole_s = measure(engine, variants[0], tiny, 0).scenarios[0].duration_s
        slower = write_variant(place / "slower", given.wait + SLOWER * whole_s)
        store = RecordStore(ResultPaths(place / "records"))
        for trial, block in enumerate(blocks([*variants, slower], TRIALS, seed=0)):
            for folder in block:
                store.write(measure(engine, folder, tiny, trial))
        found = blocks_of(find(store.read_all()), "cold_s")
        if given.results:
            shutil.copytree(place / "records", given.results)
    same, slow = [folder.name for folder in variants], slower.name
    assert set(found[0]) == {*same, slow}
    pairs = verdicts(found, list(combinations(same, 2)))
    slowed = verdicts(found, [(one, slow) for one in same])
    print(f"{IDENTICAL} identical variants, {TRIALS} trials, a build takes {whole_s:.1f} s")
    print(f"{pairs.total()} pairs of identical variants: {told(pairs)}")
    print(f"the one that takes {SLOWER:.0%} longer, against each of them: {told(slowed)}")
    wrong = pairs[Verdict.faster] + pairs[Verdict.slower]
    return 0 if not wrong and slowed[Verdict.slower] else 1


if __name__ == "__main__":
    sys.exit(main())
