"""Tables for programs next to the summary: every sample, every effect, every comparison, as CSV."""

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
    return _rounded(
        SAMPLES,
        (
            (one.experiment, one.variant_id, one.name, one.label, one.trial, one.metric,
             one.value, one.started_at)
            for one in samples_of(found)
        ),
    )  # fmt: skip


def effects_csv(found: Findings) -> str:
    """What each level did to each metric."""
    return _rounded(
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
    return _rounded(
        COMPARISONS,
        (
            (held.metric, one.variant, one.reference, one.ratio.value, one.ratio.low,
             one.ratio.high, one.ratio.blocks, one.verdict.value, one.more_trials)
            for held in times
            for one in held.comparisons
        ),
    )  # fmt: skip


def csv_text(headings: Sequence[str], rows: Iterable[Iterable[object]]) -> str:
    """A table for programs: no text in it is one that a spreadsheet would calculate, and a cell is
    empty where there is nothing."""
    target = io.StringIO()
    writer = csv.writer(target, lineterminator="\n")
    writer.writerow(headings)
    writer.writerows([csv_cell(it) if isinstance(it, str) else it for it in row] for row in rows)
    return target.getvalue()


def _rounded(headings: Sequence[str], rows: Iterable[Iterable[object]]) -> str:
    """The same with whole numbers plain and others to six decimals."""
    return csv_text(headings, (map(_number, row) for row in rows))


def _number(value: object) -> object:
    if isinstance(value, float):
        return int(value) if value.is_integer() else round(value, 6)
    return value
