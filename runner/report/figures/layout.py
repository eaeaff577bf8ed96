"""Where everything in a chart of bars goes: inches, and bytes for the ends of the scales."""

from __future__ import annotations

from dataclasses import dataclass

from runner.report.figures import style
from runner.report.figures.chart import Bar, Chart

WIDTH = 10.0
MARGIN = 0.3
NAMES = 3.3
"""Width of the column with names and what changed."""
VALUES, FACTORS = 0.95, 0.9
"""Widths of the columns at the right: sizes, and factors where there are any."""
HEADER = 1.55
"""Title, legend and the ticks above the first row."""
BELOW = 0.55
"""Between the last row and the footer: the ticks of the wider scale."""
ROW_PADDING = 0.2
NAME_SIZE, ABOUT_SIZE, VALUE_SIZE, TICK_SIZE, NOTE_SIZE = 10.0, 8.5, 10.5, 8.0, 8.0
LINE = 0.165
"""Height of a line of text."""
BAR = 0.25
ZOOM_BELOW = 0.18
"""Rows whose sizes stay under this share of the largest are worth a wider scale."""
ZOOM_LEFT = 0.28
"""Where the wider scale begins, as a share of the bars' width."""
PAD = 0.09


@dataclass(frozen=True)
class Layout:
    """Where everything goes: inches, and bytes for the ends of the two scales."""

    height: float
    row_height: float
    footer: tuple[str, ...]
    limit_bytes: float
    zoom_from: int | None
    """The first row of the wider scale; None for no such scale."""
    zoom_limit_bytes: float
    bars_width: float

    @property
    def bytes_per_inch(self) -> float:
        """Of the scale that all bars share."""
        return self.limit_bytes / self.bars_width

    @property
    def zoom_bytes_per_inch(self) -> float:
        """Of the wider scale."""
        return self.zoom_limit_bytes / ((1 - ZOOM_LEFT) * self.bars_width)


def layout(chart: Chart) -> Layout:
    """Compute where everything goes."""
    lines = max((len(about_lines(bar)) for bar in chart.bars), default=0)
    footer = tuple(
        line
        for text in chart.footer
        for line in style.wrapped(text, WIDTH - 2 * MARGIN, NOTE_SIZE, lines=4)
    )
    row_height = LINE * (1 + lines) + ROW_PADDING + (0.1 if not lines else 0)
    zoom = zoom_start(chart.bars)
    width = WIDTH - 2 * MARGIN - NAMES - VALUES - (FACTORS if chart.factors_heading else 0)
    return Layout(
        height=HEADER + row_height * len(chart.bars) + BELOW + LINE * len(footer) + MARGIN,
        row_height=row_height,
        footer=footer,
        limit_bytes=_limit(chart.bars if zoom is None else chart.bars[:zoom], width),
        zoom_from=zoom,
        zoom_limit_bytes=(
            0.0 if zoom is None else _limit(chart.bars[zoom:], width * (1 - ZOOM_LEFT))
        ),
        bars_width=width,
    )


def about_lines(bar: Bar) -> tuple[str, ...]:
    """What changed, on at most two lines."""
    return style.wrapped(bar.about, NAMES - 0.15, ABOUT_SIZE, lines=2)


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
