"""A run next to the committed reference run of the same experiment: the same bytes, or why not."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from runner.model.record import Record, Status


@dataclass(frozen=True)
class Row:
    """One variant of both runs."""

    name: str
    here_bytes: int | None
    """Unpacked bytes here; None for a variant that failed."""
    reference_bytes: int | None
    reasons: tuple[str, ...] = ()
    """What differs of what it was built from, the likely cause first."""

    @property
    def is_same(self) -> bool:
        """Whether both have the same size."""
        return self.here_bytes is not None and self.here_bytes == self.reference_bytes


def against_reference(here: Iterable[Record], reference: Iterable[Record]) -> list[Row]:
    """A row for each variant that both runs have, in the order of this one; the newest record of
    each counts."""
    newest = {record.name: record for record in here}
    known = {record.name: record for record in reference}
    return [_row(record, known[name]) for name, record in newest.items() if name in known]


def _row(here: Record, reference: Record) -> Row:
    sizes = _bytes(here), _bytes(reference)
    reasons = () if None not in sizes and sizes[0] == sizes[1] else tuple(_reasons(here, reference))
    return Row(here.name, *sizes, reasons)


def _bytes(record: Record) -> int | None:
    good = record.status is Status.ok and record.sizes is not None
    return record.sizes.unpacked_bytes if good and record.sizes is not None else None


def _reasons(here: Record, reference: Record) -> Sequence[str]:
    found = []
    for record, whose in ((here, "here"), (reference, "in the reference")):
        if record.status is not Status.ok:
            found.append(f"{record.status.value.replace('_', ' ')} {whose}")
    if here.base.digest != reference.base.digest:
        found.append(f"another base: {here.base.provider}, not {reference.base.provider}")
        if here.base.provider == reference.base.provider:
            found[-1] = f"another build of the base ({here.base.provider})"
    if here.dockerfile_digest != reference.dockerfile_digest:
        found.append("another Dockerfile")
    contexts = [record.context.digest if record.context else "" for record in (here, reference)]
    if contexts[0] != contexts[1]:
        found.append("another context")
    networks = here.provenance.network, reference.provenance.network
    if networks[0] != networks[1]:
        found.append(f"packages fetched {networks[0]}, not {networks[1]}")
    versions = here.provenance.engine.version, reference.provenance.engine.version
    if versions[0] != versions[1]:
        found.append(f"engine {versions[0]}, not {versions[1]}")
    return found or ["other versions of packages, or files that are not the same twice"]
