"""What a chart of repeated times says, as data: a column for each time, a row for each variant."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace

from runner.analysis.findings import Findings
from runner.analysis.steps import Span, Step
from runner.model.text import one_line
from runner.report import formats
from runner.report.figures.row_selection import telling_steps, telling_variants
from runner.report.footnotes import constant_lines, failure_text
from runner.report.phrases import TIME_HEADINGS
from runner.report.provenance import setting_lines
from runner.report.tables import row_name

SHOWN = ("source_edit_s", "deps_edit_s", "cold_s", "healthy_s")
"""The columns that a figure has room for, what is waited for most often first; tables have all."""

WAITED_FOR = {
    "source_edit_s": "The build after an edited source file takes",
    "deps_edit_s": "The build after an added dependency takes",
    "cold_s": "A cold build takes",
    "healthy_s": "The first healthy answer takes",
}
"""How the title begins that is about a column."""


@dataclass(frozen=True)
class TimeRow:
    """One variant's times, in the order of the columns; None where there is none."""

    name: str
    spans: tuple[Span | None, ...]
    failure: str = ""
    """Why there are no times; empty if there are some."""


@dataclass(frozen=True)
class TimeChart:
    """A figure's words, columns and rows."""

    title: str
    subtitle: str
    headings: tuple[str, ...]
    rows: tuple[TimeRow, ...]
    footer: tuple[str, ...]

    @property
    def description(self) -> str:
        """The same in words, for those who do not see the figure: a sentence for each row."""
        return f"{self.subtitle} {'; '.join(map(self._sentence, self.rows))}."

    def printable(self) -> TimeChart:
        """The chart with every text on one line of characters that can be shown."""
        rows = (
            replace(row, name=one_line(row.name), failure=one_line(row.failure))
            for row in self.rows
        )
        return TimeChart(
            title=one_line(self.title),
            subtitle=one_line(self.subtitle),
            headings=self.headings,
            rows=tuple(rows),
            footer=tuple(map(one_line, self.footer)),
        )

    def _sentence(self, row: TimeRow) -> str:
        times = zip(self.headings, row.spans, strict=True)
        told = ", ".join(f"{name} {formats.span(span)}" for name, span in times if span)
        return f"{row.name}: {row.failure or told}"


def times_chart(found: Findings) -> TimeChart | None:
    """The chart of the times that were repeated; None where nothing was: a single time says little
    about the next one."""
    columns = [
        column for column in SHOWN if any(_is_repeated(step, column) for step in found.steps)
    ]
    if not columns:
        return None
    shown, left_out = (telling_steps if found.path else telling_variants)(found.steps)
    if not found.path:
        shown = tuple(sorted(shown, key=lambda step: _waited(step, columns[0])))
    trials = {step.trials for step in shown if step.times}
    upto = "" if len(trials) == 1 else "up to "
    about = (
        f"Medians of {upto}{max(trials)} trials with their intervals, each column to its own scale."
    )
    return TimeChart(
        title=_title(shown, columns[0]),
        subtitle=" ".join(filter(None, (about, left_out))),
        headings=tuple(TIME_HEADINGS[column] for column in columns),
        rows=tuple(_row(step, columns) for step in shown),
        footer=(*constant_lines(found.setting), *setting_lines(found.setting)),
    )


def _is_repeated(step: Step, column: str) -> bool:
    return column in step.times and step.times[column].low_s is not None


def _waited(step: Step, column: str) -> tuple[float, str]:
    span = step.times.get(column)
    return (span.value_s if span else float("inf"), step.label)


def _title(steps: Iterable[Step], column: str) -> str:
    """Between what and what the first column's medians lie."""
    medians = [step.times[column].value_s for step in steps if column in step.times]
    least, most = formats.duration(min(medians)), formats.duration(max(medians))
    return f"{WAITED_FOR[column]} {least}" + (f" to {most}" if least != most else "")


def _row(step: Step, columns: Iterable[str]) -> TimeRow:
    return TimeRow(
        name=row_name(step),
        spans=tuple(step.times.get(column) for column in columns),
        failure="" if step.times else failure_text(step),
    )
