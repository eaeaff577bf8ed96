"""Where everything in a chart of bars goes: inches, and bytes for the ends of the scales.

Heights are inches from the figure's top. A row is as high as its words need.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from runner.report.figures import style
from runner.report.figures.chart import Bar, Chart
from runner.report.figures.distinct import distinct

WIDTH = 10.0
MARGIN = 0.3
NAMES = 3.3
"""Width of the column with names and what changed."""
VALUES, FACTORS = 0.95, 1.0
"""Widths of the columns at the right: sizes, and factors where there are any."""
TICKS = 0.3
"""Height of a scale's ticks."""
BREAK = 0.5
"""Height of the gap before rows on another scale."""
ROW_PADDING = 0.2
LOWEST_ROW = 0.42
TITLE_SIZE, SUBTITLE_SIZE = 14.0, 10.0
NAME_SIZE, ABOUT_SIZE, VALUE_SIZE, TICK_SIZE, NOTE_SIZE = 10.5, 9.5, 10.5, 9.5, 9.5
"""Points. On a page of 700 pixels' width a figure of 10 inches shows 9.5 points as 9.2 pixels."""
LINE, TITLE_LINE = 0.18, 0.27
"""Heights of a line of text, and of one of the title."""
BAR = 0.25
ZOOM_BELOW = 0.18
"""Rows whose sizes stay under this share of the largest are worth a scale of their own."""
PAD = 0.09
NAME_LINES, ABOUT_LINES = 6, 4


@dataclass(frozen=True)
class Row:
    """One bar's words, wrapped, and where it stands."""

    top: float
    height: float
    name: tuple[str, ...]
    about: tuple[str, ...]

    @property
    def middle(self) -> float:
        """The height at which the bar lies."""
        return self.top + self.height / 2


@dataclass(frozen=True)
class Panel:
    """Rows that share a scale, which begins at 0."""

    first: int
    rows: tuple[Row, ...]
    limit_bytes: float
    """What the right end stands for."""

    @property
    def top(self) -> float:
        """The upper edge of the first row."""
        return self.rows[0].top

    @property
    def bottom(self) -> float:
        """The lower edge of the last row."""
        return self.rows[-1].top + self.rows[-1].height


@dataclass(frozen=True)
class Words:
    """What stands above and below the rows, wrapped."""

    title: tuple[str, ...]
    subtitle: tuple[str, ...]
    footer: tuple[str, ...]

    @property
    def bottom(self) -> float:
        """The lower edge of what stands above."""
        return MARGIN + TITLE_LINE * len(self.title) + LINE * len(self.subtitle)


@dataclass(frozen=True)
class Layout:
    """Where everything goes."""

    height: float
    words: Words
    legend: float
    """The height of the legend's first line."""
    panels: tuple[Panel, ...]
    bars_width: float

    def bytes_per_inch(self, panel: Panel) -> float:
        """Of the panel's scale."""
        return panel.limit_bytes / self.bars_width


def layout(chart: Chart, legend_lines: int) -> Layout:
    """Compute where everything goes."""
    words = words_of(chart.title, chart.subtitle, chart.footer)
    width = WIDTH - 2 * MARGIN - NAMES - VALUES - (FACTORS if chart.factors_heading else 0)
    legend = words.bottom + 0.17
    top = legend + 1.3 * LINE * legend_lines + 0.15
    zoom = zoom_start(chart.bars)
    panels: list[Panel] = []
    names = names_of([bar.name for bar in chart.bars])
    for first, after in ((0, zoom), (zoom, None)) if zoom else ((0, None),):
        bars = chart.bars[first:after]
        top += TICKS if not first else BREAK + TICKS
        rows: list[Row] = []
        for name, bar in zip(names[first:after], bars, strict=True):
            rows.append(row_of(name, bar.about, top))
            top += rows[-1].height
        if rows:
            panels.append(Panel(first, tuple(rows), _limit(bars, width)))
    return Layout(
        height=top + 0.25 + LINE * len(words.footer) + MARGIN,
        words=words,
        legend=legend,
        panels=tuple(panels),
        bars_width=width,
    )


def words_of(title: str, subtitle: str, footer: tuple[str, ...]) -> Words:
    """The words of a figure, wrapped to its width."""
    wide = WIDTH - 2 * MARGIN
    return Words(
        title=style.wrapped(title, wide, TITLE_SIZE, lines=3, bold=True),
        subtitle=style.wrapped(subtitle, wide, SUBTITLE_SIZE, lines=3),
        footer=tuple(
            line for text in footer for line in style.wrapped(text, wide, NOTE_SIZE, lines=4)
        ),
    )


def names_of(names: Sequence[str]) -> list[tuple[str, ...]]:
    """The names of all rows, wrapped; no two different ones look alike."""

    def wrap(name: str) -> tuple[str, ...]:
        return style.wrapped(name, NAMES - 0.15, NAME_SIZE, lines=NAME_LINES, bold=True)

    return distinct(names, wrap)


def row_of(name: tuple[str, ...], about_text: str, top: float) -> Row:
    """A row with its words wrapped, as high as they need."""
    about = style.wrapped(about_text, NAMES - 0.15, ABOUT_SIZE, lines=ABOUT_LINES)
    height = max(LOWEST_ROW, LINE * (len(name) + len(about)) + ROW_PADDING)
    return Row(top, height, name, about)


def zoom_start(bars: tuple[Bar, ...]) -> int | None:
    """The row from which on every size is small against the largest; None if none is."""
    largest = max((bar.extent_bytes for bar in bars), default=0)
    start = len(bars)
    while start and bars[start - 1].extent_bytes <= ZOOM_BELOW * largest:
        start -= 1
    while start < len(bars) and not bars[start].unpacked_bytes:
        start += 1
    return start if 0 < start < len(bars) else None


def _limit(bars: tuple[Bar, ...], width: float) -> float:
    """The scale's end, in bytes, that leaves room for the label behind every mark."""
    ends = [
        bar.extent_bytes * width / (width - style.text_width(bar.original, TICK_SIZE) - 2.5 * PAD)
        for bar in bars
    ]
    return max([1.0, *ends])


def round_ticks(largest_bytes: int) -> list[int]:
    """Up to five round sizes from 0 on, in steps of 1, 2 or 5 times a power of ten."""
    step = 1
    while largest_bytes / step >= 5:
        step = _next_step(step)
    return [step * place for place in range(largest_bytes // step + 1)]


def _next_step(step: int) -> int:
    """1, 2, 5, 10, 20, 50, …"""
    return step * 5 // 2 if str(step).startswith("2") else step * 2


def tick_label(tick: int, largest: int) -> str:
    """A tick in the unit of the largest one: `0`, `0.5 GB`, `150 MB`."""
    if not tick:
        return "0"
    for unit, unit_bytes in (("GB", 10**9), ("MB", 10**6), ("kB", 10**3)):
        if largest >= unit_bytes:
            return f"{tick / unit_bytes:g} {unit}"
    return f"{tick} B"
