"""Measures the alternatives of a comparison one after the other, as far as the budget goes."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence

from runner.compare.budget import OVERTIME, Budget, BudgetOverError
from runner.model.record import Record, Status
from runner.store.records import RecordStore
from runner.sweep.forecast import duration
from runner.sweep.measure import is_done, measure
from runner.sweep.prepare import ReadyVariant
from runner.sweep.process import Process
from runner.sweep.workshop import Workshop
from runner.trial.plan import Reference

WORTH_SAYING_S = 1.0
"""Waiting for less is not told."""
_MOST_NAMED = 3


class Alternatives:
    """What is to be measured, in the order in which it is."""

    def __init__(
        self,
        variants: Sequence[ReadyVariant],
        sources: Mapping[str, str],
        workshop: Workshop,
        process: Process,
        budget: Budget,
        roots: Collection[str] = (),
    ) -> None:
        """`sources` maps each improvement to the Dockerfile that it is one of; `roots` are the
        project's Dockerfiles as they are."""
        self.variants = variants
        self.roots = roots or (variants[0].variant.name,)
        self.sources = sources
        self.workshop = workshop
        self.process = process
        self.budget = budget
        self.store = RecordStore(variants[0].results)
        self.records: dict[str, Record] = {}
        """Name → the newest record on this engine."""
        self.measured = 0
        self.late: list[str] = []

    def measure(self) -> None:
        """A trial of each alternative that is not measured yet.

        Improvements of a Dockerfile that fails would all fail alike: they are not built. Where all
        sources have failed, or the first step of a ladder that has none, nothing further is. What
        does not fit into the rest of the budget is not begun; what is quicker may still be.
        """
        todo = self.missing()
        self.process.expected_s = [self.expected_s(item) for item in todo]
        for item in todo:
            if self.is_hopeless(item):
                self.process.skip()
            elif self.budget.fits(self.expected_s(item)):
                self.measure_one(item)
            else:
                self.late.append(item.variant.name)
                self.process.skip()
        self.tell_end()

    def is_hopeless(self, item: ReadyVariant) -> bool:
        """Whether what it starts from has failed; of the ladder, whether every source has."""
        name = item.variant.name
        if name in self.sources:
            source = self.records.get(self.sources[name])
            return source is not None and source.status is not Status.ok
        if name in self.roots:
            return False
        before = [self.records[root] for root in self.roots if root in self.records]
        return bool(before) and all(record.status is not Status.ok for record in before)

    def also(self, item: ReadyVariant) -> None:
        """One more, which could only be written once others were measured."""
        if is_done(item, self.workshop, self.store):
            return
        if self.budget.fits(self.expected_s(item)):
            self.measure_one(item)
        else:
            self.process.progress.note(f"{item.variant.name} is not measured: --budget is over")

    def missing(self) -> list[ReadyVariant]:
        """Those without a record that counts; says how many have one."""
        newest = {
            record.variant_id: record
            for record in self.store.read_all()
            if record.provenance.engine.id == self.workshop.info.id
        }
        todo = []
        for item in self.variants:
            if is_done(item, self.workshop, self.store):
                self.records[item.variant.name] = newest[item.variant_id]
            else:
                todo.append(item)
        if len(todo) < len(self.variants):
            self.process.progress.note(
                f"{len(self.variants) - len(todo)} of {len(self.variants)} measured on this engine"
                " before; run.fresh=true measures them again"
            )
        return todo

    def expected_s(self, item: ReadyVariant) -> float | None:
        """How long a trial should take: as this variant's did before, else as that of the
        Dockerfile that it is an edit of; None where neither is known."""
        known = self.store.typical_s(item.variant.name, item.variant_id)
        source = self.records.get(self.sources.get(item.variant.name, ""))
        return known if known is not None or source is None else source.elapsed_s

    def measure_one(self, item: ReadyVariant) -> None:
        """One trial; the first is not ended by the budget, so that every command gets on."""
        name = item.variant.name
        self.process.reference = self.reference(item)
        self.budget.ask()
        try:
            record = measure(
                item,
                self.workshop,
                self.process,
                inside=self.budget.trial(bounded=self.measured > 0),
            )
        except BudgetOverError:
            self.late.append(name)
            self.process.progress.note(
                f"{name} was ended, and leaves no record: it ran beyond --budget by {OVERTIME:.0%}"
                " of it"
            )
            return
        self.measured += 1
        self.records[name] = record

    def reference(self, item: ReadyVariant) -> Reference | None:
        """What its size is told against: the Dockerfile that it is an edit of, else the first
        alternative that passed; None for the first itself."""
        name = self.sources.get(item.variant.name, "")
        first = next((x for x in self.records.values() if x.status is Status.ok), None)
        record = self.records.get(name, first)
        if record is None or record.sizes is None:
            return None
        return Reference(record.name, record.sizes.unpacked_bytes)

    def tell_end(self) -> None:
        """Say what was waited for, and what the budget was too short for."""
        if self.budget.waited_s >= WORTH_SAYING_S:
            self.process.progress.note(
                f"waited {duration(self.budget.waited_s)} for other trials on this engine, which"
                " --budget does not count"
            )
        if not self.late:
            return
        others = len(self.late) - _MOST_NAMED
        named = ", ".join(self.late[:_MOST_NAMED]) + (f" and {others} more" if others > 0 else "")
        left_s = self.budget.left_s
        why = "is over" if left_s <= 0 else f"has {duration(left_s)} left, and they need longer"
        self.process.progress.note(
            f"{len(self.late)} of {len(self.variants)} alternatives are not measured ({named}):"
            f" --budget {why}; the same command goes on with them"
        )
