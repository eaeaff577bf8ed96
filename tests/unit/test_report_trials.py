"""Repeated trials in tables: medians with intervals, comparisons with a reference, warnings."""

from __future__ import annotations

import csv
import io

import pytest
from rich.console import Console

from runner.analysis.findings import Findings, find
from runner.analysis.times import blocks_of, reference_of
from runner.model.errors import ConfigError
from runner.model.record import Record
from runner.report.data_tables import comparisons_csv, samples_csv
from runner.report.html import report_html
from runner.report.tables import summary_csv, summary_markdown
from runner.report.terminal import print_summary
from tests.unit.noisy_blocks import blocks
from tests.unit.records import failing, record


def trials(slower: float = 1.5) -> list[Record]:
    """Three variants of five trials; v00 takes longer than the others."""
    return [
        record(name, 0, 10 + int(name[1:]), trial=number, cold_s=value)
        for number, block in enumerate(blocks(1, variants=3, spread=0.01, slower=slower))
        for name, value in block.items()
    ]


@pytest.fixture(scope="module")
def found() -> Findings:
    """What they say."""
    return find(trials())


def test_times_are_shown_with_their_intervals(found: Findings) -> None:
    page = summary_markdown(found)
    (row,) = [line for line in page.splitlines() if line.startswith("| v00 ") and "MB" in line]
    assert " s [1" in row
    assert "94 % for five" in " ".join(page.split())
    (cells,) = [row for row in csv.DictReader(io.StringIO(summary_csv(found.frame)))
                if row["name"] == "v00"]  # fmt: skip
    values = sorted(held.scenarios[0].duration_s for held in trials() if held.name == "v00")
    assert float(cells["cold_s"]) == pytest.approx(values[2], abs=0.001)
    assert float(cells["cold_low_s"]) == pytest.approx(values[0], abs=0.001)
    assert float(cells["cold_high_s"]) == pytest.approx(values[4], abs=0.001)
    assert cells["trials"] == "5"


def test_a_slower_variant_is_found_against_the_reference_that_was_chosen(found: Findings) -> None:
    rows = list(csv.DictReader(io.StringIO(comparisons_csv(found, "v01"))))
    cold = {row["variant"]: row for row in rows if row["metric"] == "cold_s"}
    assert set(cold) == {"v00", "v02"}
    assert cold["v00"]["verdict"] == "slower"
    assert 1.4 < float(cold["v00"]["low"]) < float(cold["v00"]["high"]) < 1.6
    assert cold["v02"]["verdict"] == "no difference"
    page = summary_markdown(found, reference="v01")
    assert "**Times against v01**" in page
    assert "| v00 | cold build | +" in page
    screen = io.StringIO()
    print_summary(found, Console(file=screen, width=120), "v01")
    assert "Times against v01" in screen.getvalue()
    assert "slower" in screen.getvalue()
    assert "Times against v01" in report_html(found, {}, reference="v01")


def test_a_reference_that_is_not_there_is_named_with_those_that_are(found: Findings) -> None:
    with pytest.raises(ConfigError, match="'nosuch' is not a variant that passed: choose from v00"):
        comparisons_csv(found, "nosuch")
    assert reference_of(find([failing(record("a"))]).steps) is None


def test_every_sample_has_a_row_and_those_of_failed_variants_none() -> None:
    held = [*trials(), failing(record("broken"))]
    rows = list(csv.DictReader(io.StringIO(samples_csv(find(held)))))
    assert len(rows) == 2 * 15, "cold build and healthy of each"
    assert {row["name"] for row in rows} == {"v00", "v01", "v02"}


def test_blocks_leave_out_what_failed() -> None:
    held = trials()
    held[0] = failing(held[0])
    left = blocks_of(find(held), "cold_s")
    assert len(left) == 5
    assert all(held[0].name not in block for block in left), "one failed trial fails the variant"


def test_single_trials_are_not_compared() -> None:
    one = find([record("a"), record("b")])
    assert "Times against" not in summary_markdown(one)
    assert comparisons_csv(one).count("\n") == 1


def test_odd_samples_are_told_with_what_to_do() -> None:
    records = [record("a", trial=number, cold_s=10 + number % 2 * 0.1) for number in range(6)]
    records += [record("a", trial=6, cold_s=40.0), record("b")]
    page = " ".join(summary_markdown(find(records)).split())
    assert "a, cold: 1 of 7 trials are outliers" in page
