"""The figure of repeated times: its bars and intervals are the numbers, and no words overlap."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from matplotlib.patches import Rectangle

from runner.analysis.findings import find
from runner.model.record import Record, ScenarioRecord
from runner.report.figures.render import render
from runner.report.figures.time_chart import TimeChart, times_chart
from runner.report.figures.times import draw_times
from runner.report.write import charts_of
from tests.property.test_report_figures import LONG, assert_apart, boxes
from tests.unit.records import failing, path_records, record

EDIT_S = {"deps_first": (0.1, 0.2, 0.1, 0.4, 0.1), "sources_first": (3.0, 3.1, 2.9, 3.3, 3.2)}


def trial_of(name: str, trial: int, edit_s: float) -> Record:
    """One trial of a variant of a grid, with a rebuild after an edited line."""
    made = record(name, changed={"order": name})
    cold, *_ = made.scenarios
    edited = replace(cold, name="source_edit", duration_s=edit_s)
    scenarios: tuple[ScenarioRecord, ...] = (replace(cold, duration_s=5.0 + trial), edited)
    return replace(made, trial=trial, scenarios=scenarios)


def repeated() -> list[Record]:
    """Two variants, five trials each."""
    return [
        trial_of(name, trial, edit_s)
        for name, times in EDIT_S.items()
        for trial, edit_s in enumerate(times)
    ]


def chart_of(records: list[Record]) -> TimeChart:
    """The chart of the records' times."""
    chart = times_chart(find(records))
    assert chart is not None
    return chart


def test_what_was_measured_once_has_no_figure_of_times() -> None:
    assert times_chart(find(path_records())) is None
    assert list(charts_of(find(path_records()))) == ["progression"]
    assert list(charts_of(find(repeated()))) == ["sizes", "times"]


def test_the_quickest_rebuild_stands_first_and_the_title_says_from_what_to_what() -> None:
    chart = chart_of(repeated())
    assert chart.title == "The build after an edited source file takes 0.1 s to 3.1 s"
    assert chart.subtitle.startswith("Medians of 5 trials with their intervals")
    assert chart.headings == ("source edit", "cold build", "healthy after")
    assert [row.name for row in chart.rows] == ["deps_first", "sources_first"]
    assert "deps_first: source edit 0.1 s [0.1, 0.4], cold build" in chart.description


def test_bars_are_as_long_as_the_medians_and_lines_as_the_intervals() -> None:
    figure = draw_times(chart_of(repeated()))
    edits = figure.axes[0]
    lengths = [bar.get_width() for bar in edits.patches if isinstance(bar, Rectangle)]
    assert lengths == [0.1, 3.1]
    drawn = {tuple(np.asarray(line.get_xdata()).tolist()) for line in edits.lines}
    assert {(0.1, 0.4), (2.9, 3.3)} <= drawn
    for axes in figure.axes:
        end_s = max(bar.get_width() for bar in axes.patches if isinstance(bar, Rectangle))
        assert axes.get_xlim()[0] == 0
        assert axes.get_xlim()[1] > end_s


@pytest.mark.parametrize("edit_s", [0.001, 3.0, 59.9, 5000.0])
def test_no_words_overlap_however_long_names_and_times_are(edit_s: float) -> None:
    records = repeated()
    records += [trial_of(f"{LONG}_{LONG}", trial, edit_s * (trial + 1)) for trial in range(5)]
    records.append(failing(record("broken", changed={"order": "broken"}), step=LONG))
    figure = draw_times(chart_of(records))
    assert_apart(figure, list(boxes(figure)))


def test_the_same_records_give_the_same_bytes() -> None:
    drawn = [
        render(draw_times(chart_of(records)), kind, "title")
        for kind in ("svg", "png")
        for records in (repeated(), repeated()[::-1])
    ]
    assert drawn[0] == drawn[1] != drawn[2] == drawn[3]
