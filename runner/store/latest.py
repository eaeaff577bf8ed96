"""Which of many records belong to the newest run: a pure function, for tables and figures."""

from __future__ import annotations

from collections.abc import Iterable

from runner.model.record import Record


def latest_run(records: Iterable[Record]) -> list[Record]:
    """The newest record of each variant and trial, on the engine that measured last.

    One folder may hold records of several machines, and of variants that have changed since (a
    variant's name is unique in its experiment, so a newer `variant_id` of the same name replaces
    the older one). Ordered by step, name and trial.
    """
    by_age = sorted(records, key=lambda record: record.provenance.started_at)
    if not by_age:
        return []
    engine_id = by_age[-1].provenance.engine.id
    of_engine = [record for record in by_age if record.provenance.engine.id == engine_id]
    current = {(record.experiment, record.name): record.variant_id for record in of_engine}
    newest = {
        (record.experiment, record.name, record.trial): record
        for record in of_engine
        if current[record.experiment, record.name] == record.variant_id
    }
    return sorted(newest.values(), key=_position)


def _position(record: Record) -> tuple[bool, int, str, int]:
    """Steps of a path in their order, then variants without a step by name."""
    return (record.step is None, record.step or 0, record.name, record.trial)
