"""Tables in a terminal of any width: no cell is cut without a mark, no line is too long."""

from __future__ import annotations

import io
import re
from collections.abc import Callable
from dataclasses import replace
from functools import partial

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from rich.cells import cell_len
from rich.console import Console

from runner.analysis.budget import MaxSize, MaxWaste, MaxWastePercent
from runner.analysis.findings import find
from runner.analysis.image_diff import image_diff
from runner.cli.console import SafeConsole
from runner.cli.progress import LiveProgress
from runner.image.merge import merge
from runner.model.anatomy import AnatomyDocument
from runner.model.record import FloorRecord, Record, ScenarioRecord
from runner.report.inspect.check import check_document, print_check
from runner.report.inspect.diff import print_diff
from runner.report.inspect.terminal import print_report
from runner.report.table import Column, Table, fitted, text_lines, wrapped_cells
from runner.report.terminal import print_summary
from tests.unit.anatomies import document
from tests.unit.images import file, image, layer
from tests.unit.records import failing, path_records
from tests.unit.test_analysis_labels import grid

WIDTHS = range(60, 221)
UNITS = r"(?:B|kB|MB|GB|TB|s|min|h)"
CUT = re.compile(r"\d [kMGT](?=\s|$)|\d…|cold buil(?!d)|\d\.\d m(?!in)", re.MULTILINE)
"""A number without the end of its unit, as tables of earlier versions had it."""


def console(width: int) -> tuple[Console, io.StringIO]:
    """A terminal of that width, and what it gets."""
    target = io.StringIO()
    return Console(file=target, width=width, highlight=False, markup=False), target


def full_path() -> list[Record]:
    """A path with every column filled, a failure in it."""
    records = [
        replace(
            held,
            floor=FloorRecord(123_456_789, {}),
            sizes=held.sizes and replace(held.sizes, wasted_bytes=150_700_000),
            scenarios=(
                *held.scenarios,
                *(ScenarioRecord(name, 33.3, (), 150_700_000)
                  for name in ("noop", "source_edit", "deps_edit")),
            ),
        )
        for held in path_records()
    ]  # fmt: skip
    records[3] = failing(records[3])
    return records


def some_grid() -> list[Record]:
    """Variants with long names."""
    return grid(
        ("base", "slim", "alpine"), ("cache", "keep", "purge"), ("layers", "split", "merged"),
        ("base.image", "registry.example.org/some/very/long/image:1", "x:2"),
    )  # fmt: skip


@pytest.mark.parametrize("records", [full_path, some_grid])
def test_no_cell_of_the_summary_is_cut(records: Callable[[], list[Record]]) -> None:
    held = records()
    for width in WIDTHS:
        out, target = console(width)
        print_summary(find(held), out)
        text = target.getvalue()
        assert max(cell_len(line) for line in text.splitlines()) <= width, width
        assert not CUT.findall(text), (width, CUT.findall(text))
        heading = re.sub(r"\s+", " ", text.split("─")[0])
        assert "unpacked" in heading, width
        assert "…" not in text.split("─")[0], width


def test_what_has_no_room_is_named() -> None:
    out, target = console(70)
    print_summary(find(full_path()), out)
    assert "No room for: original post, wasted" in target.getvalue()


def check(shown: AnatomyDocument, out: Console) -> None:
    """The report of `check` with rules of every kind."""
    rules = (MaxSize("1MB"), MaxWaste("150.7MB"), MaxWastePercent("5", "1MB"))
    outcomes = [rule.evaluate(shown) for rule in rules]
    print_check(check_document(shown, outcomes, None), out)


def compare(shown: AnatomyDocument, out: Console) -> None:
    """The report of `compare-images` of two images that share little."""
    old = image(layer(file("app/gone/x.so", 1_300_700_000), file("app/same", 150_700_000)))
    new = image(layer(file("app/new/y.so", 150_800_000), file("app/same", 250_900_000)))
    print_diff(image_diff((shown, merge(old)), (shown, merge(new)), 100), out, 10)


REPORTS: dict[str, Callable[[AnatomyDocument, Console], None]] = {
    "inspect": partial(print_report, top=10),
    "check": check,
    "compare-images": compare,
}


@pytest.mark.parametrize("command", REPORTS)
def test_no_number_of_an_image_report_is_cut(command: str) -> None:
    shown = document(stored_bytes=1_507_000_000, wasted_bytes=150_700_000)
    out, target = console(300)
    REPORTS[command](shown, out)
    whole = sizes(target.getvalue())
    assert whole
    for width in WIDTHS:
        out, target = console(width)
        REPORTS[command](shown, out)
        text = target.getvalue()
        assert max(cell_len(line) for line in text.splitlines()) <= width, width
        assert not CUT.findall(text), (width, CUT.findall(text))
        assert sizes(text) == whole, width


def sizes(text: str) -> list[str]:
    """Every size in the text, as it is written; a unit may stand on the next line."""
    return re.findall(rf"\d[\d.]*\s{UNITS}\b", re.sub(r"\s+", " ", text))


_CELLS = st.text(st.sampled_from("ab1. 漢é"), max_size=30).map(lambda text: " ".join(text.split()))


@st.composite
def tables(draw: st.DrawFn) -> Table:
    """A small table of any text."""
    columns = tuple(
        Column(f"h{place}", draw(st.booleans()), draw(st.booleans()), draw(st.integers(0, 3)))
        for place in range(draw(st.integers(1, 6)))
    )
    rows = draw(st.lists(st.tuples(*(_CELLS for _ in columns)), min_size=1, max_size=4))
    return Table(columns, tuple(rows), (True,) * len(rows))


@settings(max_examples=150, deadline=None)
@given(tables(), st.integers(60, 220))
def test_cells_are_whole_and_lines_are_no_wider_than_the_terminal(table: Table, width: int) -> None:
    shown, dropped = fitted(table, width)
    lines = [line for line, _ in text_lines(shown, width)]
    assert all(cell_len(line) <= width for line in lines)
    assert len(shown.columns) + len(dropped) == len(table.columns)
    squeezed = sorted("".join("".join(lines).replace("─", "").split()))
    cells = [column.heading for column in shown.columns]
    cells += [cell for row in shown.rows for cell in row]
    assert squeezed == sorted("".join("".join(cells).split()))


@given(_CELLS, st.integers(2, 40))
def test_wrapping_loses_nothing_and_keeps_to_the_width(text: str, width: int) -> None:
    lines = wrapped_cells(text, width)
    assert all(cell_len(line) <= width for line in lines)
    assert "".join(lines).replace(" ", "") == text.replace(" ", "")


NOTE = (
    "another trial is measured on this engine (process 123456, which measures there since 10:04:05"
    " UTC (for 75 s)): waiting for its turn, at most 3600 s (run.wait_s)"
)
PATH = "/results" + "/directory" * 30


@pytest.mark.parametrize("terminal", [True, False])
def test_a_message_is_broken_at_word_ends_on_a_terminal_and_nowhere_in_a_log(
    terminal: bool,
) -> None:
    for width in WIDTHS:
        target = io.StringIO()
        console = SafeConsole()
        console.file, console.width, console._force_terminal = target, width, terminal
        with LiveProgress(console) as progress:
            progress.note(NOTE)
            progress.note(f"see {PATH}")
        lines = target.getvalue().splitlines()
        assert " ".join(line.strip() for line in lines) == f"{NOTE} see {PATH}"
        assert PATH in target.getvalue(), "what is longer than a line stays one word to copy"
        told = [line for line in lines if PATH not in line]
        assert max(map(cell_len, told)) <= width if terminal else told == [NOTE]
