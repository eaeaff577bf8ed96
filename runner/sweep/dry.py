"""A dry run: what a sweep would measure, in which order, what is done, and what is still to come.

It needs no engine, so a variant is known by its name: what earlier records of that name took is
what it is expected to take.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from pathlib import Path

from runner.model.paths import ResultPaths
from runner.model.record import Record, Status
from runner.store.records import RecordStore
from runner.sweep.blocks import blocks
from runner.sweep.forecast import Pending, duration, forecast
from runner.sweep.plan import PlannedVariant, short_names
from runner.sweep.process import Process


class DryRun:
    """Says what there is to do, and does nothing."""

    def __init__(self, process: Process) -> None:
        self.process = process
        self.stores: dict[str, RecordStore] = {}

    def tell(self, planned: Sequence[PlannedVariant]) -> list[str]:
        """The plan, a line for each variant and one for all: builds, minutes and gigabytes."""
        lines = [f"skipped {item.name}: {item.reason}" for item in self.process.refused]
        pending: list[Pending] = []
        builds: Counter[str] = Counter()
        ordered = self.ordered(planned)
        for variant, name in zip(ordered, short_names(ordered), strict=True):
            left = self.left(variant)
            names = variant.config.scenarios
            builds.update(dict.fromkeys(names, left))
            pending += [self.expected(variant)] * left
            lines.append(self.line(variant, name, left))
        total = sum(builds.values())
        usual = Pending(*self.store(ordered[0]).usual())
        said = f"{total} build{'' if total == 1 else 's'}: {forecast(pending, usual)}"
        if len(builds) > 1 and total:
            said += f" ({', '.join(f'{count} {name}' for name, count in builds.items())})"
        return [*lines, said]

    def ordered(self, planned: Sequence[PlannedVariant]) -> list[PlannedVariant]:
        """In the order of the first block."""
        run = planned[0].config.run
        (first,) = blocks(planned, 1, run.seed, run.shuffle)
        return list(first)

    def line(self, variant: PlannedVariant, name: str, left: int) -> str:
        """`slim cache=keep: 2 of 5 trials done, about 40 seconds each`."""
        trials = variant.config.run.trials
        said = f"{name}: {trials - left} of {trials} trial{'s' * (trials != 1)} done"
        expected_s = self.expected(variant).expected_s
        return said + (f", about {duration(expected_s)} each" if expected_s is not None else "")

    def left(self, variant: PlannedVariant) -> int:
        """How many trials are still to be run."""
        config = variant.config
        if config.run.fresh:
            return config.run.trials
        wanted = set(config.scenarios)
        done = {
            record.trial
            for record in self.records(variant)
            if record.status is Status.ok
            and wanted <= {scenario.name for scenario in record.scenarios} | record.left_out.keys()
        }
        return sum(trial not in done for trial in range(config.run.trials))

    def records(self, variant: PlannedVariant) -> Iterator[Record]:
        """Those of the variant's name in its result directory."""
        return (record for record in self.store(variant).read_all() if record.name == variant.name)

    def expected(self, variant: PlannedVariant) -> Pending:
        """What one more trial takes, by those before."""
        store = self.store(variant)
        return Pending(store.typical_s(variant.name, ""), store.typical_bytes(variant.name, ""))

    def store(self, variant: PlannedVariant) -> RecordStore:
        """The records of the variant's result directory."""
        results = variant.config.run.results
        return self.stores.setdefault(results, RecordStore(ResultPaths(Path(results))))
