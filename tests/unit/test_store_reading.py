"""Records are read once and no link is followed to them; what cannot be read is named."""

from __future__ import annotations

import os
from dataclasses import replace
from pathlib import Path

import pytest

from runner.model.errors import StoreError
from runner.model.paths import ResultPaths
from runner.model.record import FloorRecord, from_json, slim, to_json
from runner.store import records
from runner.store.directories import Directory
from runner.store.records import RecordStore
from tests.unit.records import record

ONE = replace(record("slim"), floor=FloorRecord(7, {"bin/sh": 7}))


@pytest.fixture
def paths(tmp_path: Path) -> ResultPaths:
    return ResultPaths(tmp_path / "results")


@pytest.fixture
def read(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """Names of the files that were read, each time that they were."""
    names: list[str] = []

    def reading(data: bytes, origin: str = "") -> object:
        names.append(Path(origin).name)
        return from_json(data, origin)

    monkeypatch.setattr(records, "from_json", reading)
    return names


def test_a_record_is_read_once_unless_somebody_changes_it(
    paths: ResultPaths, read: list[str]
) -> None:
    RecordStore(paths).write(ONE)
    store = RecordStore(paths)
    for _ in range(3):
        assert store.read_all() == [ONE]
    (name,) = read
    changed = replace(ONE, about="somebody edited it")
    (paths.records / name).write_bytes(to_json(changed))
    assert store.read_all() == store.read_all() == [changed]
    again = replace(ONE, about="somebody edited 17")
    (paths.records / name).write_bytes(to_json(again))
    os.utime(paths.records / name, (1, 1))
    assert store.read_all() == [again], "as long as before, but of another time"
    assert read == [name] * 3


def test_what_tables_do_not_show_is_remembered_only_where_it_is_wanted(paths: ResultPaths) -> None:
    RecordStore(paths).write(ONE)
    assert RecordStore(paths).read_all() == [ONE] != [slim(ONE)]
    assert RecordStore(paths, slimmed=True).read_all() == [slim(ONE)]


def test_other_files_are_no_records(paths: ResultPaths) -> None:
    store = RecordStore(paths)
    written = store.write(ONE)
    for name in (".hidden.json", "notes.txt", "json", "x.json.bak"):
        (paths.records / name).write_text("{")
    assert store.read_all() == [ONE]
    assert written == paths.records / f"{ONE.variant_id}-0123456789ab-000.json"


def test_no_link_is_followed_to_records(paths: ResultPaths, tmp_path: Path) -> None:
    (tmp_path / "elsewhere").mkdir()
    (tmp_path / "elsewhere" / ".old.json.0a1b.tmp").touch()
    os.utime(tmp_path / "elsewhere" / ".old.json.0a1b.tmp", (1, 1))
    paths.records.parent.mkdir(parents=True)
    paths.records.symlink_to(tmp_path / "elsewhere")
    store = RecordStore(paths)
    for use in (lambda: store.write(ONE), store.read_all):
        with pytest.raises(StoreError, match=rf"^{paths.records}: a symbolic link"):
            use()
    assert [path.name for path in (tmp_path / "elsewhere").iterdir()] == [".old.json.0a1b.tmp"]


def test_a_file_in_the_place_of_the_directory_is_named(paths: ResultPaths) -> None:
    paths.records.parent.mkdir(parents=True)
    paths.records.touch()
    with pytest.raises(StoreError) as said:
        RecordStore(paths).read_all()
    assert str(said.value) == (
        f"cannot read {paths.records} (Not a directory): make it readable or move it away"
    )
    with pytest.raises(StoreError, match=rf"^cannot write {paths.records} \("):
        RecordStore(paths).write(ONE)


def test_a_record_that_cannot_be_read_is_named(
    paths: ResultPaths, monkeypatch: pytest.MonkeyPatch
) -> None:
    def read(*_: object) -> bytes:
        raise PermissionError(13, "Permission denied")

    path = RecordStore(paths).write(ONE)
    monkeypatch.setattr(Directory, "read", read)
    with pytest.raises(StoreError) as said:
        RecordStore(paths).read_all()
    assert str(said.value) == (
        f"cannot read {path} (Permission denied): make it readable or move it away"
    )


def test_what_is_no_file_among_records_is_named(paths: ResultPaths) -> None:
    RecordStore(paths).write(ONE)
    (paths.records / "x.json").mkdir()
    with pytest.raises(StoreError) as said:
        RecordStore(paths).read_all()
    assert str(said.value) == f"{paths.records}/x.json: a directory, not a record: remove it"


@pytest.mark.parametrize("gone", ["a record", "the directory"])
def test_what_vanishes_while_it_is_read_is_missed(
    paths: ResultPaths, monkeypatch: pytest.MonkeyPatch, gone: str
) -> None:
    for trial in range(2):
        RecordStore(paths).write(replace(ONE, trial=trial))
    store = RecordStore(paths)
    if gone == "a record":
        monkeypatch.setattr(Directory, "status", lambda *_: None)
    else:
        monkeypatch.setattr(Directory, "is_still_there", lambda _: False)
    with pytest.raises(StoreError, match=r": (\d) records that were there have vanished") as said:
        store.read_all()
    assert f": {1 if gone == 'a record' else 2} records" in str(said.value)
