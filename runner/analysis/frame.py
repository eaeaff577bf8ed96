"""Records become a table with one row per variant: the numbers behind every table and figure."""

from __future__ import annotations

from collections.abc import Hashable, Iterable, Sequence

import pandas as pd

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

_EXTRA_TYPES: dict[str, str] = {
    "experiment": "string",
    "label": "string",
    "chain": "string",
    "step": "Int64",
    "about": "string",
    "changed": "string",
    "no_effect": "string",
    "ships": "boolean",
    "base_bytes": "Int64",
    "own_bytes": "Int64",
    "own_layers": "Int64",
    "context_files": "Int64",
    **dict.fromkeys(INTERVALS, "Float64"),
    "saved_bytes": "Int64",
    "factor_vs_first": "Float64",
    "original_bytes": "Int64",
    "size_rank": "Int64",
    "failed_trials": "Int64",
    "failing_step": "string",
    "failure": "string",
    "log_tail": "string",
    "builder": "string",
    "compressor": "string",
    "base_reference": "string",
    "base_digest": "string",
    "dockerfile_digest": "string",
    "tags": "string",
}
"""The columns after the factors', with their types."""


def factor_column(factor: str) -> str:
    """The column of a factor's level: its name, but `layers_level` where `layers` is a count."""
    return f"{factor}_level" if factor in CONTRACT or factor in _EXTRA_TYPES else factor


def frame_of(steps: Sequence[Step]) -> pd.DataFrame:
    """One row per variant, in the order of the path, else from the smallest image to the largest.

    Sizes (bytes) are those of the trial whose unpacked size is the low median, so that a row
    describes one real image; times (seconds) are medians over the trials. A variant with a failed
    trial has that trial's status and neither sizes nor times. Empty where nothing was measured.
    """
    factors = level_factors(step.levels for step in steps)
    types = {column: _contract_type(column) for column in CONTRACT}
    types |= {factor_column(factor): "string" for factor in factors}
    types |= _EXTRA_TYPES
    rows = [_row(step, factors, types) for step in steps]
    columns = {
        column: pd.array([_cell(row[column], kind) for row in rows], dtype=kind)  # type: ignore[call-overload]
        for column, kind in types.items()
    }
    return pd.DataFrame(columns)


def _row(step: Step, factors: Sequence[str], columns: Iterable[str]) -> dict[str, object]:
    """What a variant has in each of the columns."""
    known: dict[str, object] = {
        factor_column(factor): step.levels.get(factor) for factor in factors
    }
    known |= _measured(step) | {"step": step.number, "factor_vs_first": step.factor}
    return {name: known.get(name, getattr(step, name, None)) for name in columns}


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


def _cell(value: object, kind: str) -> object:
    if value is None or value == "":
        return pd.NA
    return round(value, 3) if kind == "Float64" and isinstance(value, float) else value


def _contract_type(column: str) -> str:
    if column.endswith("_s"):
        return "Float64"
    whole = column.endswith("_bytes") or column in ("layers", "trials")
    return "Int64" if whole else "string"
