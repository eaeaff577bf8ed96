"""The table at the end of a bench, on stdout; colours only on a terminal."""

from __future__ import annotations

from collections.abc import Iterable

from rich.console import Console
from rich.segment import Segment, Segments
from rich.style import Style
from rich.text import Text

from runner.analysis.against_reference import Row
from runner.analysis.findings import Findings
from runner.model.text import log_line, one_line
from runner.report import formats
from runner.report.comparison import comparison_table, warning_lines
from runner.report.footnotes import constant_lines, failures, level_lines, notes
from runner.report.phrases import NOT_SHIPPED_NOTE, headline_text
from runner.report.provenance import setting_lines
from runner.report.recommendation import Verdict, reasons
from runner.report.recommendation import headline as recommended
from runner.report.table import Table, fitted, text_lines, wrapped_cells
from runner.report.tables import summary_table

MOST_COMPARED = 40
"""Rows of the comparison of times; comparisons.csv has all."""


def print_summary(found: Findings, console: Console, reference: str = "") -> None:
    """Print the table of all variants with its footnotes, and how repeated times compare."""
    table, dropped = fitted(_printable(summary_table(found)), console.width)
    rows = text_lines(table, console.width)
    _put_all(console, ((log_line(row), "" if ok else "red") for row, ok in rows))
    console.print()
    if said := headline_text(found.headline):
        _put(console, said, "bold")
    _print_comparison(found, console, reference)
    for line in failures(found.steps):
        _put(console, line, "red")
    quiet: list[str] = []
    if any(not step.ships for step in found.steps):
        quiet.append(NOT_SHIPPED_NOTE)
    quiet += [*level_lines(found), *constant_lines(found.setting)]
    quiet += [*notes(found.setting), *setting_lines(found.setting), *_dropped(dropped)]
    for line in quiet:
        _put(console, line, "dim")


def _print_comparison(found: Findings, console: Console, reference: str) -> None:
    heading, table = comparison_table(found, reference)
    if table is None or len(table.rows) > MOST_COMPARED:
        return
    console.print()
    _put(console, heading, "bold")
    shown, _ = fitted(_printable(table), console.width)
    _put_all(console, ((log_line(row), "") for row, _ in text_lines(shown, console.width)))
    console.print()
    for line in warning_lines(found):
        _put(console, line, "yellow")


def print_rows(abouts: Iterable[tuple[str, str]], console: Console) -> None:
    """Say what each row is, by its name."""
    console.print()
    _put(console, "The rows:", "dim")
    for name, about in abouts:
        _put(console, f"  {name}: {about}", "dim")


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
    parts = wrapped_cells(one_line(line), console.width)
    _put_all(console, ((log_line(part), style) for part in parts))


def _put_all(console: Console, lines: Iterable[tuple[str, str]]) -> None:
    """Lines that fit, each with its style: ten thousand of them take a moment only."""
    segments = [
        segment
        for line, style in lines
        for segment in (Segment(line, Style.parse(style)), Segment.line())
    ]
    console.print(Segments(segments), end="")


def reference_line(row: Row) -> str:
    """`slim: the same 128 062 221 bytes as in the reference`, or by how much not, and why."""
    name = one_line(row.name)
    if row.is_same:
        return f"{name}: the same {row.here_bytes:,} bytes"
    if row.here_bytes is None or row.reference_bytes is None:
        return f"{name}: {'; '.join(row.reasons)}"
    more = row.here_bytes - row.reference_bytes
    share = f"{more / row.reference_bytes:+.1%}"
    change = f"{formats.size(abs(more))} {'larger' if more > 0 else 'smaller'} ({share})"
    return f"{name}: {change}: {'; '.join(row.reasons)}"
