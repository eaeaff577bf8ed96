"""Records come back as they were written, are never overwritten, and are never half there."""

from __future__ import annotations

import os
import resource
import signal
import subprocess
import sys
import threading
import time
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from runner.model.errors import StoreError
from runner.model.paths import ResultPaths
from runner.model.record import Record, Status, from_json, to_json
from runner.store import pipes
from runner.store.atomic import LEFT_OVER_AFTER_S, write_text
from runner.store.latest import latest_run
from runner.store.records import RecordStore, Wanted
from tests.unit.records import ENGINE, PROVENANCE, failing, path_records, record


def at(item: Record, started_at: str, engine_id: str = ENGINE.id) -> Record:
    """The same record, measured at another time, maybe on another engine."""
    engine = replace(ENGINE, id=engine_id)
    return replace(item, provenance=replace(PROVENANCE, engine=engine, started_at=started_at))


@pytest.fixture
def store(tmp_path: Path) -> RecordStore:
    return RecordStore(ResultPaths(tmp_path / "results"))


st.register_type_strategy(float, st.floats(0, 1e9))
st.register_type_strategy(int, st.integers(0, 2**40))


@settings(max_examples=60, deadline=None)
def possible(item: Record) -> Record:
    """What a store can hold: a known schema, and sequences that begin with 1."""
    return replace(item, schema=1, sequence=item.sequence or None)


@given(st.from_type(Record).map(possible))
def test_any_record_survives_the_round_trip(item: Record) -> None:
    data = to_json(item)
    assert from_json(data) == item
    assert data.endswith(b"}\n")


def test_records_come_back_in_the_order_of_writing(store: RecordStore) -> None:
    ahead = at(record("ahead"), "2036-05-04T13:00:00Z")
    behind = at(record("behind"), "2016-05-04T12:00:00Z")
    store.write(ahead)
    store.write(behind)
    for reader in (store, RecordStore(ResultPaths(store.folder.parent))):
        assert reader.read_all() == [ahead, behind]
        assert [item.sequence for item in reader.read_all()] == [1, 2]


def test_records_without_a_sequence_come_first_by_their_time(store: RecordStore) -> None:
    store.write(at(record("new"), "2016-05-04T12:00:00Z"))
    for name, started_at in (("older", "2026-05-04T12:00:00Z"), ("old", "2036-05-04T13:00:00Z")):
        (store.folder / f"{name}.json").write_bytes(to_json(at(record(name), started_at)))
    assert [item.name for item in store.read_all()] == ["older", "old", "new"]


def test_a_failure_of_a_clock_that_was_ahead_is_not_the_newest_for_ever(store: RecordStore) -> None:
    store.write(at(failing(record("slim")), "2036-05-01T10:00:00Z"))
    good = at(record("slim"), "2026-05-01T11:00:00Z")
    store.write(good)
    assert latest_run(store.read_all()) == [good]
    assert latest_run(reversed(store.read_all())) == [good]


def test_a_second_record_of_a_trial_gets_a_name_of_its_own(store: RecordStore) -> None:
    item = record("slim", variant_id="0a1b2c3d4e5f")
    first = store.write(failing(item))
    second = store.write(item)
    assert first.name == "0a1b2c3d4e5f-0123456789ab-000.json"
    assert second.name == "0a1b2c3d4e5f-0123456789ab-000-2.json"
    assert from_json(first.read_bytes()) == failing(item)
    assert from_json(second.read_bytes()) == item


def test_many_writers_of_one_trial_lose_no_record(store: RecordStore) -> None:
    items = [replace(record("slim"), about=f"writer {index}") for index in range(24)]
    writers = [threading.Thread(target=store.write, args=(item,)) for item in items]
    for writer in writers:
        writer.start()
    for writer in writers:
        writer.join()
    assert sorted(item.sequence or 0 for item in store.read_all()) == list(range(1, 25))
    found = {item.about for item in store.read_all()}
    assert found == {f"writer {index}" for index in range(24)}
    assert not list(store.folder.glob(".*"))


def test_no_folder_means_no_records(store: RecordStore) -> None:
    assert store.read_all() == []
    assert store.typical_s("slim", "0a1b2c3d4e5f") is None


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("{", "not a record"),
        ("[]", "not a record"),
        ('{"schema": 1}', "variant_id"),
        ('{"schema": 99}', "schema 99"),
        ("", "not a record"),
    ],
)
def test_a_foreign_file_is_named(store: RecordStore, text: str, says: str) -> None:
    store.write(record("slim"))
    (store.folder / "foreign.json").write_text(text)
    with pytest.raises(StoreError) as caught:
        store.read_all()
    assert "foreign.json" in str(caught.value)
    assert says in str(caught.value)


def test_half_written_files_are_ignored_and_cleaned_when_old(store: RecordStore) -> None:
    store.write(record("slim"))
    whole = to_json(record("full"))
    old, young = (store.folder / f".x.json.{age}.tmp" for age in ("old", "young"))
    for path in (old, young):
        path.write_bytes(whole[: len(whole) // 2])
    long_ago = time.time() - LEFT_OVER_AFTER_S - 5
    os.utime(old, (long_ago, long_ago))
    assert [item.name for item in store.read_all()] == ["slim"]
    store.write(record("alpine"))
    assert not old.exists()
    assert young.exists(), "another writer may be at work on it"


def has(store: RecordStore, **other: Any) -> bool:
    """Whether the store has the sample, or one that differs from it as given."""
    item = record("slim")
    usual = Wanted(item.variant_id, ENGINE.id, item.base.digest, "buildkit", "sha256:check")
    return store.find(replace(usual, **other)) is not None


def test_only_the_same_trial_on_the_same_ground_counts_as_done(store: RecordStore) -> None:
    assert not has(store)
    checked = replace(record("slim"), check_digest="sha256:check")
    store.write(at(failing(checked), "2026-05-01T10:00:00Z"))
    assert not has(store), "a failed trial is tried again"
    store.write(at(record("slim"), "2026-05-01T11:00:00Z"))
    assert not has(store), "nobody knows what was checked"
    store.write(at(checked, "2026-05-01T12:00:00Z"))
    assert has(store)
    assert not has(store, check_digest="sha256:other")
    assert not has(store, variant_id="ffffffffffff")
    assert not has(store, engine_id="ffffffffffff")
    assert not has(store, base_digest="sha256:other")
    assert not has(store, builder="classic")
    assert not has(store, trial=1)
    assert has(store, scenarios=("cold",))
    assert not has(store, scenarios=("cold", "noop")), "a scenario that was added is missing"


def test_a_scenario_that_does_not_apply_is_done_with(store: RecordStore) -> None:
    left_out = {"deps_edit": "no dependency file"}
    checked = replace(record("slim"), check_digest="sha256:check", left_out=left_out)
    store.write(checked)
    assert has(store, scenarios=("cold", "deps_edit"))
    assert not has(store, scenarios=("cold", "source_edit"))


def test_a_floor_that_nobody_looked_for_is_missing_only_where_it_is_asked_for(
    store: RecordStore,
) -> None:
    checked = replace(record("slim"), check_digest="sha256:check")
    store.write(at(replace(checked, floor=None, floor_asked=False), "2026-05-01T10:00:00Z"))
    assert has(store, floor=False)
    assert not has(store)
    store.write(at(replace(checked, floor=None), "2026-05-01T11:00:00Z"))
    assert has(store), "this engine's containers cannot be watched"
    assert has(store, floor=False)


def test_what_failed_since_is_not_done(store: RecordStore) -> None:
    checked = replace(record("slim"), check_digest="sha256:check")
    store.write(at(checked, "2026-05-01T10:00:00Z"))
    other_base = replace(checked, base=replace(checked.base, digest="sha256:other"))
    store.write(at(failing(other_base), "2026-05-01T11:00:00Z"))
    assert has(store), "what failed is another variant"
    store.write(at(replace(failing(checked), check_digest="sha256:other"), "2026-05-01T12:00:00Z"))
    assert not has(store), "the newest record is what the table shows: a check that failed"
    store.write(at(checked, "2026-05-01T13:00:00Z"))
    assert has(store)
    no_base = replace(failing(checked), base=replace(checked.base, digest=""))
    store.write(at(no_base, "2026-05-01T14:00:00Z"))
    assert not has(store), "its base could not be had"


def test_the_estimate_is_the_median_of_what_succeeded(store: RecordStore) -> None:
    for trial, took in enumerate((10.0, 30.0, 500.0)):
        store.write(replace(record("slim", trial=trial), elapsed_s=took))
    store.write(replace(failing(record("slim", trial=3)), elapsed_s=9000.0))
    store.write(replace(record("full"), elapsed_s=9000.0))
    slim = record("slim").variant_id
    assert store.typical_s("slim", "another_id") == 30.0, "its content has changed"
    assert store.typical_s("another name", slim) == 30.0, "it was called otherwise"
    assert store.typical_s("another name", "another_id") is None


def test_a_file_is_replaced_in_one_step(tmp_path: Path) -> None:
    path = tmp_path / "deep" / "experiment.yaml"
    write_text(path, "one")
    write_text(path, "two")
    assert path.read_text() == "two"
    assert [item.name for item in path.parent.iterdir()] == ["experiment.yaml"]


def test_what_is_no_plain_file_is_written_to_and_stays(tmp_path: Path) -> None:
    pipe, link, target = tmp_path / "pipe", tmp_path / "link", tmp_path / "target"
    os.mkfifo(pipe)
    link.symlink_to(target)
    read: list[str] = []
    reader = threading.Thread(target=lambda: read.append(pipe.read_text()))
    reader.start()
    write_text(pipe, "through")
    reader.join()
    write_text(link, "behind")
    assert read == ["through"]
    assert pipe.is_fifo()
    assert link.is_symlink()
    assert target.read_text() == "behind"
    with pytest.raises(StoreError, match="directory"):
        write_text(tmp_path, "")


@pytest.mark.parametrize("held", [False, True])
def test_a_pipe_that_nobody_reads_is_not_written_to_without_end(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, held: bool
) -> None:
    monkeypatch.setattr(pipes, "PATIENCE_S", 0.3)
    os.mkfifo(tmp_path / "pipe")
    reader = os.open(tmp_path / "pipe", os.O_RDONLY | os.O_NONBLOCK) if held else None
    begun_s = time.monotonic()
    with pytest.raises(StoreError, match=r"cannot write .*pipe .*nobody read it"):
        write_text(tmp_path / "pipe", "x" * 1_000_000)
    assert time.monotonic() - begun_s < 5
    if reader is not None:
        os.close(reader)


def test_a_folder_that_cannot_be_made_is_one_clear_line(tmp_path: Path) -> None:
    (tmp_path / "results").write_text("a file where the folder should be")
    with pytest.raises(StoreError, match="cannot write"):
        RecordStore(ResultPaths(tmp_path / "results")).write(record("slim"))


WRITE_WITH_LITTLE_ROOM = """
import sys
from pathlib import Path
from runner.model.errors import StoreError
from runner.model.paths import ResultPaths
from runner.store.records import RecordStore, Wanted
from tests.unit.records import record
try:
    RecordStore(ResultPaths(Path(sys.argv[1]))).write(record("slim"))
except StoreError as error:
    sys.exit(str(error))
"""


def little_room() -> None:
    """No file may grow beyond 100 bytes, and running into that is an error, not a signal."""
    signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
    resource.setrlimit(resource.RLIMIT_FSIZE, (100, 100))


def test_a_write_that_breaks_off_leaves_nothing(tmp_path: Path) -> None:
    done = subprocess.run(
        [sys.executable, "-B", "-c", WRITE_WITH_LITTLE_ROOM, str(tmp_path / "results")],
        preexec_fn=little_room,
        capture_output=True,
        text=True,
        timeout=60,
    )
    assert done.returncode == 1
    assert "cannot write" in done.stderr
    assert list((tmp_path / "results" / "records").iterdir()) == []


WRITE_FOREVER = """
import sys
from pathlib import Path
from runner.model.paths import ResultPaths
from runner.store.records import RecordStore, Wanted
from tests.unit.records import record
store = RecordStore(ResultPaths(Path(sys.argv[1])))
while True:
    store.write(record("slim"))
    print("written", flush=True)
"""


def test_a_killed_writer_leaves_whole_records_only(store: RecordStore) -> None:
    for wait_s in (0.0, 0.003, 0.011):
        writer = subprocess.Popen(
            [sys.executable, "-c", WRITE_FOREVER, str(store.folder.parent)], stdout=subprocess.PIPE
        )
        assert writer.stdout is not None
        with writer.stdout:
            writer.stdout.readline()
            time.sleep(wait_s)
            writer.kill()
            writer.wait()
    names = {item.name for item in store.read_all()}
    assert names == {"slim"}


def test_the_latest_run_is_of_the_engine_that_measured_last() -> None:
    reference = [at(item, "2026-05-01T10:00:00Z", "aaaaaaaaaaaa") for item in path_records()]
    here = [at(item, f"2026-05-02T10:{item.step:02}:00Z") for item in path_records(3)]
    assert latest_run([*here, *reference]) == here
    assert latest_run(reference) == reference
    assert latest_run([]) == []


def test_the_newest_record_of_a_trial_wins_also_when_it_failed() -> None:
    good = at(record("slim"), "2026-05-01T10:00:00Z")
    bad = at(failing(record("slim")), "2026-05-01T11:00:00Z")
    assert latest_run([good, bad]) == [bad]
    assert latest_run([bad, good]) == [bad]


def test_a_changed_variant_replaces_the_one_of_its_name() -> None:
    before = [
        at(record("slim", variant_id="aaaaaaaaaaaa", trial=trial), "2026-05-01T10:00:00Z")
        for trial in range(3)
    ]
    after = at(record("slim", variant_id="bbbbbbbbbbbb"), "2026-05-02T10:00:00Z")
    other = at(record("full"), "2026-05-01T10:00:00Z")
    assert latest_run([*before, after, other]) == [other, after]


def test_trials_of_one_variant_all_belong_to_the_run() -> None:
    trials = [at(record("slim", trial=trial), f"2026-05-01T1{trial}:00:00Z") for trial in range(3)]
    assert latest_run(reversed(trials)) == trials


def chosen(name: str, started_at: str, **changed: str) -> Record:
    """A variant that was asked for by these levels."""
    item = record(name, variant_id="aaaaaaaaaaaa", changed=changed)
    return at(replace(item, levels=item.levels | {"base": "slim"}), started_at)


def test_a_variant_of_several_names_is_there_once_by_its_newest() -> None:
    default = chosen("defaults", "2026-05-01T10:00:00Z")
    named = chosen("base=slim", "2026-05-01T11:00:00Z", base="slim")
    assert latest_run([default, named]) == [named]
    dotted = chosen("base.provider=auto", "2026-05-01T12:00:00Z", **{"base.provider": "auto"})
    assert latest_run([dotted, default, named]) == [dotted]
    changed = replace(default, variant_id="bbbbbbbbbbbb")
    later = at(changed, "2026-05-01T13:00:00Z")
    assert latest_run([default, named, later]) == [later], "the project has changed meanwhile"


def test_a_variant_on_another_base_or_by_another_builder_is_another_row() -> None:
    one = chosen("base.archive=a", "2026-05-01T10:00:00Z", **{"base.archive": "a"})
    two = chosen("base.archive=b", "2026-05-01T11:00:00Z", **{"base.archive": "b"})
    other_base = replace(two, base=replace(two.base, digest="sha256:other"))
    assert latest_run([one, other_base]) == [one, other_base]
    classic = chosen("defaults", "2026-05-01T11:00:00Z")
    classic = replace(classic, provenance=replace(classic.provenance, builder="classic"))
    buildkit = chosen("defaults", "2026-05-01T10:00:00Z")
    assert latest_run([buildkit, classic]) == [buildkit, classic]


def test_steps_of_a_path_are_all_there_even_if_they_build_the_same() -> None:
    steps = [replace(item, variant_id="aaaaaaaaaaaa") for item in path_records(3)]
    assert latest_run(steps) == steps


def test_status_survives_by_name(store: RecordStore) -> None:
    for trial, status in enumerate(Status):
        store.write(replace(record("slim", trial=trial), status=status))
    assert [item.status for item in store.read_all()] == list(Status)
