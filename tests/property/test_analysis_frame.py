"""Records become one row per variant; the arithmetic between rows; nothing is lost."""

from __future__ import annotations

import random
from dataclasses import replace
from statistics import median

import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from runner.analysis.findings import find
from runner.analysis.frame import CONTRACT, factor_column
from runner.analysis.steps import changed_text
from runner.model.levels import FACTORS
from runner.model.record import Record, ScenarioRecord, Status
from tests.unit.records import ENGINE, MB, PROVENANCE, failing, path_records, record, sizes


def test_columns_of_the_contract_come_first_and_every_factor_has_one() -> None:
    columns = list(find(path_records(3)).frame.columns)
    assert tuple(columns[: len(CONTRACT)]) == CONTRACT
    assert [factor_column(factor) for factor in FACTORS] == columns[
        len(CONTRACT) : len(CONTRACT) + len(FACTORS)
    ]
    assert len(set(columns)) == len(columns)


def test_layers_is_a_count_and_the_factor_has_a_name_of_its_own() -> None:
    frame = find([record("a", levels={"layers": "merged"}, own_layers=4)]).frame
    assert frame.loc[0, "layers"] == 5
    assert frame.loc[0, "own_layers"] == 4
    assert frame.loc[0, "layers_level"] == "merged"


def test_waste_is_that_of_the_image_whose_sizes_are_shown() -> None:
    wasted = [
        replace(one, sizes=replace(one.sizes, wasted_bytes=waste))
        for one, waste in ((record("a", own_mb=61.0), 7), (record("a", trial=1), 5))
        if one.sizes is not None
    ]
    assert find(wasted).frame["wasted_bytes"].tolist() == [5]
    assert find([record("a")]).frame["wasted_bytes"].isna().all()


def test_saved_and_factor_follow_the_steps() -> None:
    frame = find(
        [record(name, 0, mb, step=step) for step, (name, mb) in enumerate(
            [("a", 100.0), ("b", 40.0), ("c", 50.0)])]
    ).frame  # fmt: skip
    assert frame["saved_bytes"].tolist() == [pd.NA, 60 * MB, -10 * MB]
    assert frame["factor_vs_first"].tolist() == [1.0, 2.5, 2.0]
    assert frame["size_rank"].tolist() == [3, 1, 2]


def test_saved_is_against_the_last_step_that_passed() -> None:
    good = [record(name, 0, mb, step=step) for step, (name, mb) in enumerate(
        [("a", 100.0), ("b", 90.0), ("c", 50.0)])]  # fmt: skip
    frame = find([good[0], failing(good[1]), good[2]]).frame
    assert frame["saved_bytes"].tolist() == [pd.NA, pd.NA, 50 * MB]


def test_without_a_first_step_there_is_no_factor() -> None:
    good = [record(name, step=step) for step, name in enumerate("abc")]
    frame = find([failing(good[0]), *good[1:]]).frame
    assert frame["factor_vs_first"].isna().all()


@pytest.mark.parametrize("status", [status for status in Status if status is not Status.ok])
def test_what_failed_has_a_row_but_neither_size_nor_time(status: Status) -> None:
    frame = find([failing(record("a"), status, "RUN pip install")]).frame
    row = frame.iloc[0]
    assert row["status"] == status.value
    assert row["failing_step"] == "RUN pip install"
    assert row["context_bytes"] == 1_500_000
    measured = ["unpacked_bytes", "compressed_bytes", "layers", "base_bytes", "cold_s", "size_rank"]
    assert row[measured].isna().all()


def test_one_failed_trial_fails_the_variant() -> None:
    frame = find([record("a"), failing(record("a", trial=1)), record("a", trial=2)]).frame
    row = frame.iloc[0]
    assert (row["status"], row["trials"], row["failed_trials"]) == ("check_failed", 3, 1)
    assert pd.isna(row["unpacked_bytes"])


def test_a_trial_that_was_repeated_replaces_the_failed_one() -> None:
    later = replace(PROVENANCE, started_at="2026-05-05T00:00:00Z")
    again = replace(record("a"), provenance=later)
    frame = find([again, failing(record("a"))]).frame
    assert frame["status"].tolist() == ["ok"]
    assert frame["trials"].tolist() == [1]


def test_only_the_engine_that_measured_last_counts() -> None:
    elsewhere = replace(
        PROVENANCE, engine=replace(ENGINE, id="f" * 12), started_at="2026-05-05T00:00:00Z"
    )
    newer = replace(record("a", own_mb=10.0), provenance=elsewhere)
    frame = find([newer, record("a"), record("b")]).frame
    assert frame["name"].tolist() == ["a"]
    assert frame.loc[0, "own_bytes"] == 10 * MB


def test_times_are_medians_and_sizes_those_of_one_image() -> None:
    trials = [
        replace(record("a", trial=trial, cold_s=cold_s), sizes=sizes(10 * MB, own))
        for trial, (cold_s, own) in enumerate([(9.0, 700), (1.0, 900), (2.0, 800), (3.0, 600)])
    ]
    row = find(trials).frame.iloc[0]
    assert row["cold_s"] == 2.5
    assert row["unpacked_bytes"] == 10 * MB + 700
    assert row["base_bytes"] + row["own_bytes"] == row["unpacked_bytes"]


def test_each_scenario_has_its_column() -> None:
    timed = [ScenarioRecord(name, 5.0 + place, ()) for place, name in enumerate(
        ["cold", "noop", "source_edit", "deps_edit"])]  # fmt: skip
    row = find([replace(record("a"), scenarios=tuple(timed))]).frame.iloc[0]
    assert row[["cold_s", "noop_s", "source_edit_s", "deps_edit_s"]].tolist() == [5, 6, 7, 8]


def test_a_grid_is_sorted_by_size_and_has_no_savings() -> None:
    frame = find([record("a", 0, 3.0), failing(record("b")), record("c", 0, 1.0)]).frame
    assert frame["name"].tolist() == ["c", "a", "b"]
    assert frame[["step", "saved_bytes", "factor_vs_first"]].isna().all(axis=None)


def test_no_records_are_an_empty_frame_with_every_column() -> None:
    frame = find([]).frame
    assert len(frame) == 0
    assert set(CONTRACT) <= set(frame.columns)


def test_changed_levels_come_in_the_order_of_the_factors() -> None:
    assert changed_text({"zzz": "1", "cache": "purge", "base": "slim"}) == (
        "base=slim, cache=purge, zzz=1"
    )


@st.composite
def trials_of_variants(draw: st.DrawFn) -> list[Record]:
    """A few variants with a few trials each, some failed, in any order."""
    in_path = draw(st.booleans())
    records = []
    for place in range(draw(st.integers(1, 6))):
        for trial in range(draw(st.integers(1, 3))):
            own_mb = draw(st.integers(0, 2000))
            cold_s = draw(st.floats(0.1, 900, allow_nan=False))
            good = record(
                f"v{place}", 5, own_mb, step=place if in_path else None, trial=trial, cold_s=cold_s
            )
            records.append(failing(good) if draw(st.integers(0, 4)) == 0 else good)
    return draw(st.permutations(records))


@settings(max_examples=25, deadline=None)
@given(trials_of_variants(), st.randoms())
def test_no_variant_is_lost_and_order_does_not_matter(
    records: list[Record], chance: random.Random
) -> None:
    frame = find(records).frame
    assert sorted(frame["name"]) == sorted({item.name for item in records})
    assert frame["trials"].sum() == len(records)
    for row in frame.itertuples():
        own = [item for item in records if item.name == row.name]
        if all(item.status is Status.ok for item in own):
            sizes_seen = {item.sizes.unpacked_bytes for item in own if item.sizes}
            assert row.unpacked_bytes in sizes_seen
            expected = median(item.scenarios[0].duration_s for item in own)
            assert row.cold_s == pytest.approx(expected, abs=0.001)
        else:
            assert row.status == "check_failed"
    shuffled = list(records)
    chance.shuffle(shuffled)
    pd.testing.assert_frame_equal(frame, find(shuffled).frame)


@settings(max_examples=25, deadline=None)
@given(trials_of_variants())
def test_savings_add_up_to_first_minus_last(records: list[Record]) -> None:
    frame = find(records).frame
    sized = frame[frame["step"].notna() & frame["unpacked_bytes"].notna()]["unpacked_bytes"]
    if len(sized):
        assert frame["saved_bytes"].sum() == sized.iloc[0] - sized.iloc[-1]
