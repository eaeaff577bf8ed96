"""Tables for programs beside the summary: every sample, every effect, every comparison, as CSV."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable, Sequence

from runner.analysis.effects import effects
from runner.analysis.findings import Findings
from runner.analysis.times import compared_times, samples_of
from runner.model.text import csv_cell

SAMPLES = (
    "experiment", "variant_id", "name", "label", "trial", "metric", "value", "started_at",
)  # fmt: skip
EFFECTS = ("experiment", "metric", "factor", "level", "effect", "low", "high", "method")
COMPARISONS = (
    "metric", "variant", "reference", "ratio", "low", "high", "blocks", "verdict", "more_trials",
)  # fmt: skip


def samples_csv(found: Findings) -> str:
    """One row for each number that a trial which passed has measured anew."""
    return _csv(
        SAMPLES,
        (
            (one.experiment, one.variant_id, one.name, one.label, one.trial, one.metric,
             one.value, one.started_at)
            for one in samples_of(found)
        ),
    )  # fmt: skip


def effects_csv(found: Findings) -> str:
    """What each level did to each metric."""
    return _csv(
        EFFECTS,
        (
            (one.experiment, one.metric, one.factor, one.level, one.effect, one.low, one.high,
             one.method)
            for one in effects(found)
        ),
    )  # fmt: skip


def comparisons_csv(found: Findings, reference: str = "") -> str:
    """Every time of every variant against the reference; empty where trials were not repeated."""
    _, times = compared_times(found, reference)
    return _csv(
        COMPARISONS,
        (
            (held.metric, one.variant, one.reference, one.ratio.value, one.ratio.low,
             one.ratio.high, one.ratio.blocks, one.verdict.value, one.more_trials)
            for held in times
            for one in held.comparisons
        ),
    )  # fmt: skip


def _csv(headings: Sequence[str], rows: Iterable[Sequence[object]]) -> str:
    target = io.StringIO()
    writer = csv.writer(target, lineterminator="\n")
    writer.writerow(headings)
    writer.writerows([_cell(value) for value in row] for row in rows)
    return target.getvalue()


def _cell(value: object) -> object:
    """Text that no spreadsheet calculates; numbers plain."""
    if isinstance(value, str):
        return csv_cell(value)
    if isinstance(value, float):
        return int(value) if value.is_integer() else round(value, 6)
    return "" if value is None else value
