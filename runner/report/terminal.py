"""The table at the end of a bench, on stdout; colours only on a terminal."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from rich.console import Console
from rich.text import Text

from runner.analysis.frame import variant_frame
from runner.analysis.headline import headline
from runner.analysis.progression import all_steps
from runner.analysis.setting import setting
from runner.model.record import Record
from runner.model.text import log_line, one_line
from runner.report.footnotes import constant_lines, failures, level_lines, notes
from runner.report.phrases import NOT_SHIPPED_NOTE, headline_text
from runner.report.provenance import setting_lines
from runner.report.recommendation import Verdict, reasons
from runner.report.recommendation import headline as recommended
from runner.report.table import Table, fitted, text_lines, wrapped_cells
from runner.report.tables import summary_table


def print_summary(records: Sequence[Record], console: Console) -> None:
    """Print the table of all variants with its footnotes."""
    frame = variant_frame(records)
    where = setting(records)
    table, dropped = fitted(_printable(summary_table(frame)), console.width)
    for row, ok in text_lines(table, console.width):
        console.print(Text(log_line(row), style="" if ok else "red", no_wrap=True))
    console.print()
    if said := headline_text(headline(frame)):
        _put(console, said, "bold")
    for line in failures(frame):
        _put(console, line, "red")
    quiet: list[str] = []
    if any(not step.ships for step in all_steps(frame)):
        quiet.append(NOT_SHIPPED_NOTE)
    quiet += [*level_lines(frame, where), *constant_lines(where)]
    quiet += [*notes(where), *setting_lines(where), *_dropped(dropped)]
    for line in quiet:
        _put(console, line, "dim")


def print_recommendation(verdict: Verdict, console: Console) -> None:
    """Print what to take, and why."""
    console.print()
    _put(console, f"recommended: {recommended(verdict)}", "bold")
    for line in reasons(verdict):
        console.print(Text(log_line(f"  {one_line(line)}")), soft_wrap=True)


def _dropped(headings: Iterable[str]) -> list[str]:
    told = ", ".join(headings)
    return [f"No room for: {told} (summary.csv has everything)."] if told else []


def _printable(table: Table) -> Table:
    rows = tuple(tuple(one_line(cell) for cell in row) for row in table.rows)
    return Table(table.columns, rows, table.ok)


def _put(console: Console, line: str, style: str) -> None:
    """A line of text that is never markup, wrapped where it is too long."""
    for part in wrapped_cells(one_line(line), console.width):
        console.print(Text(log_line(part), style=style, no_wrap=True))
