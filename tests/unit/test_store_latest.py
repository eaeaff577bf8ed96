"""Rows of a table come in the order of their steps, and trials in theirs."""

from __future__ import annotations

from dataclasses import replace

from runner.store.latest import latest_run, position
from tests.unit.records import PROVENANCE, record


def test_steps_come_first_in_their_order_then_variants_by_name_then_trials() -> None:
    held = [
        record("z", step=0), record("a", step=1), record("m", step=1, variant_id="b" * 12),
        record("aa", variant_id="c" * 12), record("b"), record("b", trial=1), record("b", trial=2),
    ]  # fmt: skip
    assert latest_run(reversed(held)) == held
    assert [position(one) for one in held][:2] == [(False, 0, "z", 0), (False, 1, "a", 0)]
    assert position(record("b", trial=2)) == (True, 0, "b", 2)


def test_variants_of_two_experiments_are_two_rows() -> None:
    one = record("slim")
    other = replace(one, experiment="another")
    assert latest_run([one, other]) == [one, other]


def test_levels_that_were_not_said_count_as_what_they_were() -> None:
    """`base=slim` is `defaults` where slim is the default, and where alpine is, it is not."""
    where = {"base": "slim", "cache": "flags"}
    default = record("defaults", variant_id="a" * 12, levels=where)
    named = record("base=slim", variant_id="b" * 12, levels=where, changed={"base": "slim"})
    other = record("base=alpine", levels=where | {"base": "alpine"}, changed={"base": "alpine"})
    held = [
        replace(one, sequence=place) for place, one in enumerate([default, other, named], start=1)
    ]
    assert latest_run(held) == [held[1], held[2]]
    by = record("builder=buildkit", variant_id="c" * 12, levels=where)
    by = replace(by, sequence=4, changed={"builder": "buildkit"})
    assert latest_run([*held, by]) == [held[1], by]


def test_a_name_of_ones_own_is_its_own_row() -> None:
    default = record("defaults", variant_id="a" * 12)
    called = replace(record("mine", variant_id="b" * 12), sequence=1)
    assert latest_run([default, called]) == [default, called]


def test_the_engine_that_measured_last_is_that_of_the_last_record_written() -> None:
    engine = replace(PROVENANCE.engine, id="f" * 12)
    elsewhere = replace(
        record("slim"),
        sequence=1,
        provenance=replace(PROVENANCE, engine=engine, started_at="2036-01-01"),
    )
    here = replace(record("slim"), sequence=2)
    assert latest_run([here, elsewhere]) == [here]
