"""Draws the words of a chart of bars: title, legend, names, figures, footer."""

from __future__ import annotations

from matplotlib.figure import Figure
from matplotlib.lines import Line2D
from matplotlib.patches import Rectangle

from runner.report import formats
from runner.report.figures import style
from runner.report.figures.chart import Bar, Chart
from runner.report.figures.layout import (
    ABOUT_SIZE,
    FACTORS,
    HEADER,
    LINE,
    MARGIN,
    NAME_SIZE,
    NAMES,
    NOTE_SIZE,
    TICK_SIZE,
    VALUE_SIZE,
    WIDTH,
    Layout,
    about_lines,
)

TITLE_SIZE, SUBTITLE_SIZE = 14.0, 9.5


def draw_words(figure: Figure, chart: Chart, place: Layout) -> None:
    """Title, legend, names, the columns at the right, footer."""
    top, wide = place.height, WIDTH - 2 * MARGIN
    title = style.clipped(chart.title, wide, TITLE_SIZE, bold=True)
    _at(figure, MARGIN, top - 0.38, title, TITLE_SIZE, style.INK, bold=True)
    subtitle = style.clipped(chart.subtitle, wide, SUBTITLE_SIZE)
    _at(figure, MARGIN, top - 0.66, subtitle, SUBTITLE_SIZE, style.MUTED)
    _legend(figure, chart, place)
    right = WIDTH - MARGIN
    values = right - (FACTORS if chart.factors_heading else 0)
    for x, heading in ((values, "unpacked"), (right, chart.factors_heading)):
        y = top - HEADER + 0.12
        _at(figure, x, y, heading, TICK_SIZE, style.MUTED, align="right")
    if place.zoom_from is not None:
        ratio = place.bytes_per_inch / place.zoom_bytes_per_inch
        y = top - HEADER - place.row_height * len(chart.bars) - 0.11
        _at(figure, MARGIN + NAMES, y, f"{ratio:.1f}× wider scale:", TICK_SIZE, style.MUTED)
    for number, text in enumerate(reversed(place.footer)):
        _at(figure, MARGIN, MARGIN + LINE * number, text, NOTE_SIZE, style.MUTED)
    for number, bar in enumerate(chart.bars):
        _row(figure, number, bar, place, values)


def _row(figure: Figure, number: int, bar: Bar, place: Layout, values: float) -> None:
    """One row's words, and the line above it."""
    top, right = place.height, WIDTH - MARGIN
    middle = top - HEADER - place.row_height * (number + 0.5)
    about = about_lines(bar)
    line = middle + LINE * len(about) / 2
    name = style.clipped(bar.name, NAMES - 0.15, NAME_SIZE, bold=True)
    _at(figure, MARGIN, line, name, NAME_SIZE, style.INK, bold=True)
    for text in about:
        line -= LINE
        _at(figure, MARGIN, line, text, ABOUT_SIZE, style.MUTED)
    if not bar.failure:
        size = formats.size(bar.unpacked_bytes)
        _at(figure, values, middle, size, VALUE_SIZE, style.INK, bold=True, align="right")
        _at(figure, right, middle, bar.factor, VALUE_SIZE, style.INK, align="right")
    if number:
        edge = (top - HEADER - place.row_height * number) / place.height
        figure.add_artist(
            Line2D([MARGIN / WIDTH, right / WIDTH], [edge, edge], color=style.RULE, lw=0.7)
        )


def _legend(figure: Figure, chart: Chart, place: Layout) -> None:
    """What the colours and marks mean, in one line; only what occurs."""
    sized = [bar for bar in chart.bars if not bar.failure]
    entries = [
        (chart.base_legend, any(bar.base_bytes for bar in sized)),
        ("own layers", any(bar.own_bytes for bar in sized)),
        ("compressed", any(bar.compressed_bytes for bar in sized)),
        ("the original post", any(bar.original_bytes for bar in sized)),
        ("floor: what the check opens", any(bar.floor_bytes for bar in sized)),
    ]
    x, y = MARGIN, place.height - 0.98
    for kind, (label, occurs) in enumerate(entries):
        if not occurs:
            continue
        _key(figure, place, kind, x, y)
        _at(figure, x + 0.27, y, label, ABOUT_SIZE, style.INK)
        x += 0.27 + style.text_width(label, ABOUT_SIZE) + 0.3


def _key(figure: Figure, place: Layout, kind: int, x: float, y: float) -> None:
    """The mark in front of a legend's entry."""
    if kind < 2:
        figure.add_artist(
            Rectangle(
                (x / WIDTH, (y - 0.065) / place.height), 0.19 / WIDTH, 0.13 / place.height,
                facecolor=(style.BASE, style.OWN)[kind], lw=0,
            )
        )  # fmt: skip
        return
    middle = (x + 0.095) / WIDTH
    ends = [(y - 0.085) / place.height, (y + 0.085) / place.height]
    if kind == 2:
        figure.add_artist(Line2D([middle, middle], ends, color=style.INK, linewidth=1.6))
    elif kind == 4:
        for look in style.FLOOR_LINES:
            figure.add_artist(Line2D([middle, middle], ends, **look))
    else:
        mark = {key: value for key, value in style.ORIGINAL_MARK.items() if key != "clip_on"}
        figure.add_artist(Line2D([middle], [y / place.height], **mark))


def _at(
    figure: Figure, x: float, y: float, text: str, size: float, colour: str,
    bold: bool = False, align: str = "left",
) -> None:  # fmt: skip
    """Text at inches from the figure's lower left corner, centred on its line."""
    figure.text(
        x / WIDTH, y / figure.get_size_inches()[1], text, color=colour, ha=align,
        va="center_baseline", fontproperties=style.font(size, bold), parse_math=False,
    )  # fmt: skip
