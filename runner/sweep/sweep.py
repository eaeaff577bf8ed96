"""A sweep: what is asked for, and what became of each trial.

It plans, hands one block of trials after the other to Hydra's launcher, and remembers in the
process how they ended. Hydra is behind `HydraPort`; the tests play it.
"""

from __future__ import annotations

import logging
import os
from collections.abc import Sequence
from pathlib import Path

from runner.model.errors import (
    KEPT,
    ConstraintError,
    DockbenchError,
    EngineError,
    StoreError,
)
from runner.model.paths import ResultPaths
from runner.model.record import Record
from runner.model.redact import redacted
from runner.store.atomic import write_text
from runner.sweep.dry import DryRun
from runner.sweep.hydra_port import HydraPort
from runner.sweep.job import JobEnd, VariantFailedError, metrics
from runner.sweep.measure import (
    distinct,
    prepared,
    refuse_results_inside,
)
from runner.sweep.plan import PlannedVariant, expand, refuse_equal_names
from runner.sweep.prepare import ReadyVariant, write_dockerfile
from runner.sweep.process import Process
from runner.sweep.rejections import Refusal, first_refusal, no_base, nothing_but
from runner.sweep.resolved import resolved
from runner.sweep.session import Session, check_project
from runner.sweep.trials import Trial, Trials

log = logging.getLogger(__name__)

FATAL = (EngineError, StoreError)
"""What makes going on pointless."""


class Sweep:
    """One call of `dockbench bench`, unless the user chose another sweeper."""

    def __init__(self, hydra: HydraPort, process: Process) -> None:
        log.debug("sweep: this is process %d", os.getpid())
        self.hydra = hydra
        self.process = process
        self.progress = process.progress
        self.asked: list[tuple[ResultPaths, list[str]]] = []
        """Where the results of each combination of the arguments go."""
        self.trials = Trials(process)
        self.told = 0

    def run(self, arguments: Sequence[str], params: dict[str, str]) -> list[object]:
        """Measure every trial that is missing; returns the metrics of those that succeeded.

        Raises `ConfigError` for what cannot be asked, `ConstraintError` or `BaseError` if nothing
        at all could be measured (then nothing is written), and another `DockbenchError` for what
        makes going on pointless.
        """
        found = self.planned(arguments, params)
        if not found:
            raise nothing_but(self.process.refused)
        if found[0].config.run.dry:
            self.process.plan += DryRun(self.process).tell(found)
            return []
        session = self.process.session(found[0].config.engine.prefer.value)
        self.tell_refusals()
        variants = distinct(self.prepared(found, session), self.process)
        if error := no_base(variants):
            raise error
        if not variants:
            raise nothing_but(self.process.refused)
        self.write_configurations(variants)
        return self.measure(self.trials.missing(variants, found, session))

    # ---- what there is to measure ----

    def planned(self, arguments: Sequence[str], params: dict[str, str]) -> list[PlannedVariant]:
        """Every variant, those left out whose levels contradict each other."""
        found: list[PlannedVariant] = []
        for request in self.hydra.requests(arguments, params):
            config = self.hydra.compose(request.overrides)
            self.asked.append((ResultPaths(Path(config.run.results)), request.overrides))
            expansion = expand(
                config, request.overrides, self.hydra.compose, self.hydra.values, request.varied
            )
            if expansion.excluded:
                self.progress.note(
                    f"{expansion.excluded} combinations left out by experiment.exclude"
                )
            found += self.consistent(expansion.variants, whole=bool(config.experiment.path))
        refuse_equal_names(found)
        for variant in found:
            check_project(variant.config.project)
            refuse_results_inside(ResultPaths(Path(variant.config.run.results)), variant)
        return found

    def consistent(
        self, variants: Sequence[PlannedVariant], whole: bool
    ) -> Sequence[PlannedVariant]:
        """The variants whose levels do not contradict each other; of a path all or none."""
        if whole:
            refusal = first_refusal(variants)
            self.process.refused += [refusal] if refusal else []
            return [] if refusal else variants
        kept = []
        for variant in variants:
            if refusal := first_refusal([variant]):
                self.process.refused.append(refusal)
            else:
                kept.append(variant)
        return kept

    def prepared(self, planned: Sequence[PlannedVariant], session: Session) -> list[ReadyVariant]:
        """Bases present, projects materialised, Dockerfiles rendered: all before any clock.

        A variant that needs a trace where none can be made is refused; the others go on.
        """
        variants = []
        for variant in planned:
            try:
                variants.append(prepared(session, variant))
            except ConstraintError as error:
                self.process.refused.append(Refusal(variant.name, str(error)))
        self.tell_refusals()
        return variants

    def tell_refusals(self) -> None:
        """Say what is skipped, each once."""
        for refusal in self.process.refused[self.told :]:
            self.progress.note(f"skipped {refusal.name}: {refusal.reason}")
        self.told = len(self.process.refused)

    # ---- measuring ----

    def write_configurations(self, variants: Sequence[ReadyVariant]) -> None:
        """Leave in each result directory what was asked for."""
        for results in dict.fromkeys(item.results for item in variants):
            asked = [overrides for where, overrides in self.asked if where == results]
            told = resolved(self.hydra.resolved(asked[0]), asked)
            write_text(results.experiment, redacted(told), results.root)
            self.process.touch(results)
        self.hydra.write_multirun()

    def measure(self, left: Sequence[Sequence[Trial]]) -> list[object]:
        """Launch one block after the other; returns the metrics of the trials that succeeded."""
        found: list[object] = []
        launched = 0
        for block in left:
            ends = self.launched(block, launched)
            launched += len(block)
            self.process.launched = launched
            for one, end in zip(block, ends, strict=True):
                self.take_in(one, end)
                if end.record is not None and end.error is None:
                    found.append(metrics(end.record))
            if fatal := next((end.error for end in ends if isinstance(end.error, FATAL)), None):
                raise fatal
        return found

    def launched(self, block: Sequence[Trial], first: int) -> list[JobEnd]:
        """How each trial of a block ended.

        Raises `DockbenchError` where the launcher itself failed, one of its workers died for one.
        """
        try:
            return self.hydra.launch([one.overrides for one in block], first)
        except DockbenchError:
            raise
        except Exception as error:
            raise DockbenchError(
                f"hydra/launcher={self.hydra.launcher_name} failed"
                f" ({type(error).__name__}: {' '.join(str(error).split())[:300]}): {KEPT}"
            ) from error

    def take_in(self, one: Trial, end: JobEnd) -> None:
        """Remember how a trial ended; a record that was written on another machine comes home."""
        if end.record is not None:
            log.debug("%s, trial %d: %s", one.name, one.trial, dict(metrics(end.record)))
            self.bring_home(end.record, one.item)
        if end.error is None or isinstance(end.error, FATAL):
            return
        if isinstance(end.error, VariantFailedError):
            self.process.failed.append(end.error.record)
        elif isinstance(end.error, ConstraintError):
            self.process.refused.append(Refusal(one.name, str(end.error)))
            self.tell_refusals()
        else:
            why = " ".join(str(end.error).split()) or type(end.error).__name__
            self.process.unmeasured.append((f"{one.name}, trial {one.trial}", why))
            self.progress.note(f"{one.name}: not measured: {why}")

    def bring_home(self, record: Record, item: ReadyVariant) -> None:
        """Write a record that is not here yet, and the Dockerfile that was built."""
        store = self.trials.store(item.results)
        if not store.holds(record):
            write_dockerfile(item, item.results)
            store.write(record)
