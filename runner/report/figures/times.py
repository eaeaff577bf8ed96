"""Draws repeated times: names at the left, and for each time a column of bars to its own scale."""

from __future__ import annotations

from dataclasses import dataclass

from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.patches import Rectangle

from runner.analysis.steps import Span
from runner.report import formats
from runner.report.figures import style
from runner.report.figures.labels import write_at, write_footer, write_heading, write_row
from runner.report.figures.layout import (
    ABOUT_SIZE,
    BAR,
    LINE,
    MARGIN,
    NAMES,
    PAD,
    TICK_SIZE,
    TICKS,
    VALUE_SIZE,
    WIDTH,
    Row,
    Words,
    names_of,
    row_of,
    words_of,
)
from runner.report.figures.time_chart import TimeChart, TimeRow

GUTTER = 0.25
"""Width between two columns."""
CAP = 0.09
"""Height of the strokes at an interval's ends."""


@dataclass(frozen=True)
class Place:
    """Where everything goes; heights are inches from the figure's top."""

    words: Words
    top: float
    """The upper edge of the first row."""
    rows: tuple[Row, ...]
    bottom: float
    height: float


def draw_times(chart: TimeChart) -> Figure:
    """Draw the chart; each column is one of `figure.axes`."""
    with style.style():
        shown = chart.printable()
        place = _place(shown)
        figure = Figure(figsize=(WIDTH, place.height), facecolor=style.PAPER)
        write_heading(figure, place.words)
        for number, heading in enumerate(shown.headings):
            _column(figure, place, shown, number, heading)
        for number, (row, held) in enumerate(zip(place.rows, shown.rows, strict=True)):
            _row(figure, row, held, rule=number > 0)
        write_footer(figure, place.words.footer)
        return figure


def _place(chart: TimeChart) -> Place:
    words = words_of(chart.title, chart.subtitle, chart.footer)
    top = below = words.bottom + 0.1 + TICKS
    rows = []
    for name in names_of([row.name for row in chart.rows]):
        rows.append(row_of(name, "", below))
        below += rows[-1].height
    height = below + 0.25 + LINE * len(words.footer) + MARGIN
    return Place(words, top, tuple(rows), below, height)


def _column(figure: Figure, place: Place, chart: TimeChart, number: int, heading: str) -> None:
    """One time of all variants, on a scale from 0 to the longest, with its heading."""
    room = WIDTH - 2 * MARGIN - NAMES
    width = (room - GUTTER * (len(chart.headings) - 1)) / len(chart.headings)
    left = MARGIN + NAMES + number * (width + GUTTER)
    axes = figure.add_axes(
        (
            left / WIDTH,
            1 - place.bottom / place.height,
            width / WIDTH,
            (place.bottom - place.top) / place.height,
        ),
        facecolor="none",
    )
    axes.set_axis_off()
    axes.set_ylim(place.bottom, place.top)
    spans = [row.spans[number] for row in chart.rows]
    limit_s = max([0.001, *(_needed_s(span, width) for span in spans if span)])
    axes.set_xlim(0, limit_s)
    write_at(figure, left, place.top - 0.13, heading, TICK_SIZE, style.MUTED)
    for row, span in zip(place.rows, spans, strict=True):
        if span:
            _bar(axes, row.middle, span, limit_s / width)


def _needed_s(span: Span, width: float) -> float:
    """Where a scale has to end, in seconds, for the bar and what stands behind it."""
    text = style.text_width(formats.duration(span.value_s), VALUE_SIZE, bold=True)
    return (span.high_s or span.value_s) * width / (width - text - 1.5 * PAD)


def _bar(axes: Axes, middle: float, span: Span, per_inch: float) -> None:
    """The median as a bar, its interval as a line across the end, the figure behind both."""
    bar = Rectangle((0, middle - BAR / 2), span.value_s, BAR, facecolor=style.OWN, lw=0)
    axes.add_patch(bar)
    end = span.value_s
    if span.low_s is not None and span.high_s is not None:
        end = max(end, span.high_s)
        for colour, width in ((style.PAPER, 3.6), (style.INK, 1.6)):
            _line(axes, [span.low_s, span.high_s], [middle, middle], colour, width)
            for at in (span.low_s, span.high_s):
                _line(axes, [at, at], [middle - CAP, middle + CAP], colour, width)
    axes.text(
        end + PAD * per_inch, middle, formats.duration(span.value_s), color=style.INK, ha="left",
        va="center_baseline", fontproperties=style.font(VALUE_SIZE, bold=True), parse_math=False,
    )  # fmt: skip


def _line(axes: Axes, x: list[float], y: list[float], colour: str, width: float) -> None:
    axes.plot(x, y, color=colour, linewidth=width, solid_capstyle="butt", clip_on=False, zorder=4)


def _row(figure: Figure, row: Row, held: TimeRow, rule: bool) -> None:
    """A variant's name, why it has no times, and the line above."""
    write_row(figure, row, rule)
    if held.failure:
        left, right = MARGIN + NAMES, WIDTH - MARGIN
        text = style.clipped(f"✗ {held.failure}", right - left, ABOUT_SIZE)
        write_at(figure, left, row.middle, text, ABOUT_SIZE, style.FAILED)
