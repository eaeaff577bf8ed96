"""The records of one experiment on disk: append-only, and the memory of what is done already."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import count
from pathlib import Path
from statistics import median, median_low

from runner.model.errors import StoreError
from runner.model.paths import ResultPaths
from runner.model.record import Record, Status, from_json, to_json
from runner.store.atomic import create_bytes, remove_left_overs

_Stamp = tuple[int, int]
"""Modification time in nanoseconds and size in bytes: changes whenever a file does."""


@dataclass(frozen=True)
class Wanted:
    """What must have been measured for a trial to be done."""

    variant_id: str
    engine_id: str
    base_digest: str
    builder: str
    check_digest: str
    floor: bool = True
    trial: int = 0
    scenarios: tuple[str, ...] = ()


class RecordStore:
    """Reads and appends records; those read once are remembered, since they never change."""

    def __init__(self, paths: ResultPaths) -> None:
        self.folder = paths.records
        self._read: dict[Path, tuple[_Stamp, Record]] = {}

    def write(self, record: Record) -> Path:
        """Append a record and return its file; a record that is there already stays as it is.

        Raises `StoreError` when the disk is full or the folder cannot be written; then nothing
        half-written is left.
        """
        if self.folder.is_dir():
            remove_left_overs(self.folder)
        data = to_json(record)
        stem = f"{record.variant_id}-{record.provenance.engine.id}-{record.trial:03}"
        for attempt in count(1):
            suffix = f"-{attempt}" if attempt > 1 else ""
            path = self.folder / f"{stem}{suffix}.json"
            if create_bytes(path, data):
                return path
        raise AssertionError("count() never ends")

    def read_all(self) -> list[Record]:
        """Every record, oldest first; raises `StoreError` naming a file that is not a record."""
        if not self.folder.is_dir():
            return []
        files = sorted(path for path in self.folder.glob("*.json") if not path.name.startswith("."))
        records = [self._record(path) for path in files]
        return sorted(records, key=lambda record: record.provenance.started_at)

    def find(self, wanted: Wanted) -> Record | None:
        """The record of this trial, if it succeeded when it was last tried, on the same engine and
        base, with the same builder and the same check, with every scenario that is wanted.

        A record that does not know its check does not count, nor, where the floor is asked for,
        one of a run that did not look for it; one whose base could not be had is an attempt on any.
        """
        attempts = [
            record
            for record in self.read_all()
            if record.variant_id == wanted.variant_id
            and record.provenance.engine.id == wanted.engine_id
            and record.base.digest in (wanted.base_digest, "")
            and record.provenance.builder == wanted.builder
            and record.trial == wanted.trial
        ]
        last = attempts[-1] if attempts else None
        if last is None or last.status is not Status.ok:
            return None
        timed = {scenario.name for scenario in last.scenarios}
        measured = (last.floor_asked or not wanted.floor) and set(wanted.scenarios) <= timed
        return last if measured and last.check_digest == wanted.check_digest else None

    def holds(self, record: Record) -> bool:
        """Whether this very record is here."""
        return any(known == record for known in self.read_all())

    def typical_s(self, name: str, variant_id: str) -> float | None:
        """Median seconds of the successful trials of a variant; None without any.

        It may have had another name before, or other content under the same name.
        """
        took = [record.elapsed_s for record in self._good(name, variant_id)]
        return median(took) if took else None

    def typical_bytes(self, name: str, variant_id: str) -> int | None:
        """The same of the bytes of its image."""
        sizes = [
            record.sizes.unpacked_bytes
            for record in self._good(name, variant_id)
            if record.sizes is not None
        ]
        return median_low(sizes) if sizes else None

    def _good(self, name: str, variant_id: str) -> list[Record]:
        return [
            record
            for record in self.read_all()
            if record.status is Status.ok
            and (record.name == name or record.variant_id == variant_id)
        ]

    def _record(self, path: Path) -> Record:
        try:
            status = path.stat()
            stamp = (status.st_mtime_ns, status.st_size)
            known = self._read.get(path)
            if known is None or known[0] != stamp:
                known = (stamp, from_json(path.read_bytes(), str(path)))
                self._read[path] = known
        except OSError as error:
            raise StoreError(
                f"cannot read {path} ({error.strerror}): make it readable or move it away"
            ) from error
        return known[1]
