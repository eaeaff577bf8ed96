"""summary.csv for programs and summary.md for people."""

from __future__ import annotations

from collections.abc import Mapping
from functools import lru_cache

import pandas as pd

from runner.analysis.findings import Findings
from runner.analysis.frame import factor_column
from runner.analysis.progression import differing_factors
from runner.analysis.steps import Step
from runner.model.text import csv_cell, link, markdown
from runner.report import formats
from runner.report.comparison import READING, comparison_table, warning_lines
from runner.report.footnotes import bullets, footnotes_markdown, status_text
from runner.report.phrases import NOT_SHIPPED, TIME_HEADINGS, headline_text
from runner.report.table import Column, Table

Places = Mapping[str, str]
"""`variant_id` → the directory of its Dockerfile, relative to the result directory."""


def summary_csv(frame: pd.DataFrame) -> str:
    """Every column of the frame; bytes and seconds as plain numbers, empty where not measured. No
    cell of text is one that a spreadsheet would calculate, nor a name of a factor above them."""
    safe = frame.copy()
    for column in (name for name in frame.columns if frame[name].dtype == "string"):
        safe[column] = frame[column].map(csv_cell, na_action="ignore")
    return safe.rename(columns=csv_cell).to_csv(index=False, lineterminator="\n")


@lru_cache(maxsize=4)
def summary_table(found: Findings) -> Table:
    """Steps of a path with what each saved; else variants with the levels that their names do not
    tell. Columns in which nothing was measured are left out."""
    steps = found.steps
    first = Column("step" if found.path else "variant", numeric=False, wraps=True)
    columns = [(first, [row_name(step) for step in steps])]
    if found.path:
        changed = Column("what changed", numeric=False, wraps=True, expendable=30)
        columns.append((changed, [what_changed(step) for step in steps]))
    else:
        columns += _levels(steps)
    columns += [*_sizes(steps), *_times(steps)]
    if found.path:
        columns += [
            (Column("saved", expendable=10), [formats.size(step.saved_bytes) for step in steps]),
            (
                Column("vs first step", expendable=12),
                [formats.factor(step.factor) for step in steps],
            ),
            (
                Column("original post", expendable=90),
                [formats.size(step.original_bytes) for step in steps],
            ),
        ]
    shown = [(column, cells) for column, cells in columns if _worth(column, cells)]
    return Table(
        columns=tuple(column for column, _ in shown),
        rows=tuple(zip(*(cells for _, cells in shown), strict=True)),
        ok=tuple(step.ok for step in steps),
    )


def row_name(step: Step) -> str:
    """The label, marked if such an image is not for shipping."""
    return step.label if step.ships else f"{step.label} {NOT_SHIPPED}"


def what_changed(step: Step) -> str:
    """What the step is about; of one that came to nothing, why."""
    about = step.about or step.changed
    if not about or not step.no_effect:
        return about or step.no_effect
    return f"{about} ({step.no_effect})"


ALWAYS = ("step", "variant", "what changed", "unpacked", "saved", "vs first step")


def _worth(column: Column, cells: list[str]) -> bool:
    return column.heading in ALWAYS or any(cell != formats.ABSENT for cell in cells)


def _levels(steps: tuple[Step, ...]) -> list[tuple[Column, list[str]]]:
    """The factors whose levels differ, unless every name says its level."""
    found = []
    for factor in differing_factors(steps):
        levels = [step.levels.get(factor, formats.ABSENT) for step in steps]
        told = all(
            f"{factor}={level}" in step.label for step, level in zip(steps, levels, strict=True)
        )
        if not told:
            column = Column(factor_column(factor), numeric=False, expendable=40)
            found.append((column, levels))
    return found


def _sizes(steps: tuple[Step, ...]) -> list[tuple[Column, list[str]]]:
    """A failed variant says so where its size would stand; why is told below the table."""
    return [
        (
            Column("unpacked"),
            [formats.size(step.unpacked_bytes) if step.ok else status_text(step) for step in steps],
        ),
        (
            Column("compressed", expendable=35),
            [formats.size(step.compressed_bytes) for step in steps],
        ),
        (Column("layers", expendable=60), [formats.count(step.layers) for step in steps]),
        (Column("wasted", expendable=80), [formats.size(step.wasted_bytes) for step in steps]),
        (Column("floor", expendable=70), [formats.size(step.floor_bytes) for step in steps]),
    ]


def _times(steps: tuple[Step, ...]) -> list[tuple[Column, list[str]]]:
    """Medians with their intervals, and what each edit makes a deploy upload again."""
    times = [
        (
            Column(heading, expendable=20 if column == "cold_s" else 50),
            [formats.span(step.times.get(column)) for step in steps],
        )
        for column, heading in TIME_HEADINGS.items()
    ]
    repushed = [
        (
            Column(heading, expendable=45),
            [formats.size(step.repushed.get(column)) for step in steps],
        )
        for column, heading in (
            ("source_repush_bytes", "source repush"),
            ("deps_repush_bytes", "deps repush"),
        )
    ]
    return times + repushed


def summary_markdown(found: Findings, places: Places | None = None, reference: str = "") -> str:
    """What was found in a sentence, the table, how to read it, what it was measured on, and the
    notes that variants carry; repeated times against the `reference`. With `places`, names lead to
    Dockerfiles."""
    table = summary_table(found)
    said = headline_text(found.headline)
    links = [_linked(step, places or {}) for step in found.steps]
    lines = [
        *([f"**{markdown(said)}**", ""] if said else []),
        *table_markdown(table, links),
        "",
        *comparison_markdown(found, reference),
        *footnotes_markdown(found, [column.heading for column in table.columns]),
    ]
    return "\n".join(lines) + "\n"


def comparison_markdown(found: Findings, reference: str) -> list[str]:
    """The table of repeated times, how to read it, and what is odd about the samples."""
    heading, table = comparison_table(found, reference)
    if table is None:
        return []
    lines = bullets([READING, *warning_lines(found)])
    return [f"**{markdown(heading)}**", "", *table_markdown(table), "", *lines, ""]


def table_markdown(table: Table, first_cells: list[str] | None = None) -> list[str]:
    """The lines of the table; `first_cells` are Markdown in the place of the first column's."""
    rows = [
        [
            cell if column.numeric else markdown(cell)
            for cell, column in zip(row, table.columns, strict=True)
        ]
        for row in table.rows
    ]
    for row, cell in zip(rows, first_cells or [], strict=False):
        row[0] = cell
    return [
        _line([markdown(column.heading) for column in table.columns]),
        _line(["---:" if column.numeric else "---" for column in table.columns]),
        *(_line(row) for row in rows),
    ]


def _linked(step: Step, places: Places) -> str:
    name = row_name(step)
    place = places.get(step.variant_id)
    return markdown(name) if place is None else link(name, f"../{place}/")


def _line(cells: list[str]) -> str:
    return "| " + " | ".join(cells) + " |"
