"""Parts that the reports in a terminal share: headings, bars, lists, hanging lines."""

from __future__ import annotations

from collections.abc import Sequence

from rich.console import Console
from rich.rule import Rule
from rich.segment import Segment, Segments
from rich.table import Table
from rich.text import Text

from runner.model.text import one_line
from runner.report import formats

COMFORTABLE = 90
"""Columns below which a report leaves out what is nice to have."""

BASE, GOOD, BAD, QUIET = "blue", "green", "yellow", "dim"
LIVE_BAR, WASTED_BAR, TRACE = "█", "░", "▏"


def heading(console: Console, title: str, remark: str = "") -> None:
    """A section begins; a remark that has no room on its line goes on below."""
    console.print()
    text = Text.assemble((title, "bold"), (f"  {remark}" if remark else "", QUIET))
    below = ""
    if text.cell_len > console.width - 3:
        text, below = Text(title, style="bold"), remark
    text.truncate(max(1, console.width - 3), overflow="ellipsis")
    console.print(Rule(text, align="left", style=QUIET))
    if below:
        console.print(Text(below, style=QUIET))


def grid(widths: Sequence[int | None], numeric: Sequence[int] = (0,), prose: bool = False) -> Table:
    """A table without lines: columns of these widths, None for the one that takes what is left and
    wraps if it is `prose`."""
    table = Table.grid(padding=(0, 2, 0, 0), expand=True)
    for place, width in enumerate(widths):
        table.add_column(
            width=width,
            ratio=1 if width is None else None,
            no_wrap=width is not None or not prose,
            overflow="ellipsis",
            justify="right" if place in numeric else "left",
        )
    return table


def put(console: Console, table: Table) -> None:
    """Print a table without the blanks that fill its lines."""
    segments: list[Segment] = []
    for line in console.render_lines(table, pad=False):
        while line and not line[-1].text.strip():
            line.pop()
        if line:
            last = line.pop()
            line.append(Segment(last.text.rstrip(), last.style))
        segments += [*line, Segment.line()]
    console.print(Segments(segments), end="")


def bar(size_bytes: int, wasted_bytes: int, largest_bytes: int, width: int, style: str) -> Text:
    """A bar against the largest; the part that is wasted is drawn differently."""
    if not size_bytes or not largest_bytes:
        return Text("")
    length = round(width * size_bytes / largest_bytes)
    if not length:
        return Text(TRACE, style=style)
    wasted = min(length, round(width * wasted_bytes / largest_bytes))
    return Text.assemble((LIVE_BAR * (length - wasted), style), (WASTED_BAR * wasted, BAD))


def percent(part: int, whole: int) -> str:
    """`1.2 %`, `< 0.1 %`, `0 %`."""
    if not part or not whole:
        return "0 %"
    share = 100 * part / whole
    return f"{share:.1f} %" if share >= 0.1 else "< 0.1 %"


def more(console: Console, left: int, left_bytes: int) -> None:
    """What a list does not show."""
    if left > 0:
        console.print(Text(f"… {left:,} more, {formats.size(left_bytes)}", style=QUIET))


def hanging(console: Console, text: Text, indent: int) -> None:
    """Wrap a text so that its further lines stand below its words, not below its number."""
    width = max(20, console.width - indent)
    lines = text[indent:].wrap(console, width)
    for line in lines:
        line.rstrip()
    if not lines:
        console.print(text)
        return
    first, *rest = lines
    console.print(Text.assemble(text[:indent], first))
    for line in rest:
        console.print(Text.assemble(" " * indent, line))


def remedy(console: Console, layer: int, instruction: str, change: str, indent: int) -> None:
    """Below a finding: the layer and the instruction that wrote it, and what to write instead."""
    writer = ": ".join(filter(None, (f"layer {layer}" * (layer >= 0), one_line(instruction))))
    if writer:
        line = Text(f"{'':{indent}}{writer}", style=QUIET)
        line.truncate(console.width, overflow="ellipsis")
        console.print(line)
    if change:
        hanging(console, Text(f"{'':{indent}}→ {one_line(change)}", style=GOOD), indent + 2)
