"""The floor in records, tables and figures."""

from __future__ import annotations

from dataclasses import replace
from typing import Any, cast

import pytest
from matplotlib.figure import Figure

from runner.analysis.findings import find
from runner.model.record import FloorRecord, Record, from_json, to_json
from runner.report.figures import style
from runner.report.figures.bars import draw
from runner.report.figures.chart import Chart
from runner.report.figures.progression import progression_chart
from runner.report.figures.render import render
from runner.report.tables import summary_markdown
from tests.property.test_report_figures import assert_apart, bars_of, boxes, chart_of, row_at
from tests.unit.records import MB, failing, path_records, record

FLOORS = (132, 98, 61, 61, 61, 48, 48, 48, 48, 30, 28, 27)


def floored(records: list[Record]) -> list[Record]:
    """The records with a floor each."""
    return [
        replace(held, floor=FloorRecord(mega * MB, {"/bin/sh": mega * MB}))
        for held, mega in zip(records, FLOORS, strict=True)
    ]


def floor_lines(chart: Chart, figure: Figure) -> dict[int, float]:
    """Row → where the floor's dashed line stands in it."""
    found = {}
    for line in (line for axes in figure.axes for line in axes.lines):
        if line.get_color() == style.FLOOR:
            ends = cast(Any, line)
            low, high = (float(y) for y in ends.get_ydata())
            (found[row_at(chart, (low + high) / 2)],) = {float(x) for x in ends.get_xdata()}
    return found


def test_a_record_keeps_its_floor_and_an_old_one_has_none() -> None:
    held = replace(record("a"), floor=FloorRecord(3, {"/a": 1, "/ö\\xff": 2}))
    assert from_json(to_json(held)) == held
    old = to_json(record("a"))
    for line in (b' "floor": null,\n', b' "floor_asked": true,\n'):
        old = old.replace(line, b"")
    assert b"floor" not in old
    assert from_json(old).floor is None
    assert from_json(old).floor_asked, "earlier versions always looked for it"


def test_every_step_has_its_floor_in_the_frame_and_the_table() -> None:
    records = floored(path_records())
    frame = find(records).frame
    assert frame["floor_bytes"].tolist() == [mega * MB for mega in FLOORS]
    lines = summary_markdown(find(records)).splitlines()
    heading, _, first = lines[2:5]
    cells = [cell.strip() for cell in first.split("|")]
    assert cells[[cell.strip() for cell in heading.split("|")].index("floor")] == "132.0 MB"


def test_the_floor_is_the_low_median_of_the_trials_that_have_one() -> None:
    trials = [
        replace(record("a", trial=place), floor=FloorRecord(size, {}) if size else None)
        for place, size in enumerate([5, 0, 7, 6, 9])
    ]
    assert find(trials).frame["floor_bytes"].tolist() == [6]


def test_a_failed_variant_has_no_floor() -> None:
    held = failing(replace(record("a"), floor=FloorRecord(5, {})))
    assert find([held]).frame["floor_bytes"].isna().all()


def test_a_line_stands_at_the_floor_of_every_step() -> None:
    chart = chart_of(floored(path_records()))
    assert floor_lines(chart, draw(chart)) == pytest.approx(
        {row: mega * MB for row, mega in enumerate(FLOORS)}
    )


def test_the_line_is_dashed_and_in_the_legend() -> None:
    figure = draw(chart_of(floored(path_records())))
    (line,) = {
        line.get_linestyle() for line in figure.axes[0].lines if line.get_color() == style.FLOOR
    }
    assert line == "--"
    assert "floor: what the check opens" in {text for text, _ in boxes(figure)}


def test_no_floor_no_line_and_no_word_of_it() -> None:
    chart = chart_of(path_records())
    figure = draw(chart)
    assert not floor_lines(chart, figure)
    assert not [text for text, _ in boxes(figure) if "floor" in text]


def test_no_text_overlaps_another_or_lies_on_the_line() -> None:
    records = floored(path_records())
    records[2] = failing(records[2], step="RUN pip install " + "x" * 90)
    figure = draw(chart_of(records))
    found = list(boxes(figure))
    assert_apart(figure, found)
    for axes in figure.axes:
        drawn = [line.get_window_extent() for line in axes.lines]
        drawn += [bar.get_window_extent() for bar in bars_of(axes)]
        for text, box in found:
            assert not any(box.overlaps(shape) for shape in drawn), text


def test_the_chart_of_floors_is_the_same_twice() -> None:
    records = floored(path_records())
    chart = progression_chart(find(records))
    assert render(draw(chart), "svg", "x") == render(draw(chart), "svg", "x")
