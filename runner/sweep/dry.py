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
from runner.sweep.forecast import Pending, duration, first_untimed, forecast
from runner.sweep.network import is_cached
from runner.sweep.plan import PlannedVariant, short_names
from runner.sweep.process import Process
from runner.sweep.warmed import Warmed


class DryRun:
    """Says what there is to do, and does nothing."""

    def __init__(self, process: Process) -> None:
        self.process = process
        self.stores: dict[str, RecordStore] = {}
        self.warmed = Warmed.of(process.cache)

    def tell(self, planned: Sequence[PlannedVariant]) -> list[str]:
        """The plan: what is skipped, what is done, then a line for each variant in the order in
        which they run, and one for all of them: builds, minutes and gigabytes."""
        lines = [f"skipped {item.name}: {item.reason}" for item in self.process.refused]
        pending: list[Pending] = []
        builds: Counter[str] = Counter()
        ordered = self.ordered(planned)
        done: list[str] = []
        to_come: list[str] = []
        for variant, name in zip(ordered, names_of(ordered), strict=True):
            left = self.left(variant)
            builds.update(dict.fromkeys(variant.config.scenarios, left))
            pending += self.pending(variant, left)
            said = self.line(variant, name, left)
            if left:
                to_come.append(f"{len(to_come) + 1:>4}  {said}")
            else:
                done.append(f"      {said}")
        lines += [*done, *self.heading(ordered[0], len(to_come)), *to_come]
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

    def heading(self, first: PlannedVariant, count: int) -> list[str]:
        """Says what order the numbers are, where there is one."""
        run = first.config.run
        if count < 2:
            return []
        if run.trials == 1 or not run.shuffle:
            return ["in this order:"]
        return [
            f"in this order in the first of {run.trials} rounds, in others in each of the rest:"
        ]

    def line(self, variant: PlannedVariant, name: str, left: int) -> str:
        """`slim cache=keep  2 of 5 trials done, about 40 seconds each`."""
        trials = variant.config.run.trials
        said = f"{name}  {trials - left} of {trials} trial{'s' * (trials != 1)} done"
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

    def pending(self, variant: PlannedVariant, left: int) -> list[Pending]:
        """Its trials that are still to be run; before the first of them packages are fetched."""
        once = self.expected(variant)
        return first_untimed([once] * left, self.untimed_s(variant))

    def untimed_s(self, variant: PlannedVariant) -> float:
        """What the untimed build takes; 0 where the proxy has its packages, or takes no part."""
        store, config = self.store(variant), variant.config
        last = store.last_good(variant.name)
        if last is None or last.provenance.network != "cached":
            return 0.0
        if not is_cached(config.network, config.run.trials, tuple(config.scenarios)):
            return 0.0
        if self.warmed.has(last.variant_id, last.base.digest):
            return 0.0
        return store.typical_cold_s(variant.name, "") or 0.0

    def expected(self, variant: PlannedVariant) -> Pending:
        """What one more trial takes, by those before."""
        store = self.store(variant)
        return Pending(store.typical_s(variant.name, ""), store.typical_bytes(variant.name, ""))

    def store(self, variant: PlannedVariant) -> RecordStore:
        """The records of the variant's result directory."""
        results = variant.config.run.results
        return self.stores.setdefault(results, RecordStore(ResultPaths(Path(results))))


def names_of(variants: Sequence[PlannedVariant]) -> list[str]:
    """The names in columns, with the result directories where these differ."""
    names = in_columns(short_names(variants))
    places = [variant.config.run.results for variant in variants]
    if len(set(places)) == 1:
        return names
    return [f"{name}  in {place}" for name, place in zip(names, places, strict=True)]


def in_columns(names: Sequence[str]) -> list[str]:
    """The names padded to one width; where all set the same keys, each `key=value` is a column."""
    rows = [name.split(" ") for name in names]
    keys = {tuple(word.partition("=")[0] for word in row if "=" in word) for row in rows}
    if len(keys) != 1 or {len(row) for row in rows} != {len(next(iter(keys)))}:
        rows = [[name] for name in names]
    widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
    return [
        "  ".join(word.ljust(width) for word, width in zip(row, widths, strict=True))
        for row in rows
    ]
