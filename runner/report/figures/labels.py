"""Draws the words of a chart of bars: title, legend, names, figures, footer."""

from __future__ import annotations

from math import pi, sin

from matplotlib.figure import Figure
from matplotlib.lines import Line2D
from matplotlib.patches import Rectangle

from runner.report import formats
from runner.report.figures import style
from runner.report.figures.chart import Bar, Chart
from runner.report.figures.layout import (
    ABOUT_SIZE,
    BREAK,
    FACTORS,
    LINE,
    MARGIN,
    NAME_SIZE,
    NOTE_SIZE,
    SUBTITLE_SIZE,
    TICK_SIZE,
    TICKS,
    TITLE_LINE,
    TITLE_SIZE,
    VALUE_SIZE,
    WIDTH,
    Layout,
    Panel,
    Row,
    Words,
)

KEY, GAP = 0.27, 0.3
"""Widths of a legend's mark, and between two entries."""


def draw_words(figure: Figure, chart: Chart, place: Layout) -> None:
    """Title, legend, names, the columns at the right, footer."""
    write_heading(figure, place.words)
    _legend(figure, chart, place)
    right = WIDTH - MARGIN
    values = right - (FACTORS if chart.factors_heading else 0)
    for panel in place.panels[:1]:
        for x, heading in ((values, "unpacked"), (right, chart.factors_heading)):
            write_at(figure, x, panel.top - 0.13, heading, TICK_SIZE, style.MUTED, align="right")
    for before, panel in zip(place.panels, place.panels[1:], strict=False):
        _break(figure, place, before, panel)
    for panel in place.panels:
        for number, row in enumerate(panel.rows):
            _row(figure, row, chart.bars[panel.first + number], values, rule=number > 0)
    write_footer(figure, place.words.footer)


def write_heading(figure: Figure, words: Words) -> None:
    """The title, and below it what the figure shows."""
    y = MARGIN
    for line in words.title:
        write_at(figure, MARGIN, y + TITLE_LINE / 2, line, TITLE_SIZE, style.INK, bold=True)
        y += TITLE_LINE
    for number, line in enumerate(words.subtitle):
        write_at(figure, MARGIN, y + LINE * (number + 0.5), line, SUBTITLE_SIZE, style.MUTED)


def write_footer(figure: Figure, footer: tuple[str, ...]) -> None:
    """What the numbers come from, at the bottom."""
    height = figure.get_size_inches()[1]
    for number, text in enumerate(reversed(footer)):
        y = height - MARGIN - LINE * (number + 0.5) + LINE / 2
        write_at(figure, MARGIN, y, text, NOTE_SIZE, style.MUTED)


def _row(figure: Figure, row: Row, bar: Bar, values: float, rule: bool) -> None:
    """One row's words and figures, and the line above it."""
    write_row(figure, row, rule)
    if not bar.failure:
        right, size = WIDTH - MARGIN, formats.size(bar.unpacked_bytes)
        write_at(figure, values, row.middle, size, VALUE_SIZE, style.INK, bold=True, align="right")
        write_at(figure, right, row.middle, bar.factor, VALUE_SIZE, style.INK, align="right")


def write_row(figure: Figure, row: Row, rule: bool) -> None:
    """One row's name and what changed, and the line above it."""
    y = row.middle - LINE * (len(row.name) + len(row.about) - 1) / 2
    for text in row.name:
        write_at(figure, MARGIN, y, text, NAME_SIZE, style.INK, bold=True)
        y += LINE
    for text in row.about:
        write_at(figure, MARGIN, y, text, ABOUT_SIZE, style.MUTED)
        y += LINE
    if rule:
        edge = 1 - row.top / figure.get_size_inches()[1]
        ends = [MARGIN / WIDTH, (WIDTH - MARGIN) / WIDTH]
        figure.add_artist(Line2D(ends, [edge, edge], color=style.RULE, lw=0.7))


def _break(figure: Figure, place: Layout, before: Panel, panel: Panel) -> None:
    """A jagged line across the figure, and what changes below it."""
    height, y = place.height, panel.top - TICKS - BREAK / 2
    ratio = before.limit_bytes / panel.limit_bytes
    text = f"Scale changes: below, bars are drawn {ratio:.1f}× longer"
    width = style.text_width(text, ABOUT_SIZE, bold=True)
    middle = WIDTH / 2
    for left, right in (
        (MARGIN / 2, middle - width / 2 - 0.15),
        (middle + width / 2 + 0.15, WIDTH - MARGIN / 2),
    ):
        points = int((right - left) / 0.06)
        xs = [left + (right - left) * n / points for n in range(points + 1)]
        ys = [y + 0.05 * sin(pi / 2 + pi * n) for n in range(points + 1)]
        figure.add_artist(
            Line2D(
                [x / WIDTH for x in xs], [1 - at / height for at in ys],
                color=style.MUTED, lw=1.0, solid_joinstyle="miter",
            )
        )  # fmt: skip
    write_at(figure, middle, y, text, ABOUT_SIZE, style.INK, bold=True, align="center")


def legend_lines(chart: Chart) -> list[list[tuple[int, str]]]:
    """What the colours and marks mean, as (kind, label), in as many lines as there have to be;
    only what occurs."""
    sized = [bar for bar in chart.bars if not bar.failure]
    entries = [
        (chart.base_legend, any(bar.base_bytes for bar in sized)),
        ("own layers", any(bar.own_bytes for bar in sized)),
        ("compressed", any(bar.compressed_bytes for bar in sized)),
        ("the original post", any(bar.original_bytes for bar in sized)),
        ("floor: what the check opens", any(bar.floor_bytes for bar in sized)),
        ("own layers, not for shipping", any(not bar.ships and bar.own_bytes for bar in sized)),
    ]
    lines: list[list[tuple[int, str]]] = [[]]
    x = MARGIN
    for kind, (label, occurs) in enumerate(entries):
        if not occurs:
            continue
        width = KEY + style.text_width(label, ABOUT_SIZE) + GAP
        if lines[-1] and x + width - GAP > WIDTH - MARGIN:
            lines.append([])
            x = MARGIN
        lines[-1].append((kind, label))
        x += width
    return [line for line in lines if line]


def _legend(figure: Figure, chart: Chart, place: Layout) -> None:
    for number, line in enumerate(legend_lines(chart)):
        x, y = MARGIN, place.legend + 1.3 * LINE * (number + 0.5)
        for kind, label in line:
            _key(figure, place, kind, x, y)
            write_at(figure, x + KEY, y, label, ABOUT_SIZE, style.INK)
            x += KEY + style.text_width(label, ABOUT_SIZE) + GAP


def _key(figure: Figure, place: Layout, kind: int, x: float, y: float) -> None:
    """The mark in front of a legend's entry."""
    if kind in style.FILLS:
        figure.add_artist(
            Rectangle(
                (x / WIDTH, 1 - (y + 0.065) / place.height), 0.19 / WIDTH, 0.13 / place.height,
                facecolor=style.FILLS[kind], lw=0,
            )
        )  # fmt: skip
        return
    middle = (x + 0.095) / WIDTH
    ends = [1 - (y + 0.085) / place.height, 1 - (y - 0.085) / place.height]
    if kind == 2:
        figure.add_artist(Line2D([middle, middle], ends, color=style.INK, linewidth=1.6))
    elif kind == 4:
        for look in style.FLOOR_LINES:
            figure.add_artist(Line2D([middle, middle], ends, **look))
    else:
        mark = {key: value for key, value in style.ORIGINAL_MARK.items() if key != "clip_on"}
        figure.add_artist(Line2D([middle], [1 - y / place.height], **mark))


def write_at(
    figure: Figure, x: float, y: float, text: str, size: float, colour: str,
    bold: bool = False, align: str = "left",
) -> None:  # fmt: skip
    """Text at inches from the figure's upper left corner, centred on its line."""
    figure.text(
        x / WIDTH, 1 - y / figure.get_size_inches()[1], text, color=colour, ha=align,
        va="center_baseline", fontproperties=style.font(size, bold), parse_math=False,
    )  # fmt: skip
