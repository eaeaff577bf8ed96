"""What a sweep adds to each job, outside builds and checks: composing, records, Hydra's own files.

    .venv/bin/python -m benchmarks.sweep_overhead [--jobs 40]

Hydra, the sweeper, the basic launcher and the store are real; the engine is played, and a trial
takes no time. The time of a short sweep is subtracted from that of a long one, so what happens once
does not count. Exits with 1 above the limit.
"""

from __future__ import annotations

import argparse
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import cast
from unittest.mock import patch

from runner.engine.connect import Preference
from runner.engine.port import Engine
from runner.model.engine import BaseImage, EngineInfo
from runner.model.levels import Base, Provider
from runner.model.paths import CachePaths
from runner.model.record import Record
from runner.sweep import app
from runner.sweep.process import Process, process
from runner.sweep.progress import SilentSweep
from runner.sweep.session import Session
from runner.trial.check_plan import read_check
from runner.trial.plan import TrialPlan
from tests.unit.records import ENGINE, record

LIMIT_S = 0.5
SHORT = 2


class NoEngine:
    """Says what it is, and can do nothing."""

    def info(self) -> EngineInfo:
        return ENGINE


def session(found: Process, prefer: Preference) -> Session:
    """One without an engine."""
    if prefer not in found.sessions:
        found.sessions[prefer] = Session(cast(Engine, NoEngine()), found.progress, found.cache)
    return found.sessions[prefer]


def provide(base: Base, *_: object) -> BaseImage:
    """Any base."""
    return BaseImage(base.image, "sha256:a", "sha256:a", Provider.registry, ("sha256:a",), "apt")


def run_trial(plan: TrialPlan, **_: object) -> Record:
    """A good record, at once."""
    check = read_check(plan.project.check, plan.project.port, plan.experiment_folder)
    return replace(
        record(plan.variant.name, levels=plan.variant.levels.names()),
        variant_id=plan.variant_id,
        trial=plan.trial,
        check_digest=check.digest,
    )


@contextmanager
def played() -> Iterator[None]:
    """No engine is asked, and nothing is built."""
    with (
        patch("runner.sweep.session.provide", provide),
        patch("runner.sweep.measure.run_trial", run_trial),
        patch.object(Process, "session", session),
        patch.object(Session, "close", lambda _: None),
    ):
        yield


def sweep_s(jobs: int) -> float:
    """How long a sweep of so many jobs takes, in seconds."""
    with tempfile.TemporaryDirectory() as place, played():
        cache = CachePaths(Path(place) / "cache")
        asked = [
            "network=direct",
            "project.parts=[]",
            f"run.results={place}/results",
            f"run.trials={jobs // SHORT}",
        ]
        begun = time.perf_counter()
        with process(SilentSweep(), cache):
            app.run(["-m", "cache=keep,flags", *asked])
        took_s = time.perf_counter() - begun
        assert len(list(Path(place, "results", "records").iterdir())) == jobs
        return took_s


def main() -> int:
    """Measure, print, judge."""
    options = argparse.ArgumentParser(description=__doc__.split("\n")[0] if __doc__ else "")
    options.add_argument("--jobs", type=int, default=40)
    jobs = options.parse_args().jobs // SHORT * SHORT
    sweep_s(SHORT)
    short_s, long_s = sweep_s(SHORT), sweep_s(jobs)
    each_s = (long_s - short_s) / (jobs - SHORT)
    print(f"{jobs} jobs {long_s:.2f} s, {SHORT} jobs {short_s:.2f} s: {each_s:.3f} s each")
    print(f"limit {LIMIT_S} s")
    return 0 if each_s <= LIMIT_S else 1


if __name__ == "__main__":
    sys.exit(main())
