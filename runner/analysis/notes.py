"""Remarks on the variants of a report: those of their records, and what comparing them shows."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from runner.model.levels import FACTORS
from runner.model.record import Record, Status


@dataclass(frozen=True)
class Note:
    """A remark that one or more variants carry."""

    text: str
    variants: tuple[str, ...]


def carried(records: Iterable[Record]) -> tuple[Note, ...]:
    """What the records say themselves, each remark once, in the records' order."""
    carriers: dict[str, dict[str, None]] = {}
    for record in records:
        for text in record.notes:
            carriers.setdefault(" ".join(text.split()), {})[record.name] = None
    return tuple(Note(text, tuple(names)) for text, names in carriers.items())


def same_recipes(records: Iterable[Record]) -> tuple[Note, ...]:
    """For each variant that was built from the same Dockerfile, context and base as an earlier one
    of the experiment, what differs in its levels, and so comes to nothing here.

    `records` are in the order of the table. Layers with other numbers of files tell that files of
    our own, which no digest covers, were different.
    """
    first: dict[tuple[object, ...], Record] = {}
    found: dict[str, dict[str, None]] = {}
    for record in records:
        if record.status is not Status.ok or record.context is None or record.sizes is None:
            continue
        key = (
            record.experiment,
            record.provenance.builder,
            record.dockerfile_digest,
            record.context.digest,
            record.base.digest,
            tuple(layer.files for layer in record.sizes.layers),
        )
        earlier = first.setdefault(key, record)
        if earlier.name != record.name and (differing := _differing(earlier, record)):
            text = f"the same Dockerfile on the same base as {earlier.name}: {differing} "
            text += "changes nothing here" if ", " not in differing else "change nothing here"
            found.setdefault(text, {})[record.name] = None
    return tuple(Note(text, tuple(names)) for text, names in found.items())


def _differing(before: Record, after: Record) -> str:
    """`layers=merged, toolchain=purged`: the later one's levels that the earlier has not."""
    return ", ".join(
        f"{factor}={after.levels[factor]}"
        for factor in FACTORS
        if factor in after.levels and after.levels[factor] != before.levels.get(factor)
    )
