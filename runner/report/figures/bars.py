"""Draws rows of horizontal bars: names at the left, a bar each, figures at the right.

Where the last rows are much smaller than the first, they are drawn a second time on a wider scale
in the space beside them.
"""

from __future__ import annotations

from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.patches import Rectangle

from runner.report.figures import style
from runner.report.figures.chart import Bar, Chart
from runner.report.figures.layout import (
    ABOUT_SIZE,
    BAR,
    HEADER,
    MARGIN,
    NAMES,
    PAD,
    TICK_SIZE,
    WIDTH,
    ZOOM_LEFT,
    Layout,
    layout,
    round_ticks,
    tick_label,
)
from runner.report.figures.words import draw_words


def draw(chart: Chart) -> Figure:
    """Draw the chart; the bars' axes come first in `figure.axes`, the wider scale second."""
    with style.style():
        place = layout(chart)
        figure = Figure(figsize=(WIDTH, place.height), facecolor=style.PAPER)
        draw_words(figure, chart, place)
        axes = _axes(figure, place, 0.0, len(chart.bars), 0)
        _scale(axes, place.limit_bytes, chart.bars, top=True)
        split = len(chart.bars) if place.zoom_from is None else place.zoom_from
        for number, bar in enumerate(chart.bars):
            _bar(axes, number, bar, place.bytes_per_inch, labelled=number < split)
        if place.zoom_from is not None:
            _zoom(figure, chart, place, place.zoom_from)
        return figure


def _axes(figure: Figure, place: Layout, left: float, rows: int, first: int) -> Axes:
    """Axes over `rows` rows from `first` on; `left` is where they begin, a share of the width."""
    x = MARGIN + NAMES + left * place.bars_width
    y = place.height - HEADER - place.row_height * (first + rows)
    axes = figure.add_axes(
        (
            x / WIDTH,
            y / place.height,
            (1 - left) * place.bars_width / WIDTH,
            rows * place.row_height / place.height,
        )
    )
    axes.set_ylim(first + rows - 0.5, first - 0.5)
    axes.set_yticks([])
    for side in axes.spines.values():
        side.set_visible(False)
    return axes


def _scale(axes: Axes, limit_bytes: float, bars: tuple[Bar, ...], top: bool) -> None:
    """Ticks at round sizes, with units, no further than anything is drawn."""
    ticks = round_ticks(max(bar.extent_bytes for bar in bars))
    axes.set_xlim(0, limit_bytes)
    axes.set_xticks(ticks, [tick_label(tick, ticks[-1]) for tick in ticks])
    axes.tick_params(
        axis="x", length=0, pad=4, colors=style.MUTED, top=top, bottom=not top,
        labeltop=top, labelbottom=not top,
    )  # fmt: skip
    for label in axes.get_xticklabels():
        label.set_fontproperties(style.font(TICK_SIZE))
    axes.grid(axis="x", color=style.RULE, linewidth=0.8)
    axes.set_axisbelow(True)


def _bar(axes: Axes, number: int, bar: Bar, per_inch: float, labelled: bool) -> None:
    """One row: the bar in its two parts, the markers, the value behind them."""
    if bar.failure:
        if labelled:
            _failure(axes, number, bar, per_inch)
        return
    height = BAR / _row_inches(axes)
    for left, width, colour in (
        (0, bar.base_bytes, style.BASE),
        (bar.base_bytes, bar.own_bytes, style.OWN),
    ):
        if width:
            axes.add_patch(
                Rectangle((left, number - height / 2), width, height, facecolor=colour, lw=0)
            )
    if not labelled:
        return
    if bar.floor_bytes:
        _floor(axes, bar.floor_bytes, number)
    if bar.compressed_bytes:
        _compressed(axes, bar.compressed_bytes, number, height)
    if bar.original_bytes:
        axes.plot([bar.original_bytes], [number], **style.ORIGINAL_MARK)
        x = bar.extent_bytes + per_inch * 1.2 * PAD
        _text(axes, x, number, bar.original, TICK_SIZE, style.ORIGINAL)


def _compressed(axes: Axes, compressed_bytes: int, number: int, height: float) -> None:
    """A dark line with a light edge across the bar."""
    for colour, width in ((style.PAPER, 3.6), (style.INK, 1.6)):
        axes.plot(
            [compressed_bytes] * 2,
            [number - height * 0.68, number + height * 0.68],
            color=colour, linewidth=width, solid_capstyle="butt", zorder=4,
        )  # fmt: skip


def _floor(axes: Axes, floor_bytes: int, number: int) -> None:
    """A dashed line through the whole row: with its neighbours one line down the chart."""
    for look in style.FLOOR_LINES:
        axes.plot([floor_bytes] * 2, [number - 0.5, number + 0.5], **look)


def _failure(axes: Axes, number: int, bar: Bar, per_inch: float) -> None:
    width = (axes.get_xlim()[1] / per_inch) - 2 * PAD
    text = style.clipped(f"✗ {bar.failure}", width, ABOUT_SIZE)
    _text(axes, PAD * per_inch, number, text, ABOUT_SIZE, style.FAILED)


def _row_inches(axes: Axes) -> float:
    """Height of a row."""
    low, high = axes.get_ylim()
    figure = axes.get_figure(root=True)
    assert figure is not None
    return float(axes.get_position().height * figure.get_size_inches()[1] / abs(high - low))


def _zoom(figure: Figure, chart: Chart, place: Layout, first: int) -> None:
    """The last rows again, beside themselves, on a wider scale."""
    rows = len(chart.bars) - first
    wider = _axes(figure, place, ZOOM_LEFT, rows, first)
    wider.set_facecolor(style.TINT)
    _scale(wider, place.zoom_limit_bytes, chart.bars[first:], top=False)
    for number in range(first, first + rows):
        _bar(wider, number, chart.bars[number], place.zoom_bytes_per_inch, labelled=True)


def _text(
    axes: Axes, x: float, y: float, text: str, size: float, colour: str, bold: bool = False
) -> None:
    axes.text(
        x, y, text, color=colour, va="center_baseline", ha="left",
        fontproperties=style.font(size, bold), parse_math=False, zorder=6,
    )  # fmt: skip
