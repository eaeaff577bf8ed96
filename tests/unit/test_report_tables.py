"""The CSV for programs, the Markdown for people, the table on the terminal."""

from __future__ import annotations

import csv
import io
from dataclasses import replace

import pytest
from rich.console import Console

from runner.analysis.findings import find
from runner.model.record import Record, Status
from runner.report.figures.sizes import sizes_chart
from runner.report.table import Column, Table, fitted, text_lines
from runner.report.tables import summary_csv, summary_markdown
from runner.report.terminal import print_summary
from tests.unit.records import failing, path_records, record


def markdown(records: list[Record]) -> str:
    """summary.md of the records."""
    return summary_markdown(find(records))


def table_lines(records: list[Record]) -> list[str]:
    """The lines of the table in summary.md, headings first."""
    lines = markdown(records).splitlines()
    first = next(place for place, line in enumerate(lines) if line.startswith("| "))
    return lines[first:]


def csv_rows(records: list[Record]) -> list[dict[str, str]]:
    """summary.csv of the records, read back."""
    return list(csv.DictReader(io.StringIO(summary_csv(find(records).frame))))


def test_csv_holds_plain_numbers_and_empty_cells() -> None:
    rows = csv_rows(path_records())
    assert rows[0]["unpacked_bytes"] == "2193400000"
    assert rows[0]["cold_s"] == "187.2"
    assert rows[0]["saved_bytes"] == rows[0]["wasted_bytes"] == rows[0]["noop_s"] == ""
    assert rows[7]["original_bytes"] == "155700000"
    assert rows[7]["base_provider"] == "standin"


def test_csv_of_a_failed_variant_has_no_size() -> None:
    (row,) = csv_rows([failing(record("a", about='says "no", twice\nover'))])
    assert row["status"] == "check_failed"
    assert row["unpacked_bytes"] == row["compressed_bytes"] == row["layers"] == row["cold_s"] == ""
    assert row["about"] == 'says "no", twice\nover'


def test_markdown_says_what_changed_and_what_it_bought() -> None:
    lines = table_lines(path_records())
    assert lines[0] == (
        "| step | what changed | unpacked | compressed | layers | cold build | healthy after"
        " | saved | vs first step | original post |"
    ), "what was measured for no variant has no column"
    assert lines[9] == (
        "| merged | commands merged into one layer, the toolchain removed in it | 107.4 MB"
        " | 43.0 MB | 5 | 1 min 09 s | 0.8 s | 140.6 MB | 20.4× | 155.7 MB |"
    )


def test_markdown_names_standins_engine_machine_compressor_and_notes() -> None:
    text = markdown([record("a", step=0, notes=("cache=flags has no effect here",))])
    assert "Stand-in base images" in text
    assert "python:3.11-alpine" in text
    assert "embedded dockerd 20.10.24 (overlay2, graphdriver), builder buildkit" in text
    assert "zlib-ng 2.2 level 6" in text
    assert "Some CPU @ 2.50GHz" in text
    assert "- a: cache=flags has no effect here" in text


def test_a_stand_in_that_could_not_be_had_is_nothing_that_was_measured_on() -> None:
    had = record("a", provider="standin", base="python:3.11-slim")
    missed = failing(record("b", provider="standin", base="none:1"), Status.base_failed)
    missed = replace(missed, base=replace(missed.base, digest=""))
    assert find([had, missed]).setting.standins == ("python:3.11-slim",)
    assert (
        find([replace(missed, base=replace(missed.base, provider="registry"))]).setting.bases == ()
    )


def test_markdown_does_not_call_pulled_bases_standins() -> None:
    assert "tand-in" not in markdown([record("a", step=0, provider="registry")])


def test_markdown_keeps_a_failed_row_without_a_size() -> None:
    records = path_records(3)
    records[1] = failing(records[1], step="RUN pip install\npoetry | tee log")
    lines = table_lines(records)
    assert lines[3].endswith(" | check failed | – | – | – | – | – | – | – |")
    why = "expected 3 entities, got 0"
    assert f"- locked: check failed: RUN pip install poetry \\| tee log: {why}" in lines


def test_markdown_shows_text_as_it_is() -> None:
    text = markdown([record("a_b", step=0, about="*x* <b> `y` [z](u) | w_v\nnew")])
    assert "| a_b | \\*x\\* \\<b> \\`y\\` \\[z](u) \\| w_v new |" in text


def test_a_grid_shows_the_levels_that_differ() -> None:
    records = [
        record("one", 0, 30, levels={"base": "slim", "layers": "merged"}),
        record("two", 0, 20, levels={"base": "alpine", "layers": "split"}),
    ]
    lines = table_lines(records)
    assert lines[0].startswith("| variant | base | layers_level | unpacked |")
    assert lines[2].startswith("| two | alpine | split | 20.0 MB |")


def test_a_dockerfile_without_levels_stands_beside_those_with_levels() -> None:
    slim, multi = (record(name, levels={"stages": name}) for name in ("one", "multi"))
    own = replace(record("Dockerfile"), levels={})
    head, _, *rows = table_lines([slim, multi, own])
    assert head.startswith("| variant | stages | unpacked |")
    (row,) = [row for row in rows if row.startswith("| Dockerfile ")]
    assert row.startswith("| Dockerfile | – | ")
    chart = sizes_chart(find([slim, multi, own]))
    assert {bar.name: bar.about for bar in chart.bars}["Dockerfile"] == ""


def printed(records: list[Record], width: int, terminal: bool = False) -> str:
    """What the terminal shows."""
    target = io.StringIO()
    console = Console(
        file=target,
        width=width,
        force_terminal=terminal,
        _environ={"TERM": "xterm-256color", "COLORTERM": "truecolor"},
    )
    print_summary(find(records), console)
    return target.getvalue()


@pytest.mark.parametrize("width", [40, 60, 80, 100, 140, 200])
def test_a_terminal_shows_every_step_and_size_within_its_width(width: int) -> None:
    records = path_records()
    records[3] = failing(records[3])
    text = printed(records, width)
    assert max(len(line) for line in text.splitlines()) <= width
    if width >= 60:
        shown = ["2.19 GB", "1.88 GB", "1.59 GB", "check failed", "1.18 GB", "292.3 MB"]
        for held, size in zip(records, shown, strict=False):
            assert any(held.name in line and size in line for line in text.splitlines())
    assert "29.6 MB" in text
    assert "scoped: check failed: check" in text


def test_a_word_of_a_cell_is_broken_at_no_width() -> None:
    numbers = tuple(Column(f"number {place}", expendable=place) for place in range(1, 13))
    columns = (
        Column("step", numeric=False, wraps=True),
        Column("what changed", numeric=False, wraps=True, expendable=30),
        *numbers,
    )
    row = ("toolchain_removed", "compiler and headers removed in the layer", *["1.19 GB"] * 12)
    for width in range(60, 221):
        table, _ = fitted(Table(columns, (row,), (True,)), width)
        lines = [line for line, _ in text_lines(table, width)]
        assert max(map(len, lines)) <= width
        assert "toolchain_removed" in " ".join(lines).split(), width


def test_a_wide_terminal_keeps_every_column() -> None:
    heading = printed(path_records(), 200).splitlines()[0]
    for name in ("what changed", "compressed", "layers", "saved", "original post"):
        assert name in heading


def test_colours_only_on_a_terminal() -> None:
    records = [failing(record("a", step=0)), record("b", step=1)]
    assert "\x1b[" in printed(records, 120, terminal=True)
    assert "\x1b[" not in printed(records, 120)


def test_markup_in_names_is_text() -> None:
    assert "[red]x[/red]" in printed([record("[red]x[/red]", step=0)], 200)


def test_a_changed_name_is_not_lost_beside_the_old_one() -> None:
    records = [record("a", step=0), replace(record("b", step=1), variant_id="b" * 12)]
    assert [row["name"] for row in csv_rows(records)] == ["a", "b"]
