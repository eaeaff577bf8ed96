"""Measures the alternatives of a comparison one after the other, as far as the budget goes."""

from __future__ import annotations

import re
from collections.abc import Callable, Collection, Mapping, Sequence

from runner.compare.budget import OVERTIME, Budget, BudgetOverError
from runner.model.record import Failure, Record, Status
from runner.model.text import first_of
from runner.store.records import RecordStore
from runner.sweep.blocks import blocks
from runner.sweep.forecast import duration
from runner.sweep.measure import is_done, measure
from runner.sweep.prepare import ReadyVariant
from runner.sweep.process import Process
from runner.sweep.session import Session
from runner.trial.plan import Reference

LONGER = 2.0
"""What is not known of a further Dockerfile of a project may take so many times as long."""
WORTH_SAYING_S = 1.0
"""Waiting for less is not told."""
_MOST_NAMED = 3
_NO_LIBRARY = re.compile(
    r"Error loading shared library|Error relocating |cannot open shared object file"
)
"""What the loaders of musl and of glibc say."""
Doubts = Callable[[ReadyVariant], bool]
"""Whether what was measured failed, and is to be looked into."""


def _doubts_nothing(_: ReadyVariant) -> bool:
    return False


class Alternatives:
    """What is to be measured, in the order in which it is."""

    def __init__(
        self,
        variants: Sequence[ReadyVariant],
        sources: Mapping[str, str],
        session: Session,
        process: Process,
        budget: Budget,
        roots: Collection[str] = (),
        trials: int = 1,
        further: Collection[str] = (),
    ) -> None:
        """`sources` maps each improvement to the Dockerfile that it is one of; `roots` are the
        project's Dockerfiles as they are, and `further` those of them that only have what time
        others clearly leave. Each is measured `trials` times."""
        self.trials = trials
        self.further = further
        self.variants = variants
        self.roots = roots or (variants[0].variant.name,)
        self.sources = sources
        self.session = session
        self.process = process
        self.budget = budget
        self.store = RecordStore(variants[0].results)
        self.records: dict[str, Record] = {}
        """Name → the newest record on this engine."""
        self.begun: set[str] = set()
        """What was measured before all the others were made ready."""
        self.measured = 0
        self.told_known = False
        self.late: list[str] = []

    def begin(self) -> None:
        """A trial of the first one that can be built: something is known then, while the bases of
        all others are made."""
        item = next((item for item in self.variants if item.end is None), None)
        if item is None or self.is_known(item, 0):
            return
        self.process.tells_early = True
        try:
            self.measure_one(item)
        finally:
            self.process.tells_early = False
        self.begun.add(item.variant.name)

    def none_passed(self) -> bool:
        """Whether all that there are by now were tried and failed: no edit of them is built, and
        what is learnt from that may change all."""
        found = [self.records.get(item.variant.name) for item in self.variants]
        return all(record is not None and record.status is not Status.ok for record in found)

    def extend(
        self, variants: Sequence[ReadyVariant], sources: Mapping[str, str], roots: Collection[str]
    ) -> None:
        """All that is to be measured, when the bases of it are made."""
        self.variants, self.sources = variants, sources
        self.roots = roots or (variants[0].variant.name,)

    def measure(self, doubts: Doubts = _doubts_nothing) -> ReadyVariant | None:
        """A trial of each alternative that is not measured yet; the first that failed and is to be
        looked into before the others are built, and None where there is none.

        Improvements of a Dockerfile that fails would all fail alike: they are not built. Where all
        sources have failed, or the first step of a ladder that has none, nothing further is. What
        does not fit into the rest of the budget is not begun; what is quicker may still be.
        """
        self.late = []
        todo = [(item, trial) for trial, block in enumerate(self.missing()) for item in block]
        if known := next(filter(doubts, self.variants), None):
            return known
        self.process.expected_s = [self.expected_s(item) for item, _ in todo]
        self.process.begun = 0
        for item, trial in todo:
            if self.is_hopeless(item) or (trial and not self.passed(item)):
                self.process.skip()
            elif self.may_begin(item):
                self.measure_one(item, trial)
                if doubts(item):
                    self.process.expected_s = []
                    return item
            else:
                self.late.append(item.variant.name)
                self.process.skip()
        self.tell_end()
        return None

    def none_builds(self) -> bool:
        """Whether every Dockerfile of the project failed in its build, for want of its base or of a
        library that its base lacks."""
        found = self.of_roots()
        return bool(found) and all(
            record.status in (Status.build_failed, Status.base_failed) or _lacks_library(record)
            for record in found
        )

    def failed_checks(self) -> dict[str, Failure]:
        """Dockerfile of the project → how its check failed, where none of them passed."""
        found = self.of_roots()
        if any(record.status is Status.ok for record in found):
            return {}
        return {record.name: record.failure for record in found if record.failure is not None}

    def of_roots(self) -> list[Record]:
        """The records of the project's Dockerfiles as they are, else of the ladder's first step."""
        return [self.records[root] for root in self.roots if root in self.records]

    def passed(self, item: ReadyVariant) -> bool:
        """Whether it is worth measuring again."""
        record = self.records.get(item.variant.name)
        return record is not None and record.status is Status.ok

    def fits(self, item: ReadyVariant) -> bool:
        """Whether there is time for one more trial; what is only an estimate may take the time
        beyond the budget's end, too, in which a trial is not ended yet."""
        expected_s = self.expected_s(item)
        known = self.store.typical_s(item.variant.name, item.variant_id) is not None
        if expected_s is not None and not known:
            expected_s = max(0.0, expected_s - OVERTIME * self.budget.limit_s)
        return self.budget.fits(expected_s)

    def may_begin(self, item: ReadyVariant) -> bool:
        """Whether there is time for it, or a choice waits for it; never for an edit of a further
        Dockerfile of the project for which there was none."""
        source = self.sources.get(item.variant.name, "")
        if source in self.further and source not in self.records:
            return False
        return (self.fits(item) and self.is_clear(item)) or self.is_awaited(item)

    def is_clear(self, item: ReadyVariant) -> bool:
        """Whether there clearly is time for it: where a Dockerfile of the project has passed, a
        further one may take twice as long as the longest that did."""
        name = item.variant.name
        passed = [x for x in self.of_roots() if x.status is Status.ok]
        if name not in self.further or name in self.records or not passed:
            return True
        known_s = self.store.typical_s(name, item.variant_id)
        longest_s = max(record.elapsed_s for record in passed)
        return self.budget.left_s >= (LONGER * longest_s if known_s is None else known_s)

    def is_awaited(self, item: ReadyVariant) -> bool:
        """Whether it would be the second that passes, without which there is nothing to choose
        from: it may take as long again as all were to take."""
        passed = [record for record in self.records.values() if record.status is Status.ok]
        return len(passed) == 1 and self.budget.may_double(self.expected_s(item))

    def is_hopeless(self, item: ReadyVariant) -> bool:
        """Whether what it starts from has failed; of the ladder, whether every source has."""
        name = item.variant.name
        if name in self.sources:
            source = self.records.get(self.sources[name])
            return source is not None and source.status is not Status.ok
        if name in self.roots:
            return False
        before = self.of_roots()
        return bool(before) and all(record.status is not Status.ok for record in before)

    def also(self, item: ReadyVariant) -> bool:
        """One more, which could only be written once others were measured; False where there was
        no time for it."""
        for trial in range(self.trials):
            if self.is_known(item, trial) or (trial and not self.passed(item)):
                continue
            if not self.fits(item):
                self.process.progress.note(
                    f"{item.variant.name} is not measured: --budget has no time left for it"
                )
                return False
            self.measure_one(item, trial)
        return True

    def is_known(self, item: ReadyVariant, trial: int) -> bool:
        """Whether a trial has a record that counts; the first one's is remembered."""
        if not is_done(item, self.session, self.store, trial):
            return False
        if not trial:
            self.records[item.variant.name] = [
                record
                for record in self.store.read_all()
                if record.provenance.engine.id == self.session.info.id
                and (record.variant_id, record.trial) == (item.variant_id, trial)
            ][-1]
        return True

    def missing(self) -> list[list[ReadyVariant]]:
        """For each trial, those without a record that counts; says how many have one. The first
        trials come in the order of the alternatives, the others shuffled, so that slow drift of
        the machine falls on all alike."""
        run = self.variants[0].planned.config.run
        shuffled = blocks(self.variants, self.trials, run.seed, run.shuffle)
        every = [[x for x in self.variants if x.variant.name not in self.begun], *shuffled[1:]]
        todo = [
            [item for item in block if not self.is_known(item, trial)]
            for trial, block in enumerate(every)
        ]
        count, left = sum(map(len, every)), sum(map(len, todo))
        if left < count and not self.told_known:
            self.told_known = True
            self.process.progress.note(
                f"{count - left} of {count} measured on this engine before; run.fresh=true measures"
                " them again"
            )
        return todo

    def expected_s(self, item: ReadyVariant) -> float | None:
        """How long a trial should take: as this variant's did before, else as that of the
        Dockerfile that it is an edit of; None where neither is known."""
        known = self.store.typical_s(item.variant.name, item.variant_id)
        source = self.records.get(self.sources.get(item.variant.name, ""))
        return known if known is not None or source is None else source.elapsed_s

    def measure_one(self, item: ReadyVariant, trial: int = 0) -> None:
        """One trial; the first is not ended by the budget, so that every command gets on."""
        name = item.variant.name
        self.process.reference = self.reference(item)
        overtime = 1.0 if self.is_awaited(item) else OVERTIME
        self.budget.ask()
        try:
            record = measure(
                item,
                self.session,
                self.process,
                trial,
                inside=self.budget.trial(self.measured > 0, overtime),
            )
        except BudgetOverError:
            self.late.append(name)
            self.process.progress.note(
                f"{name} was ended, and leaves no record: it ran beyond --budget by {overtime:.0%}"
                " of it"
            )
            return
        self.measured += 1
        if not trial:
            self.records[name] = record

    def reference(self, item: ReadyVariant) -> Reference | None:
        """What its size is told against: the Dockerfile that it is an edit of, else the first
        alternative that passed; None for the first itself."""
        name = self.sources.get(item.variant.name, "")
        first = next((x for x in self.records.values() if x.status is Status.ok), None)
        record = self.records.get(name, first)
        if record is None or record.sizes is None:
            return None
        healthy_s = record.check.healthy_s if record.check else 0.0
        return Reference(record.name, record.sizes.unpacked_bytes, healthy_s)

    def tell_end(self) -> None:
        """Say what was waited for, and what the budget was too short for."""
        if self.budget.waited_s >= WORTH_SAYING_S:
            self.process.progress.note(
                f"waited {duration(self.budget.waited_s)} for other trials on this engine, which"
                " --budget does not count"
            )
        if not self.late:
            return
        late = list(dict.fromkeys(self.late))
        named = first_of(late, _MOST_NAMED)
        left_s = self.budget.left_s
        why = "is over" if left_s <= 0 else f"has {duration(left_s)} left, and they need longer"
        self.process.progress.note(
            f"{len(late)} of {len(self.variants)} alternatives are not measured ({named}):"
            f" --budget {why}; the same command goes on with them"
        )
        has_edits = any(record.status is Status.ok for record in self.of_roots())
        for name in (x for x in late if x in self.further and has_edits):
            self.process.progress.note(
                f"{name} has no record: the edits of another come first, and left too little time;"
                f" --dockerfile {name} has it built before them, a larger --budget behind them"
            )


def _lacks_library(record: Record) -> bool:
    """Whether a program found a shared library missing."""
    failure = record.failure
    return failure is not None and any(
        _NO_LIBRARY.search(line) for line in (failure.message, *failure.log_tail)
    )
