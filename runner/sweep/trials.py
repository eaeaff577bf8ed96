"""The trials of a sweep: which there are, which of them are missing, and how long those take."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from runner.model.paths import ResultPaths
from runner.store.records import RecordStore
from runner.sweep.blocks import blocks
from runner.sweep.forecast import NEVER_BEGUN, Pending, forecast
from runner.sweep.measure import is_done, needs_warming, network_of
from runner.sweep.overrides import quoted
from runner.sweep.plan import PlannedVariant
from runner.sweep.prepare import ReadyVariant
from runner.sweep.process import Process
from runner.sweep.session import Session


@dataclass(frozen=True)
class Trial:
    """One trial of one variant, and what its job is told."""

    item: ReadyVariant
    trial: int

    @property
    def name(self) -> str:
        """Of the variant, for people."""
        return self.item.variant.name

    @property
    def overrides(self) -> list[str]:
        """The variant's own, which trial it is, and what must not depend on where the job runs."""
        results = quoted(str(Path(self.item.results.root).absolute()))
        subdir = f"{self.item.variant_id}/{self.trial:03}"
        return [
            *self.item.planned.overrides,
            f"job.trial={self.trial}",
            f"run.results={results}",
            f"hydra.sweep.subdir={subdir}",
        ]


class Trials:
    """Those of one sweep, held against the records that are there."""

    def __init__(self, process: Process) -> None:
        self.process = process
        self._stores: dict[ResultPaths, RecordStore] = {}

    def missing(
        self,
        variants: Sequence[ReadyVariant],
        planned: Sequence[PlannedVariant],
        session: Session,
    ) -> list[list[Trial]]:
        """The blocks of trials, less those that are done; says how much that is."""
        every = [
            [Trial(item, trial) for item in block]
            for trial, block in enumerate(_in_order(variants, planned))
        ]
        left = [
            [
                one
                for one in block
                if not is_done(one.item, session, self.store(one.item.results), one.trial)
            ]
            for block in every
        ]
        count, todo = sum(map(len, every)), [one for block in left for one in block]
        if len(todo) < count:
            self.process.progress.note(
                f"{count - len(todo)} of {count} measured on this engine before;"
                " run.fresh=true measures them again"
            )
        firsts = {one.item.variant_id: one for one in reversed(todo)}
        pending = [
            self._pending(one, session, first=one is firsts[one.item.variant_id]) for one in todo
        ]
        if todo:
            usual = Pending(*self.store(todo[0].item.results).usual())
            self.process.progress.note(f"to measure: {forecast(pending, usual)}")
        self.process.expected_s = [one.expected_s for one in pending]
        return [block for block in left if block]

    def _pending(self, one: Trial, session: Session, first: bool) -> Pending:
        """What earlier records tell about a trial; before the first one of a variant, packages are
        fetched."""
        item, store = one.item, self.store(one.item.results)
        if item.end is not None:
            return NEVER_BEGUN
        unfetched = first and needs_warming(item, session, network_of(item, session))
        cold_s = store.typical_cold_s(one.name, item.variant_id) if unfetched else None
        return Pending(
            store.typical_s(one.name, item.variant_id),
            store.typical_bytes(one.name, item.variant_id),
            untimed_s=cold_s or 0.0,
        )

    def store(self, results: ResultPaths) -> RecordStore:
        """The records of a result directory."""
        return self._stores.setdefault(results, RecordStore(results))


def _in_order(
    variants: Sequence[ReadyVariant], planned: Sequence[PlannedVariant]
) -> list[list[ReadyVariant]]:
    """For each trial the variants in their order among all that were planned, which is what a dry
    run tells; some of these are the same variant as another one, or cannot be built."""
    run = planned[0].config.run
    kept = {id(item.planned): item for item in variants}
    return [
        [kept[id(one)] for one in block if id(one) in kept]
        for block in blocks(planned, run.trials, run.seed, run.shuffle)
    ]
