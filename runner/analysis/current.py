"""The records that count: one folder may hold several machines' and older ones."""

from __future__ import annotations

from collections.abc import Iterable

from runner.model.record import Record
from runner.store.latest import latest_run


def current(records: Iterable[Record]) -> list[Record]:
    """The newest run's records, by step, name and trial, in whatever order they were given."""
    return latest_run(sorted(records, key=_age))


def _age(record: Record) -> tuple[str, str]:
    """By start; records that started together are told apart by what is in them."""
    return (record.provenance.started_at, repr(record))
