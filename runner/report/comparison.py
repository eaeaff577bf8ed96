"""Repeated times against a reference: the table that a reviewer reads."""

from __future__ import annotations

from runner.analysis.findings import Findings
from runner.analysis.statistics import THRESHOLD, Verdict
from runner.analysis.times import compared_times, odd_samples
from runner.report.phrases import TIME_HEADINGS
from runner.report.table import Column, Table

COLUMNS = (
    Column("variant", numeric=False, wraps=True),
    Column("time", numeric=False),
    Column("difference"),
    Column("verdict", numeric=False, wraps=True),
)


def comparison_table(found: Findings, reference: str = "") -> tuple[str, Table | None]:
    """A heading and a row for each time of each variant; no table where trials were not repeated.

    Raises `ConfigError` for a reference that there is not.
    """
    chosen, times = compared_times(found, reference)
    if chosen is None or not times:
        return "", None
    rows = [
        (one.variant, TIME_HEADINGS[held.metric], str(one.ratio), one.text, one.verdict)
        for held in times
        for one in held.comparisons
    ]
    table = Table(
        columns=COLUMNS,
        rows=tuple((variant, time, ratio, text) for variant, time, ratio, text, _ in rows),
        ok=tuple(verdict is not Verdict.slower for *_, verdict in rows),
    )
    return f"Times against {chosen.label}", table


READING = (
    "Difference: the geometric mean of the ratios within each round of trials, in brackets its"
    " bootstrap interval over rounds (95 %). Faster or slower: the interval excludes 0, the"
    f" difference is above {100 * THRESHOLD:.0f} % and beyond what chance makes of so many"
    " variants; no difference: the whole interval lies within the threshold."
)


def warning_lines(found: Findings) -> tuple[str, ...]:
    """What is odd about the samples, and what to do."""
    return odd_samples(found)
