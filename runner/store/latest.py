"""Which of many records belong to the newest run: a pure function, for tables and figures."""

from __future__ import annotations

from collections.abc import Hashable, Iterable

from runner.model.record import Record, age
from runner.model.variant import variant_name


def latest_run(records: Iterable[Record]) -> list[Record]:
    """The newest record of each variant and trial, on the engine that measured last.

    One directory may hold records of several machines, of variants that have changed since (what
    was asked for has one row, so a newer `variant_id` of it replaces the older one), and of one
    variant that was called by several names (its newest name counts).
    Ordered by step, name and trial.
    """
    by_age = sorted(records, key=age)
    if not by_age:
        return []
    engine_id = by_age[-1].provenance.engine.id
    held = [record for record in by_age if record.provenance.engine.id == engine_id]
    asked = [(_asked(record), record) for record in held]
    current = {row: record.variant_id for row, record in asked}
    asked = [(row, record) for row, record in asked if current[row] == record.variant_id]
    called = {_built(record): row for row, record in asked}
    asked = [(row, record) for row, record in asked if called[_built(record)] == row]
    newest = {(row, record.trial): record for row, record in asked}
    return sorted(newest.values(), key=position)


def _asked(record: Record) -> Hashable:
    """What the record's row was asked for as: a step by its name, another variant by all of its
    levels, so that `base=slim` is the same as `defaults` where slim is the default."""
    name = record.name
    if record.step is None and name == variant_name(record.changed):
        name = variant_name(
            {**record.changed, **record.levels, "builder": record.provenance.builder}
        )
    return (record.experiment, name)


def _built(record: Record) -> Hashable:
    """What was built, on what and by what: two rows of it would be one variant twice, unless they
    are two steps of a path."""
    return (
        record.experiment,
        record.name if record.step is not None else "",
        record.variant_id,
        record.base.digest,
        record.provenance.builder,
    )


def position(record: Record) -> tuple[bool, int, str, int]:
    """Steps of a path in their order, then variants without a step by name."""
    return (record.step is None, record.step or 0, record.name, record.trial)
