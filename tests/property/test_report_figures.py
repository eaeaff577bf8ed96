"""What a chart says is computed first; what is drawn is that, readable, and never overlaps."""

from __future__ import annotations

import warnings
from collections.abc import Iterator
from dataclasses import replace
from functools import cache
from itertools import combinations
from typing import Any, cast

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from matplotlib.axes import Axes
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure
from matplotlib.patches import Rectangle
from matplotlib.text import Text
from matplotlib.transforms import Bbox

from runner.analysis.findings import find
from runner.model.record import Record
from runner.report.figures.bars import draw
from runner.report.figures.chart import Bar, Chart
from runner.report.figures.labels import legend_lines
from runner.report.figures.layout import layout, names_of, round_ticks, tick_label, zoom_start
from runner.report.figures.progression import progression_chart
from runner.report.figures.render import render
from runner.report.figures.sizes import sizes_chart
from runner.report.figures.style import clipped, text_width, wrapped
from tests.unit.records import failing, path_records, record
from tests.unit.test_analysis_labels import grid

LONG = "a_name_that_goes_on_and_on_without_a_single_space_to_break_it_at"


def chart_of(records: list[Record]) -> Chart:
    """The progression's chart of the records."""
    return progression_chart(find(records))


def long_winded(records: list[Record]) -> list[Record]:
    """The same with names and texts that cannot fit."""
    return [
        replace(held, name=f"{LONG}_{held.step}", about=f"{held.about} and {LONG} " * 3)
        for held in records
    ]


def test_characters_that_the_font_lacks_are_no_warnings() -> None:
    records = [replace(held, name=f"日本 {held.name}") for held in path_records(2)]
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        drawn = render(draw(chart_of(records)), "png", "a title")
    assert drawn.startswith(b"\x89PNG")


URL = "https://mirror.example/" + "a-long-directory/" * 20
VALUES = [f"{URL}{end}/simple/{'y' * 90}" for end in ("one", "two", "three", "four")]


def test_rows_of_long_values_do_not_look_alike() -> None:
    """What was cut were the ends of the names, in which they differ."""
    records = grid(("cache", "keep", "purge"), ("mirror.index_url", *VALUES))
    place = layout(sizes_chart(find(records)).printable(), 1)
    names = [row.name for panel in place.panels for row in panel.rows]
    assert len(set(names)) == len(records) == 8
    assert any("one" in "".join(name) for name in names)


@settings(max_examples=50, deadline=None)
@given(st.lists(st.text("aé=/ …", min_size=1, max_size=400), min_size=1, max_size=8, unique=True))
def test_no_two_names_of_rows_look_alike(texts: list[str]) -> None:
    names = [f"x{text}" for text in dict.fromkeys(" ".join(text.split()) for text in texts)]
    assert len(set(names_of(names))) == len(names)


def bars_of(axes: Axes) -> list[Rectangle]:
    """The rectangles that are bars."""
    return [patch for patch in axes.patches if isinstance(patch, Rectangle)]


def heights(chart: Chart) -> list[float]:
    """For each row the height at which its bar lies, in inches from the top."""
    place = layout(chart.printable(), len(legend_lines(chart)))
    return [row.middle for panel in place.panels for row in panel.rows]


def row_at(chart: Chart, height: float) -> int:
    """The row that lies there."""
    return min(enumerate(heights(chart)), key=lambda found: abs(found[1] - height))[0]


def lengths(chart: Chart, axes: Axes) -> dict[int, float]:
    """Row → length of its bar, in bytes."""
    found: dict[int, float] = {}
    for patch in bars_of(axes):
        row = row_at(chart, patch.get_y() + patch.get_height() / 2)
        assert patch.get_x() == pytest.approx(found.get(row, 0.0))
        found[row] = found.get(row, 0.0) + patch.get_width()
    return found


@cache
def progression_of(count: int) -> tuple[Figure, list[tuple[str, Bbox]]]:
    """A figure of so many steps, drawn once, and its texts."""
    figure = draw(chart_of(path_records(count)))
    return figure, list(boxes(figure))


def boxes(figure: Figure) -> Iterator[tuple[str, Bbox]]:
    """Every visible text with its box in pixels."""
    renderer = cast(Any, FigureCanvasAgg(figure)).get_renderer()
    figure.draw(renderer)
    for artist in figure.findobj(Text):
        assert isinstance(artist, Text)
        if artist.get_visible() and artist.get_text().strip():
            yield artist.get_text(), artist.get_window_extent(renderer)


def assert_apart(figure: Figure, found: list[tuple[str, Bbox]]) -> None:
    """Every text is inside the figure and touches no other."""
    whole = figure.bbox
    for text, box in found:
        assert whole.x0 <= box.x0 < box.x1 <= whole.x1, text
        assert whole.y0 <= box.y0 < box.y1 <= whole.y1, text
    for (one, first), (other, second) in combinations(found, 2):
        overlap = Bbox.intersection(first, second)
        assert overlap is None or overlap.width * overlap.height == 0, (one, other)


@pytest.mark.parametrize("count", [1, 3, 12, 16])
def test_no_text_overlaps_another_or_leaves_the_figure(count: int) -> None:
    assert_apart(*progression_of(count))


def test_long_names_and_failures_do_not_overlap_either() -> None:
    records = [
        failing(held, step=LONG) if held.step in (0, 7) else held
        for held in long_winded(path_records(8))
    ]
    figure = draw(chart_of(records))
    assert_apart(figure, list(boxes(figure)))


def test_a_path_of_failures_alone_is_drawn_as_text() -> None:
    figure = draw(chart_of([failing(held) for held in path_records(2)]))
    assert_apart(figure, list(boxes(figure)))
    assert not [bar for axes in figure.axes for bar in bars_of(axes)]


@pytest.mark.parametrize("count", [3, 12])
def test_no_text_lies_on_a_bar_or_a_mark(count: int) -> None:
    figure, found = progression_of(count)
    for axes in figure.axes:
        drawn = [patch.get_window_extent() for patch in bars_of(axes)]
        drawn += [line.get_window_extent() for line in axes.lines]
        for text, box in found:
            hit = [Bbox.intersection(box, shape) for shape in drawn]
            assert not any(part is not None and part.width * part.height for part in hit), text


def test_bars_are_as_long_as_the_images_are_large_each_on_one_scale() -> None:
    records = path_records()
    chart, figure = chart_of(records), progression_of(12)[0]
    sizes = dict(enumerate(find(records).frame["unpacked_bytes"].tolist()))
    upper, lower = (lengths(chart, axes) for axes in figure.axes)
    assert set(upper) == set(range(5))
    assert upper | lower == pytest.approx(sizes)
    base = [bar.get_width() for bar in bars_of(figure.axes[0]) if bar.get_x() == 0]
    assert base == pytest.approx([982e6] * 5)


def test_where_the_scale_changes_the_figure_says_by_how_much() -> None:
    figure, found = progression_of(12)
    upper, lower = figure.axes
    ratio = upper.get_xlim()[1] / lower.get_xlim()[1]
    told = f"Scale changes: below, bars are drawn {ratio:.1f}× longer"
    assert told in {text for text, _ in found}
    assert upper.get_position().y0 > lower.get_position().y1, "no row lies on both"


def test_no_text_is_smaller_than_nine_pixels_on_a_page_of_700() -> None:
    figure, _ = progression_of(12)
    pixels_per_point = 700 / (figure.get_size_inches()[0] * 72)
    texts = [found for found in figure.findobj(Text) if isinstance(found, Text)]
    sizes = [float(text.get_fontsize()) for text in texts if text.get_text()]
    assert min(sizes) * pixels_per_point >= 9


def test_both_scales_start_at_zero_and_are_linear() -> None:
    for axes in progression_of(12)[0].axes:
        assert axes.get_xlim()[0] == 0
        assert axes.get_xscale() == "linear"


def test_a_failed_step_is_a_line_of_text_and_never_a_bar() -> None:
    records = path_records()
    records[2] = failing(records[2], step="RUN pip install poetry")
    records[9] = failing(records[9])
    chart = chart_of(records)
    figure = draw(chart)
    for axes in figure.axes:
        assert not {2, 9} & set(lengths(chart, axes))
    words = [text.get_text() for axes in figure.axes for text in axes.texts]
    assert "✗ check failed: RUN pip install poetry" in words
    assert "2 of 12 did not pass" in chart.subtitle


def test_marks_stand_at_the_originals_figures_and_compressed_sizes() -> None:
    chart = chart_of(path_records())
    shared, wider = progression_of(12)[0].axes
    marks = {
        row_at(chart, float(line.get_ydata()[0])): float(line.get_xdata()[0])  # type: ignore[arg-type,index]
        for axes in (shared, wider)
        for line in axes.lines
        if line.get_marker() == "D"
    }
    assert marks == {0: 2.3e9, 2: 1.8e9, 7: 155.7e6, 8: 105e6}


def test_words_of_the_chart() -> None:
    chart = chart_of(path_records())
    assert chart.title == "2.19 GB → 29.6 MB, 74.1× smaller (minimal)"
    assert chart.base_legend == "base layers (stand-in images)"
    assert chart.footer[0].startswith("Stand-in base images")
    assert any("embedded dockerd" in line for line in chart.footer)


def test_where_only_some_bases_are_standins_their_steps_are_marked() -> None:
    records = [record("a", step=0), record("b", step=1, provider="registry")]
    chart = chart_of(records)
    assert [bar.name for bar in chart.bars] == ["a *", "b"]
    assert chart.footer[0].startswith("* Stand-in")
    assert chart.base_legend == "base layers (* stand-in images)"


def test_pulled_bases_are_not_called_standins() -> None:
    chart = chart_of([record("a", step=0, provider="registry")])
    assert "stand-in" not in " ".join([chart.base_legend, *chart.footer]).lower()


def test_dollar_signs_are_text() -> None:
    figure = draw(chart_of([record("$x$", step=0, about="costs $1_2 and $")]))
    assert {"$x$", "costs $1_2 and $"} <= {text for text, _ in boxes(figure)}


def test_a_grid_has_a_bar_for_each_variant_smallest_first() -> None:
    records = [record("b", 0, 30), record("a", 0, 20), failing(record("c"))]
    chart = sizes_chart(find(records))
    (axes,) = draw(chart).axes
    assert lengths(chart, axes) == {0: 20e6, 1: 30e6}
    assert chart.title == "a is 1.50× smaller than b"


@pytest.mark.parametrize("count", [40, 41, 300])
def test_a_figure_shows_what_a_reader_can_take_in_and_says_what_it_leaves_out(count: int) -> None:
    many = [record(f"v{place:03}", 0, place + 1) for place in range(count)]
    many[7] = failing(many[7])
    sizes = sizes_chart(find(many))
    for chart in (sizes, chart_of(path_records(count))):
        assert len(chart.bars) == 40
        assert ("are in summary.csv" in chart.subtitle) == (count > 40)
        if count > 40:
            assert f"40 of {count} rows: the " in chart.subtitle
            assert f"the other {count - 40} are in" in chart.subtitle
    names = [bar.name for bar in sizes.bars]
    assert names[0] == "v000", "the smallest"
    assert names[-1] == "v007", "one that failed"
    assert f"v{count - 1:03}" in names, "the largest"


def test_labels_of_a_grid_are_told_apart_in_the_figure() -> None:
    records = grid(
        ("base", "slim", "alpine"), ("cache", "keep", "purge"), ("layers", "split", "merged"),
        ("stages", "single", "multi"), deps="trimmed",
    )  # fmt: skip
    chart = sizes_chart(find(records))
    drawn = [" ".join(row.name) for panel in layout(chart, 1).panels for row in panel.rows]
    assert len(set(drawn)) == len(records)
    assert not [name for name in drawn if "…" in name or "deps" in name]
    figure = draw(chart)
    assert_apart(figure, list(boxes(figure)))


def test_the_headline_is_what_may_be_shipped_and_the_rest_is_called_possible() -> None:
    records = path_records()
    records[-1] = replace(records[-1], ships=False)
    chart = chart_of(records)
    assert chart.title == "2.19 GB → 33.9 MB, 64.7× smaller (own_root)"
    assert chart.subtitle.startswith("Possible, but not for shipping: 29.6 MB (minimal).")
    assert [bar.ships for bar in chart.bars[-2:]] == [True, False]
    assert chart.bars[-1].name == "minimal †"
    assert chart.footer[0].startswith("† not for shipping")


def bar(size_bytes: int, failure: str = "") -> Bar:
    """A row of that size."""
    return Bar("x", "", 0, size_bytes, failure=failure)


def test_a_wider_scale_only_for_last_rows_that_are_small() -> None:
    assert zoom_start((bar(1000), bar(900), bar(100), bar(50))) == 2
    assert zoom_start((bar(1000), bar(100), bar(900))) is None
    assert zoom_start((bar(1000), bar(500))) is None
    assert zoom_start((bar(1000), bar(1, "failed"), bar(100))) == 2
    assert zoom_start((bar(1000), bar(1, "failed"))) is None
    assert zoom_start(()) is None


@given(st.integers(1, 10**13))
def test_ticks_are_few_round_and_within_the_data(largest: int) -> None:
    ticks = round_ticks(largest)
    assert ticks[0] == 0
    assert ticks[-1] <= largest
    assert 2 <= len(ticks) <= 5
    assert len({tick_label(tick, ticks[-1]) for tick in ticks}) == len(ticks)


@given(st.text(st.characters(codec="latin-1", exclude_categories=["C"]), max_size=120))
@settings(max_examples=40, deadline=None)
def test_wrapped_text_keeps_to_its_width(text: str) -> None:
    lines = wrapped(text, 1.5, 8.5, lines=2)
    assert len(lines) <= 2
    assert all(text_width(line, 8.5) <= 1.5 for line in lines)
    if not lines or not lines[-1].endswith("…"):
        assert "".join(lines).replace(" ", "") == "".join(text.split())
    assert text_width(clipped(text, 1.0, 8.5), 8.5) <= 1.0
