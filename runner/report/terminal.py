"""The table at the end of a bench, on stdout; colours only on a terminal."""

from __future__ import annotations

from collections.abc import Sequence

from rich import box
from rich.console import Console
from rich.table import Table as RichTable
from rich.text import Text

from runner.analysis.frame import variant_frame
from runner.analysis.setting import setting
from runner.model.record import Record
from runner.report.footnotes import failures, level_lines, notes
from runner.report.provenance import setting_lines
from runner.report.recommendation import Verdict, headline, reasons
from runner.report.tables import Table, summary_table

WIDE = 200
"""Columns of the table where stdout is no terminal: nothing is cut in a file."""

PROSE, WRAPPED = "what changed", 30
"""The column that may wrap, and how narrow it may get."""

_DISPENSABLE = ("original post", "wasted", "floor", "layers", "compressed", PROSE, "cold build")
"""Columns that a narrow terminal does without, the first to go first."""


def print_summary(records: Sequence[Record], console: Console | None = None) -> None:
    """Print the table of all variants with its footnotes."""
    frame = variant_frame(records)
    out = console or _stdout()
    out.print(_rich_table(_fitted(summary_table(frame), out), out))
    where = setting(records)
    for line in failures(frame):
        out.print(Text(line, style="red"))
    for line in (*level_lines(frame, where), *notes(where), *setting_lines(where)):
        out.print(Text(line, style="dim"))


def print_recommendation(verdict: Verdict, console: Console | None = None) -> None:
    """Print what to take, and why."""
    out = console or _stdout()
    out.print()
    out.print(Text(f"recommended: {headline(verdict)}", style="bold"))
    for line in reasons(verdict):
        out.print(Text(f"  {line}"), soft_wrap=True)


def _stdout() -> Console:
    console = Console()
    return console if console.is_terminal else Console(width=WIDE)


def _fitted(table: Table, console: Console) -> Table:
    """Drop columns until every cell has room on its line (what changed may wrap a little)."""
    for heading in ("", *_DISPENSABLE):
        table = _without(table, heading)
        if _width(table) <= console.width:
            break
    return table


def _width(table: Table) -> int:
    """Columns of the terminal that the table needs."""
    return sum(_column_width(table, place) + 2 for place in range(len(table.columns)))


def _column_width(table: Table, place: int) -> int:
    column = table.columns[place]
    longest = max((len(row[place]) for row in table.rows), default=0)
    return max(len(column.heading), min(longest, WRAPPED) if column.heading == PROSE else longest)


def _without(table: Table, heading: str) -> Table:
    kept = [place for place, column in enumerate(table.columns) if column.heading != heading]
    return Table(
        columns=tuple(table.columns[place] for place in kept),
        rows=tuple(tuple(row[place] for place in kept) for row in table.rows),
        ok=table.ok,
    )


def _rich_table(table: Table, console: Console) -> RichTable:
    """The cells are text, never markup; they wrap only where nothing else is left to do."""
    fits = _width(table) <= console.width
    rich = RichTable(box=box.SIMPLE_HEAD, pad_edge=False, header_style="bold")
    for column in table.columns:
        rich.add_column(
            column.heading,
            justify="right" if column.numeric else "left",
            overflow="fold",
            no_wrap=fits and column.heading != PROSE,
        )
    for row, ok in zip(table.rows, table.ok, strict=True):
        rich.add_row(*(Text(cell) for cell in row), style="" if ok else "red")
    return rich
