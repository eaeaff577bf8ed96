"""A record as it is kept and as it is shown: without credentials, and of this schema alone."""

from __future__ import annotations

import json
from dataclasses import replace

import pytest

from runner.model.engine import BuildStep
from runner.model.errors import StoreError
from runner.model.failure import Failure
from runner.model.record import FloorRecord, Record, age, from_json, slim, to_json
from tests.unit.records import PROVENANCE, record

SECRET = "https://user:hunter2@index.example/simple"
SHOWN = "https://***@index.example/simple"


def with_secrets() -> Record:
    """One with a password wherever a text may hold one."""
    made = record("slim", changed={"mirror": SECRET}, about=SECRET, notes=("kept", SECRET))
    return replace(
        made,
        name=f"slim {SECRET}",
        base=replace(made.base, reference=SECRET, reason=SECRET),
        failure=Failure(SECRET, SECRET, 1, ("kept", SECRET)),
    )


def test_what_is_written_holds_no_credentials_and_all_else() -> None:
    data = to_json(with_secrets())
    assert b"hunter2" not in data
    assert data.count(SHOWN.encode()) == 9
    found = json.loads(data)
    assert found["notes"] == ["kept", SHOWN]
    assert found["changed"] == {"mirror": SHOWN}
    assert (found["trial"], found["schema"]) == (0, 1)
    assert found["context"] == {
        "bytes": 1_500_000, "files": 42, "digest": "sha256:" + "c" * 64,
    }  # fmt: skip


def test_what_somebody_else_wrote_is_shown_without_credentials() -> None:
    """A version that kept more, or an editor."""
    data = to_json(with_secrets()).replace(SHOWN.encode(), SECRET.encode())
    assert data.count(b"hunter2") == 9
    found = from_json(data)
    assert found.name == f"slim {SHOWN}"
    assert found.about == SHOWN
    assert found.changed == {"mirror": SHOWN}
    assert found.notes == ("kept", SHOWN)
    assert (found.base.reference, found.base.reason) == (SHOWN, SHOWN)
    assert found.failure == Failure(SHOWN, SHOWN, 1, ("kept", SHOWN))
    assert from_json(to_json(record("slim"))).failure is None


@pytest.mark.parametrize(
    ("schema", "said"),
    [
        (None, "record 7: no schema; this dockbench reads schema 1"),
        (2, "record 7: schema 2 is not known; this dockbench reads schema 1"),
        ("1", "record 7: schema '1' is not known; this dockbench reads schema 1"),
        (True, "record 7: schema True is not known; this dockbench reads schema 1"),
        (1.0, "record 7: schema 1.0 is not known; this dockbench reads schema 1"),
    ],
)
def test_another_schema_is_refused_with_the_one_that_is_read(schema: object, said: str) -> None:
    document = json.loads(to_json(record("slim"))) | {"schema": schema}
    with pytest.raises(StoreError) as caught:
        from_json(json.dumps(document).encode(), "record 7")
    assert str(caught.value) == said


def test_what_is_not_a_record_is_named_with_its_origin() -> None:
    for data in (b"", b"{", b'{"schema": 1}', b"\xff"):
        with pytest.raises(StoreError, match=r"^record: not a record: .*; move it away$"):
            from_json(data)


def test_the_oldest_are_those_without_a_sequence_by_their_time() -> None:
    late = replace(record("late"), provenance=replace(PROVENANCE, started_at="2026-09-01"))
    early = replace(record("early"), provenance=replace(PROVENANCE, started_at="2026-01-01"))
    first, second = replace(late, sequence=1), replace(early, sequence=2)
    assert sorted([second, first, late, early], key=age) == [early, late, first, second]
    assert age(early) < age(late) < age(first) < age(second)


def test_tables_need_neither_the_steps_nor_the_files() -> None:
    whole = record("slim")
    timed = replace(whole.scenarios[0], steps=(BuildStep("RUN x", 1.0, 2.0),))
    whole = replace(whole, scenarios=(timed, timed), floor=FloorRecord(7, {"bin/sh": 7}))
    found = slim(whole)
    bare = replace(timed, steps=())
    assert found == replace(whole, scenarios=(bare, bare), floor=FloorRecord(7, {}))
    assert slim(record("slim")) == record("slim")
