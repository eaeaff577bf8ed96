"""The records that count: one directory may hold several machines' and older ones."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import replace
from itertools import groupby

from runner.analysis.labels import without_paths
from runner.model.levels import FACTORS
from runner.model.record import Record, age
from runner.model.variant import variant_name
from runner.store.latest import latest_run, position


def current(records: Iterable[Record]) -> list[Record]:
    """The newest run's records, by step, name and trial, in whatever order they were given.

    Variants that are not steps are named so that their names tell them apart: what was measured as
    `defaults` is `base=slim` beside `base=full`.
    """
    return _told_apart(latest_run(_by_age(without_paths(records))))


def _told_apart(records: Sequence[Record]) -> list[Record]:
    """Each record with all that differs between them in its name, beside what was chosen."""
    no_steps = [_choices(record) for record in records if record.step is None]
    keys = (*FACTORS, "builder")
    differing = {key for key in keys if len({choices.get(key) for choices in no_steps}) > 1}
    return sorted((_named(record, differing) for record in records), key=position)


def _named(record: Record, differing: set[str]) -> Record:
    """Names that no levels were chosen by, a path's for one, stay as they are."""
    if record.step is not None or record.name != variant_name(record.changed):
        return record
    told = {key: value for key, value in _choices(record).items() if key in differing}
    return replace(record, name=variant_name({**told, **record.changed}))


def _choices(record: Record) -> dict[str, str]:
    return {**record.levels, "builder": record.provenance.builder}


def _by_age(records: Iterable[Record]) -> list[Record]:
    """Oldest first; records of one age are told apart by what is in them."""
    held = sorted(records, key=_age)
    return [
        record for _, together in groupby(held, key=_age) for record in _by_content(list(together))
    ]


def _age(record: Record) -> tuple[int, str, str, str, int]:
    return (*age(record), record.name, record.variant_id, record.trial)


def _by_content(records: list[Record]) -> list[Record]:
    return sorted(records, key=repr) if len(records) > 1 else records
