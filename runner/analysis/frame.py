"""Records become a table with one row per variant: the numbers behind every table and figure."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from statistics import median, median_low

import pandas as pd

from runner.analysis.current import current
from runner.model.levels import FACTORS
from runner.model.record import Record, Sizes, Status
from runner.model.variant import in_order

SCENARIOS: tuple[str, ...] = ("cold", "noop", "source_edit", "deps_edit")
"""The scenarios that have a column, `<scenario>_s`."""

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
    "base_provider",
)
"""The columns that every summary.csv starts with."""

_EXTRA_TYPES: dict[str, str] = {
    "step": "Int64",
    "about": "string",
    "changed": "string",
    "base_bytes": "Int64",
    "own_bytes": "Int64",
    "own_layers": "Int64",
    "context_files": "Int64",
    "healthy_s": "Float64",
    "saved_bytes": "Int64",
    "factor_vs_first": "Float64",
    "original_bytes": "Int64",
    "size_rank": "Int64",
    "trials": "Int64",
    "failed_trials": "Int64",
    "failing_step": "string",
    "failure": "string",
    "log_tail": "string",
    "builder": "string",
    "compressor": "string",
    "base_reference": "string",
    "base_digest": "string",
    "dockerfile_digest": "string",
}
"""The columns after the factors', with their types."""

Row = dict[str, object]


def factor_column(factor: str) -> str:
    """The column of a factor's level: its name, but `layers_level` where `layers` is a count."""
    return f"{factor}_level" if factor in CONTRACT or factor in _EXTRA_TYPES else factor


def variant_frame(records: Iterable[Record]) -> pd.DataFrame:
    """One row per variant, in the order of the path, else from the smallest image to the largest.

    Sizes (bytes) are those of the trial whose unpacked size is the low median, so that a row
    describes one real image; times (seconds) are medians over the trials. A variant with a failed
    trial has that trial's status and neither sizes nor times. Empty where nothing was measured.
    Of several runs in one folder only the newest counts.
    """
    groups: dict[tuple[str, str, str], list[Record]] = {}
    for record in current(records):
        key = (record.experiment, record.name, record.variant_id)
        groups.setdefault(key, []).append(record)
    factors = _factors(record for trials in groups.values() for record in trials)
    rows = [_row(trials) for trials in groups.values()]
    return _typed(_compared(sorted(rows, key=_place)), factors)


def _factors(records: Iterable[Record]) -> list[str]:
    named = {factor for record in records for factor in record.levels}
    return [*FACTORS, *sorted(named - set(FACTORS))]


def _row(trials: Sequence[Record]) -> Row:
    """What a variant's trials say together; what differs between them comes from the first."""
    first = trials[0]
    failed = [record for record in trials if record.status is not Status.ok]
    row: Row = {
        "variant_id": first.variant_id,
        "name": first.name,
        "status": (failed[0] if failed else first).status.value,
        "base_provider": first.base.provider,
        "step": first.step,
        "about": first.about,
        "changed": changed_text(first.changed),
        "original_bytes": first.original_bytes,
        "trials": len(trials),
        "failed_trials": len(failed),
        "builder": first.provenance.builder,
        "base_reference": first.base.reference,
        "base_digest": first.base.digest,
        "dockerfile_digest": first.dockerfile_digest,
        **{factor_column(factor): level for factor, level in first.levels.items()},
    }
    contexts = [record.context for record in trials if record.context is not None]
    if contexts:
        row |= {"context_bytes": contexts[0].bytes, "context_files": contexts[0].files}
    if failed:
        return row | _failure(failed[0])
    row |= _sizes([record.sizes for record in trials if record.sizes]) | _times(trials)
    floors = [record.floor.bytes for record in trials if record.floor is not None]
    return row | ({"floor_bytes": median_low(floors)} if floors else {})


def changed_text(changed: dict[str, str]) -> str:
    """`base=alpine, cache=purge`, in the factors' order."""
    return ", ".join(f"{key}={value}" for key, value in in_order(changed))


def _failure(record: Record) -> Row:
    if record.failure is None:
        return {}
    return {
        "failing_step": record.failure.step,
        "failure": record.failure.message,
        "log_tail": "\n".join(record.failure.log_tail),
    }


def _sizes(sizes: Sequence[Sizes]) -> Row:
    if not sizes:
        return {}
    ranked = sorted(sizes, key=lambda item: (item.unpacked_bytes, item.compressed_bytes))
    chosen = ranked[(len(ranked) - 1) // 2]
    own = [layer for layer in chosen.layers if not layer.is_base]
    base_bytes = sum(layer.unpacked_bytes for layer in chosen.layers if layer.is_base)
    return {
        "unpacked_bytes": chosen.unpacked_bytes,
        "compressed_bytes": chosen.compressed_bytes,
        "wasted_bytes": chosen.wasted_bytes,
        "compressor": chosen.compressor,
        "layers": len(chosen.layers),
        "own_layers": len(own),
        "base_bytes": base_bytes,
        "own_bytes": chosen.unpacked_bytes - base_bytes,
    }


def _times(trials: Sequence[Record]) -> Row:
    row: Row = {}
    for scenario in SCENARIOS:
        durations = [
            timed.duration_s
            for record in trials
            for timed in record.scenarios
            if timed.name == scenario
        ]
        if durations:
            row[f"{scenario}_s"] = median(durations)
    healthy = [record.check.healthy_s for record in trials if record.check is not None]
    if healthy:
        row["healthy_s"] = median(healthy)
    return row


def _place(row: Row) -> tuple[float, float, str, str]:
    """Steps first and in order; then by size, with what has none at the end."""
    step, size = row["step"], row.get("unpacked_bytes")
    in_path = isinstance(step, int)
    return (
        step if isinstance(step, int) else float("inf"),
        size if isinstance(size, int) and not in_path else float("inf"),
        str(row["name"]),
        str(row["variant_id"]),
    )


def _compared(rows: list[Row]) -> list[Row]:
    """Add what needs the other rows: saved since the last good step, factor, rank by size."""
    steps = [row for row in rows if row["step"] is not None]
    first = steps[0].get("unpacked_bytes") if steps else None
    before: object = None
    for row in steps:
        size = row.get("unpacked_bytes")
        if not isinstance(size, int):
            continue
        if isinstance(before, int):
            row["saved_bytes"] = before - size
        if isinstance(first, int) and size > 0:
            row["factor_vs_first"] = first / size
        before = size
    sizes = sorted(size for row in rows if isinstance(size := row.get("unpacked_bytes"), int))
    for row in rows:
        if isinstance(size := row.get("unpacked_bytes"), int):
            row["size_rank"] = sizes.index(size) + 1
    return rows


def _typed(rows: list[Row], factors: Sequence[str]) -> pd.DataFrame:
    """The rows with every column, nullable types, and milliseconds as the finest time."""
    types = {column: _contract_type(column) for column in CONTRACT}
    types |= {factor_column(factor): "string" for factor in factors}
    types |= _EXTRA_TYPES
    columns = {
        column: pd.array([_cell(row.get(column), kind) for row in rows], dtype=kind)  # type: ignore[call-overload]
        for column, kind in types.items()
    }
    return pd.DataFrame(columns)


def _cell(value: object, kind: str) -> object:
    if value is None or value == "":
        return pd.NA
    return round(value, 3) if kind == "Float64" and isinstance(value, float) else value


def _contract_type(column: str) -> str:
    if column.endswith("_s"):
        return "Float64"
    return "Int64" if column.endswith("_bytes") or column == "layers" else "string"
