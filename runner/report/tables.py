"""summary.csv for programs and summary.md for people."""

from __future__ import annotations

from dataclasses import dataclass

import pandas as pd

from runner.analysis.frame import factor_column
from runner.analysis.progression import Step, all_steps, differing_factors, is_path
from runner.analysis.setting import Setting
from runner.model.levels import FACTORS
from runner.model.text import markdown
from runner.report import formats
from runner.report.footnotes import footnotes_markdown, status_text


@dataclass(frozen=True)
class Column:
    """A heading and whether numbers stand under it."""

    heading: str
    numeric: bool = True


@dataclass(frozen=True)
class Table:
    """Cells as text: what the Markdown file and the terminal show alike."""

    columns: tuple[Column, ...]
    rows: tuple[tuple[str, ...], ...]
    ok: tuple[bool, ...]
    """For each row, whether its variant passed."""


def summary_csv(frame: pd.DataFrame) -> str:
    """Every column of the frame; bytes and seconds as plain numbers, empty where not measured."""
    return frame.to_csv(index=False, lineterminator="\n")


def summary_table(frame: pd.DataFrame) -> Table:
    """Steps of a path with what each saved; else variants with the levels that differ."""
    steps = all_steps(frame)
    if is_path(frame):
        return _table(PATH_COLUMNS, steps, [_path_cells(step) for step in steps])
    factors = differing_factors(frame, [factor_column(factor) for factor in FACTORS])
    levels = frame[factors].fillna(formats.ABSENT).to_numpy().tolist() if factors else []
    columns = (Column("variant", numeric=False), *(Column(name, False) for name in factors))
    rows = [
        (step.name, *(levels[place] if factors else ()), *_size_cells(step))
        for place, step in enumerate(steps)
    ]
    return _table((*columns, *SIZE_COLUMNS), steps, rows)


SIZE_COLUMNS = (
    Column("unpacked"),
    Column("compressed"),
    Column("layers"),
    Column("wasted"),
    Column("floor"),
    Column("cold build"),
)
PATH_COLUMNS = (
    Column("step", numeric=False),
    Column("what changed", numeric=False),
    *SIZE_COLUMNS,
    Column("saved"),
    Column("vs first step"),
    Column("original post"),
)


def _table(
    columns: tuple[Column, ...], steps: tuple[Step, ...], rows: list[tuple[str, ...]]
) -> Table:
    return Table(columns, tuple(rows), tuple(step.ok for step in steps))


def _path_cells(step: Step) -> tuple[str, ...]:
    return (
        step.name,
        step.about or step.changed,
        *_size_cells(step),
        formats.size(step.saved_bytes),
        formats.factor(step.factor),
        formats.size(step.original_bytes),
    )


def _size_cells(step: Step) -> tuple[str, ...]:
    """A failed variant says so where its size would stand; why is told below the table."""
    return (
        formats.size(step.unpacked_bytes) if step.ok else status_text(step),
        formats.size(step.compressed_bytes),
        formats.count(step.layers),
        formats.size(step.wasted_bytes),
        formats.size(step.floor_bytes),
        formats.duration(step.cold_s),
    )


def summary_markdown(frame: pd.DataFrame, setting: Setting) -> str:
    """The table, what it was measured on, and the notes that variants carry."""
    table = summary_table(frame)
    lines = [
        _line([column.heading for column in table.columns]),
        _line(["---:" if column.numeric else "---" for column in table.columns], escape=False),
        *(_line(row) for row in table.rows),
        "",
        *footnotes_markdown(frame, setting),
    ]
    return "\n".join(lines) + "\n"


def _line(cells: list[str] | tuple[str, ...], escape: bool = True) -> str:
    return "| " + " | ".join(markdown(cell) if escape else cell for cell in cells) + " |"
