"""A table as text: what Markdown, the terminal and HTML show alike, and how it fits a width."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

from rich.cells import cell_len, chop_cells

GAP = "  "
"""Between two columns."""

NARROWEST = 12
"""Columns of the terminal that a cell which may wrap keeps, as long as others can go."""

LONG_WORD = 30
"""Columns from which on a word is broken rather than another column dropped."""


@dataclass(frozen=True)
class Column:
    """A heading, and how its cells are set."""

    heading: str
    numeric: bool = True
    wraps: bool = False
    """Whether its cells may go on on the next line, at a space."""
    expendable: int = 0
    """Where there is no room the column with the highest number goes first; 0 always stays."""


@dataclass(frozen=True)
class Table:
    """Cells as text."""

    columns: tuple[Column, ...]
    rows: tuple[tuple[str, ...], ...]
    ok: tuple[bool, ...]
    """For each row, whether its variant passed."""


def fitted(table: Table, width: int) -> tuple[Table, tuple[str, ...]]:
    """The table with as many columns as have room, each cell whole, and the headings of those that
    had to go."""
    sizes = [_least(table, place) for place in range(len(table.columns))]
    kept = list(range(len(sizes)))
    dropped: list[str] = []
    while sum(sizes[place] + len(GAP) for place in kept) - len(GAP) > width:
        first = max(kept, key=lambda place: table.columns[place].expendable)
        if not table.columns[first].expendable:
            break
        kept.remove(first)
        dropped.append(table.columns[first].heading)
    return _only(table, kept), tuple(dropped)


def text_lines(table: Table, width: int, headings: bool = True) -> Iterator[tuple[str, bool]]:
    """Each line of the table with whether its row passed: headings, a rule, then the rows. Cells
    that have no room wrap; none is cut."""
    if not headings:
        table = replace(table, columns=tuple(replace(one, heading="") for one in table.columns))
    widths = _widths(table, width)
    above = [
        (tuple(column.heading for column in table.columns), True),
        (tuple("─" * size for size in widths), True),
    ]
    for cells, ok in [*(above if headings else []), *zip(table.rows, table.ok, strict=True)]:
        wrapped = [wrapped_cells(cell, size) for cell, size in zip(cells, widths, strict=True)]
        for place in range(max((len(lines) for lines in wrapped), default=0)):
            parts = [
                _padded(lines[place] if place < len(lines) else "", size, column.numeric)
                for lines, size, column in zip(wrapped, widths, table.columns, strict=True)
            ]
            yield GAP.join(parts).rstrip(), ok


def columns_of(text: str) -> int:
    """Columns of a terminal that the text takes."""
    return len(text) if text.isascii() else cell_len(text)


def wrapped_cells(text: str, width: int) -> list[str]:
    """The text in lines of at most `width` columns: broken at spaces, within a word only where it
    is longer than a line."""
    if columns_of(text) <= width:
        return [text]
    lines: list[str] = []
    line = ""
    for word in text.split(" "):
        candidate = f"{line} {word}" if line else word
        if columns_of(candidate) <= width:
            line = candidate
            continue
        if line:
            lines.append(line)
        *full, line = chop_cells(word, max(2, width)) if word else [""]
        lines += full
    return [*lines, line]


def _least(table: Table, place: int) -> int:
    """Columns of the terminal below which a cell would have to wrap though it must not, or within
    a word."""
    natural = _natural(table, place)
    if not table.columns[place].wraps:
        return natural
    words = (word for row in table.rows for word in row[place].split(" "))
    longest = max((columns_of(word) for word in words), default=0)
    return min(natural, max(NARROWEST, min(LONG_WORD, longest)))


def _natural(table: Table, place: int) -> int:
    heading = columns_of(table.columns[place].heading)
    return max(heading, max((columns_of(row[place]) for row in table.rows), default=0))


def _widths(table: Table, width: int) -> list[int]:
    """Natural widths; what is too much is taken from the columns that wrap, the widest first and
    within words last, and from the others only where these have nothing left to give."""
    every = range(len(table.columns))
    sizes = [_natural(table, place) for place in every]
    room = max(width - len(GAP) * (len(sizes) - 1), 2 * len(sizes))
    whole = {place: _least(table, place) for place in every if table.columns[place].wraps}
    broken = (dict.fromkeys(whole, NARROWEST), dict.fromkeys(whole, 2), dict.fromkeys(every, 2))
    for least in (whole, *broken):
        while sum(sizes) > room:
            wider = [place for place in least if sizes[place] > least[place]]
            if not wider:
                break
            sizes[max(wider, key=lambda place: sizes[place])] -= 1
    return sizes


def _only(table: Table, places: Sequence[int]) -> Table:
    return replace(
        table,
        columns=tuple(table.columns[place] for place in places),
        rows=tuple(tuple(row[place] for place in places) for row in table.rows),
    )


def _padded(text: str, width: int, numeric: bool) -> str:
    blank = " " * (width - columns_of(text))
    return blank + text if numeric else text + blank
