"""Draws rows of horizontal bars: names at the left, a bar each, figures at the right.

Where the last rows are much smaller than the first, they stand below a break, on a tinted ground,
on a scale of their own.
"""

from __future__ import annotations

from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.patches import Rectangle

from runner.report.figures import style
from runner.report.figures.chart import Bar, Chart
from runner.report.figures.labels import draw_words, legend_lines
from runner.report.figures.layout import (
    ABOUT_SIZE,
    BAR,
    MARGIN,
    NAMES,
    PAD,
    TICK_SIZE,
    WIDTH,
    Layout,
    Panel,
    layout,
    round_ticks,
    tick_label,
)


def draw(chart: Chart) -> Figure:
    """Draw the chart; each panel is one of `figure.axes`, whose heights are inches from the top."""
    with style.style():
        shown = chart.printable()
        place = layout(shown, len(legend_lines(shown)))
        figure = Figure(figsize=(WIDTH, place.height), facecolor=style.PAPER)
        for panel in place.panels:
            bars = shown.bars[panel.first : panel.first + len(panel.rows)]
            _panel(figure, place, panel, bars)
        draw_words(figure, shown, place)
        return figure


def _panel(figure: Figure, place: Layout, panel: Panel, bars: tuple[Bar, ...]) -> None:
    if panel.first:
        _ground(figure, place, panel)
    axes = _axes(figure, place, panel)
    _scale(axes, panel, bars)
    for row, bar in zip(panel.rows, bars, strict=True):
        _bar(axes, row.middle, row.height, bar, place.bytes_per_inch(panel))


def _ground(figure: Figure, place: Layout, panel: Panel) -> None:
    """The tinted ground of rows on another scale, from edge to edge."""
    top = panel.top - 0.3
    figure.add_artist(
        Rectangle(
            (MARGIN / 2 / WIDTH, 1 - panel.bottom / place.height),
            1 - MARGIN / WIDTH,
            (panel.bottom - top) / place.height,
            facecolor=style.TINT,
            alpha=style.TINT_SHARE,
            lw=0,
            zorder=-2,
        )
    )


def _axes(figure: Figure, place: Layout, panel: Panel) -> Axes:
    axes = figure.add_axes(
        (
            (MARGIN + NAMES) / WIDTH,
            1 - panel.bottom / place.height,
            place.bars_width / WIDTH,
            (panel.bottom - panel.top) / place.height,
        ),
        facecolor="none",
    )
    axes.set_ylim(panel.bottom, panel.top)
    axes.set_yticks([])
    for side in axes.spines.values():
        side.set_visible(False)
    return axes


def _scale(axes: Axes, panel: Panel, bars: tuple[Bar, ...]) -> None:
    """Ticks at round sizes, with units, no further than anything is drawn."""
    ticks = round_ticks(max(bar.extent_bytes for bar in bars))
    axes.set_xlim(0, panel.limit_bytes)
    axes.set_xticks(ticks, [tick_label(tick, ticks[-1]) for tick in ticks])
    axes.tick_params(
        axis="x", length=0, pad=4, colors=style.MUTED, top=True, bottom=False,
        labeltop=True, labelbottom=False,
    )  # fmt: skip
    for label in axes.get_xticklabels():
        label.set_fontproperties(style.font(TICK_SIZE))
    axes.grid(axis="x", color=style.RULE, linewidth=0.8)
    axes.set_axisbelow(True)


def _bar(axes: Axes, middle: float, height: float, bar: Bar, per_inch: float) -> None:
    """One row: the bar in its two parts, the markers, the value behind them."""
    if bar.failure:
        width = (axes.get_xlim()[1] / per_inch) - 2 * PAD
        text = style.clipped(f"✗ {bar.failure}", width, ABOUT_SIZE)
        _text(axes, PAD * per_inch, middle, text, ABOUT_SIZE, style.FAILED)
        return
    own = style.OWN if bar.ships else style.OWN_PALE
    for left, width, colour in (
        (0, bar.base_bytes, style.BASE),
        (bar.base_bytes, bar.own_bytes, own),
    ):
        if width:
            axes.add_patch(Rectangle((left, middle - BAR / 2), width, BAR, facecolor=colour, lw=0))
    if bar.floor_bytes:
        for look in style.FLOOR_LINES:
            ends = [middle - height / 2, middle + height / 2]
            axes.plot([bar.floor_bytes] * 2, ends, **look)
    if bar.compressed_bytes:
        _compressed(axes, bar.compressed_bytes, middle)
    if bar.original_bytes:
        axes.plot([bar.original_bytes], [middle], **style.ORIGINAL_MARK)
        x = bar.extent_bytes + per_inch * 1.2 * PAD
        _text(axes, x, middle, bar.original, TICK_SIZE, style.ORIGINAL)


def _compressed(axes: Axes, compressed_bytes: int, middle: float) -> None:
    """A dark line with a light edge across the bar."""
    for colour, width in ((style.PAPER, 3.6), (style.INK, 1.6)):
        axes.plot(
            [compressed_bytes] * 2, [middle - BAR * 0.68, middle + BAR * 0.68],
            color=colour, linewidth=width, solid_capstyle="butt", zorder=4,
        )  # fmt: skip


def _text(axes: Axes, x: float, y: float, text: str, size: float, colour: str) -> None:
    axes.text(
        x, y, text, color=colour, va="center_baseline", ha="left",
        fontproperties=style.font(size), parse_math=False, zorder=6,
    )  # fmt: skip
