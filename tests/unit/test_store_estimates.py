"""What a store says of the trials that it has: how long they take, how large they are, the last."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from runner.model.errors import StoreError
from runner.model.paths import ResultPaths
from runner.model.record import LAST_SEQUENCE, Record, from_json, to_json
from runner.store.records import RecordStore
from tests.unit.records import failing, record

ELSE = "another_id"


@pytest.fixture
def store(tmp_path: Path) -> RecordStore:
    return RecordStore(ResultPaths(tmp_path / "results"))


def took(name: str, trial: int, elapsed_s: float, own_mb: float = 60.0) -> Record:
    """A trial that took so long; its cold build took a tenth of that."""
    made = record(name, base_mb=40, own_mb=own_mb, trial=trial, cold_s=elapsed_s / 10)
    return replace(made, elapsed_s=elapsed_s)


def test_nothing_is_said_without_a_trial_that_succeeded(store: RecordStore) -> None:
    for kept in (None, failing(took("slim", 0, 100.0))):
        if kept is not None:
            store.write(kept)
        slim = record("slim").variant_id
        assert store.usual() == (None, None)
        assert store.typical_s("slim", slim) is None
        assert store.typical_cold_s("slim", slim) is None
        assert store.typical_bytes("slim", slim) is None
        assert store.last_good("slim") is None


def test_the_usual_is_the_median_over_all_that_succeeded(store: RecordStore) -> None:
    for trial, (elapsed_s, own_mb) in enumerate([(100.0, 60.0), (300.0, 30.0), (500.0, 90.0)]):
        store.write(took("slim", trial, elapsed_s, own_mb))
    store.write(failing(took("bad", 0, 9000.0, 900.0)))
    assert store.usual() == (300.0, 100_000_000)
    store.write(took("full", 0, 320.0, own_mb=70.0))
    assert store.usual() == (310.0, 100_000_000), "of four sizes the lower middle: a real image's"


def test_what_was_not_measured_is_left_out_of_the_median(store: RecordStore) -> None:
    store.write(replace(took("slim", 0, 100.0), sizes=None))
    store.write(replace(took("slim", 1, 0.0), scenarios=()))
    slim = record("slim").variant_id
    assert store.usual() == (100.0, 100_000_000)
    assert store.typical_s("slim", slim) == 100.0
    assert store.typical_cold_s("slim", slim) == 10.0
    assert store.typical_bytes("slim", slim) == 100_000_000


def test_a_variant_is_known_by_its_name_or_by_what_it_is(store: RecordStore) -> None:
    for trial, elapsed_s in enumerate((100.0, 300.0, 500.0)):
        store.write(took("slim", trial, elapsed_s))
    store.write(took("full", 0, 9000.0, 900.0))
    slim = record("slim").variant_id
    for name, variant_id in (("slim", ELSE), ("another name", slim), ("slim", slim)):
        assert store.typical_cold_s(name, variant_id) == 30.0
        assert store.typical_bytes(name, variant_id) == 100_000_000
    assert store.typical_cold_s("another name", ELSE) is None
    assert store.typical_bytes("another name", ELSE) is None


def test_the_cold_build_alone_counts_as_cold(store: RecordStore) -> None:
    made = took("slim", 0, 100.0)
    again = replace(made.scenarios[0], name="noop", duration_s=1.0)
    store.write(replace(made, scenarios=(again, *made.scenarios)))
    assert store.typical_cold_s("slim", ELSE) == 10.0


def test_the_last_good_is_the_newest_of_that_name_that_succeeded(store: RecordStore) -> None:
    for trial in range(2):
        store.write(took("slim", trial, 100.0))
    store.write(failing(took("slim", 2, 100.0)))
    store.write(took("full", 3, 100.0))
    store.write(replace(took("", 4, 100.0), variant_id="XXXX"))
    last = store.last_good("slim")
    assert last is not None
    assert last.trial == 1


def test_a_record_is_held_if_this_very_one_is(store: RecordStore) -> None:
    one = took("slim", 0, 100.0)
    assert not store.holds(one)
    store.write(took("slim", 1, 100.0))
    assert not store.holds(one)
    store.write(one)
    assert store.holds(one)
    assert store.holds(replace(one, sequence=7)), "which one of the directory it is does not matter"
    assert not store.holds(replace(one, elapsed_s=101.0))


def test_a_secret_in_a_record_does_not_hide_that_it_is_held(store: RecordStore) -> None:
    one = replace(took("slim", 0, 100.0), about="from https://user:hunter2@index.example/simple")
    store.write(one)
    assert "hunter2" not in store.read_all()[0].about
    assert store.holds(one)


def test_records_are_numbered_from_one_behind_those_that_have_no_number(store: RecordStore) -> None:
    store.folder.mkdir(parents=True)
    (store.folder / "old.json").write_bytes(to_json(took("slim", 0, 100.0)))
    (store.folder / "broken.json").write_text("{")
    paths = [store.write(took("slim", trial, 100.0)) for trial in (1, 2)]
    assert [from_json(path.read_bytes()).sequence for path in paths] == [1, 2]
    last = replace(took("slim", 3, 100.0), sequence=LAST_SEQUENCE)
    (store.folder / "last.json").write_bytes(to_json(last))
    assert from_json(store.write(took("slim", 4, 1.0)).read_bytes()).sequence == LAST_SEQUENCE


def test_records_that_somebody_removed_are_missed(store: RecordStore) -> None:
    paths = [store.write(took("slim", trial, 100.0)) for trial in range(3)]
    for removed in (paths[:1], paths):
        for path in removed:
            path.unlink(missing_ok=True)
        with pytest.raises(StoreError) as said:
            store.read_all()
        assert str(said.value) == (
            f"{store.folder}: {len(removed)} records that were there have vanished: somebody "
            "removed them while this ran; what is left is kept, and the same command measures the "
            "rest again"
        )
    assert RecordStore(ResultPaths(store.root)).read_all() == [], "nobody knew of any"
