"""Records become a table with one row per variant: the numbers behind every table and figure."""

from __future__ import annotations

from collections.abc import Hashable, Iterable, Sequence
from dataclasses import dataclass
from typing import Any

from runner.analysis.labels import variant_key
from runner.analysis.steps import REPUSHED, SCENARIOS, Step, level_factors
from runner.model.record import Record

CONTRACT: tuple[str, ...] = (
    "variant_id",
    "name",
    "status",
    "unpacked_bytes",
    "compressed_bytes",
    "wasted_bytes",
    "floor_bytes",
    "layers",
    "context_bytes",
    *(f"{scenario}_s" for scenario in SCENARIOS),
    *(f"{edit}_repush_bytes" for edit in REPUSHED),
    "healthy_s",
    "trials",
    "base_provider",
)
"""The columns that every summary.csv starts with."""

INTERVALS: tuple[str, ...] = tuple(
    f"{timed}_{end}_s" for timed in (*SCENARIOS, "healthy") for end in ("low", "high")
)
"""The ends of the intervals of the medians; empty for a single trial."""

_EXTRA: tuple[str, ...] = (
    "experiment",
    "label",
    "chain",
    "step",
    "about",
    "changed",
    "no_effect",
    "ships",
    "base_bytes",
    "own_bytes",
    "own_layers",
    "context_files",
    *INTERVALS,
    "saved_bytes",
    "factor_vs_first",
    "original_bytes",
    "size_rank",
    "failed_trials",
    "failing_step",
    "failure",
    "log_tail",
    "builder",
    "compressor",
    "base_reference",
    "base_digest",
    "dockerfile_digest",
    "tags",
)
"""The columns after the factors'."""


def factor_column(factor: str) -> str:
    """The column of a factor's level: its name, but `layers_level` where `layers` is a count."""
    return f"{factor}_level" if factor in CONTRACT or factor in _EXTRA else factor


@dataclass(frozen=True)
class Frame:
    """A table: one row per variant, a value or None for every column."""

    columns: tuple[str, ...]
    rows: tuple[dict[str, Any], ...]

    def column(self, name: str) -> list[Any]:
        """The values of one column, from the first row to the last."""
        return [row[name] for row in self.rows]


def frame_of(steps: Sequence[Step]) -> Frame:
    """One row per variant, in the order of the path, else from the smallest image to the largest.

    Sizes (bytes) are those of the trial whose unpacked size is the low median, so that a row
    describes one real image; times (seconds) are medians over the trials. A variant with a failed
    trial has that trial's status and neither sizes nor times. Empty where nothing was measured.
    """
    factors = level_factors(step.levels for step in steps)
    columns = (*CONTRACT, *map(factor_column, factors), *_EXTRA)
    rows = []
    for step in steps:
        known: dict[str, object] = {
            factor_column(factor): step.levels.get(factor) for factor in factors
        }
        known |= _measured(step) | {"step": step.number, "factor_vs_first": step.factor}
        row = {name: known.get(name, getattr(step, name, None)) for name in columns}
        rows.append({name: _cell(value) for name, value in row.items()})
    return Frame(columns, tuple(rows))


def _measured(step: Step) -> dict[str, object]:
    """Times with their intervals, and bytes that were sent again."""
    found: dict[str, object] = dict(step.repushed)
    for column, span in step.times.items():
        bare = column.removesuffix("_s")
        found |= {column: span.value_s, f"{bare}_low_s": span.low_s, f"{bare}_high_s": span.high_s}
    return found


def grouped(records: Iterable[Record]) -> list[list[Record]]:
    """The trials of each variant."""
    groups: dict[Hashable, list[Record]] = {}
    for record in records:
        groups.setdefault(variant_key(record), []).append(record)
    return list(groups.values())


def _cell(value: object) -> object:
    if value == "":
        return None
    return round(value, 3) if isinstance(value, float) else value
