"""The records of one experiment on disk: append-only, and the memory of what is done already."""

from __future__ import annotations

import stat
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, replace
from itertools import count
from pathlib import Path
from statistics import median, median_low

from runner.model.errors import StoreError
from runner.model.paths import ResultPaths
from runner.model.record import LAST_SEQUENCE, Record, Status, age, from_json, slim, to_json
from runner.store.atomic import create_in, explained, remove_left_overs
from runner.store.directories import Directory, kind_of, open_directory

_Stamp = tuple[int, int]
"""Modification time in nanoseconds and size in bytes: changes whenever a file does."""

LOCK_S = 30.0
"""How long a writer waits for the others: each needs milliseconds."""


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
    network: str = "direct"


class RecordStore:
    """Reads and appends records; those read once are remembered, since they never change."""

    def __init__(self, paths: ResultPaths, *, slimmed: bool = False) -> None:
        """`slimmed` for tables and figures: what they do not show is not remembered."""
        self.folder = paths.records
        self.root = paths.root
        self._read: dict[str, tuple[_Stamp, Record]] = {}
        self._slimmed = slimmed
        self._known: set[str] = set()
        """Names of the records that this store has read or written."""

    def write(self, record: Record) -> Path:
        """Append a record, with the next number of its directory, and return its file; a record
        that is there already stays as it is.

        Raises `StoreError` when the disk is full or the directory cannot be written; then nothing
        half-written is left.
        """
        remove_left_overs(self.folder, self.root)
        stem = f"{record.variant_id}-{record.provenance.engine.id}-{record.trial:03}"
        try:
            with (
                open_directory(self.folder, self.root, make=True) as directory,
                _locked(directory),
            ):
                data = to_json(replace(record, sequence=self._next_sequence(directory)))
                name = _create(directory, stem, data)
        except OSError as error:
            raise explained(self.folder, error) from error
        self._known.add(name)
        return self.folder / name

    def read_all(self) -> list[Record]:
        """Every record, oldest first; raises `StoreError` naming a file that is not a record, or
        saying that records have vanished since this store knew them."""
        return sorted(self.each(), key=age)

    def each(self) -> Iterator[Record]:
        """Every record, one after the other, in the order of their names; raises as `read_all`."""
        try:
            with open_directory(self.folder, self.root) as directory:
                names = _records(directory)
                self._complain_of_lost(names)
                for name in names:
                    yield self._record(directory, name)
                if not directory.is_still_there():
                    raise self._vanished(len(names))
        except FileNotFoundError:
            self._complain_of_lost([])
        except OSError as error:
            raise _unreadable(self.folder, error) from error

    def _complain_of_lost(self, names: list[str]) -> None:
        if lost := self._known.difference(names):
            raise self._vanished(len(lost))

    def _vanished(self, number: int) -> StoreError:
        return StoreError(
            f"{self.folder}: {number} records that were there have vanished: somebody removed them"
            " while this ran; what is left is kept, and the same command measures the rest again"
        )

    def _next_sequence(self, directory: Directory) -> int:
        """One more than the highest; what cannot be read has none, and is reported by readers."""
        highest = 0
        for name in _records(directory):
            with suppress(StoreError):
                highest = max(highest, self._record(directory, name).sequence or 0)
        return min(highest + 1, LAST_SEQUENCE)

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
            and record.provenance.network == wanted.network
        ]
        last = attempts[-1] if attempts else None
        if last is None or last.status is not Status.ok:
            return None
        timed = {scenario.name for scenario in last.scenarios} | last.left_out.keys()
        measured = (last.floor_asked or not wanted.floor) and set(wanted.scenarios) <= timed
        return last if measured and last.check_digest == wanted.check_digest else None

    def holds(self, record: Record) -> bool:
        """Whether this very record is here, as it is kept."""
        kept = from_json(to_json(record))
        return any(known == kept for known in self.read_all())

    def usual(self) -> tuple[float | None, int | None]:
        """Median seconds, and median bytes of the image, of all trials that succeeded."""
        good = [record for record in self.read_all() if record.status is Status.ok]
        sizes = [record.sizes.unpacked_bytes for record in good if record.sizes is not None]
        took = [record.elapsed_s for record in good if record.elapsed_s]
        return (median(took) if took else None, median_low(sizes) if sizes else None)

    def typical_s(self, name: str, variant_id: str) -> float | None:
        """Median seconds of the successful trials of a variant; None without any that says how long
        it took.

        It may have had another name before, or other content under the same name.
        """
        took = [one.elapsed_s for one in self._good(name, variant_id) if one.elapsed_s]
        return median(took) if took else None

    def typical_cold_s(self, name: str, variant_id: str) -> float | None:
        """The same of its cold build alone, without check and scenarios."""
        took = [
            timed.duration_s
            for record in self._good(name, variant_id)
            for timed in record.scenarios
            if timed.name == "cold"
        ]
        return median(took) if took else None

    def typical_bytes(self, name: str, variant_id: str) -> int | None:
        """The same of the bytes of its image."""
        sizes = [
            record.sizes.unpacked_bytes
            for record in self._good(name, variant_id)
            if record.sizes is not None
        ]
        return median_low(sizes) if sizes else None

    def last_good(self, name: str) -> Record | None:
        """The newest record of a successful trial of a variant of this name."""
        return next(reversed(self._good(name, "")), None)

    def _good(self, name: str, variant_id: str) -> list[Record]:
        return [
            record
            for record in self.read_all()
            if record.status is Status.ok
            and (record.name == name or record.variant_id == variant_id)
        ]

    def _record(self, directory: Directory, name: str) -> Record:
        path = self.folder / name
        try:
            status = directory.status(name)
            if status is None:
                raise self._vanished(1)
            if not stat.S_ISREG(status.st_mode):
                raise StoreError(f"{path}: {kind_of(status.st_mode)}, not a record: remove it")
            stamp = (status.st_mtime_ns, status.st_size)
            known = self._read.get(name)
            if known is None or known[0] != stamp:
                record = from_json(directory.read(name), str(path))
                known = (stamp, slim(record) if self._slimmed else record)
                self._read[name] = known
                self._known.add(name)
        except OSError as error:
            raise _unreadable(path, error) from error
        return known[1]


def _records(directory: Directory) -> list[str]:
    return [name for name in directory.names() if name.endswith(".json") and name[0] != "."]


def _create(directory: Directory, stem: str, data: bytes) -> str:
    for attempt in count(1):
        name = f"{stem}-{attempt}.json" if attempt > 1 else f"{stem}.json"
        if create_in(directory, name, data):
            return name
    raise AssertionError("count() never ends")


def _unreadable(path: Path, error: OSError) -> StoreError:
    return StoreError(f"cannot read {path} ({error.strerror}): make it readable or move it away")


@contextmanager
def _locked(directory: Directory) -> Iterator[None]:
    """Keep other writers of the directory out; where it cannot be locked, or a writer that hangs
    holds it for long, records are still written, two of them maybe with one number."""
    try:
        import fcntl
    except ImportError:
        yield
        return
    if directory.descriptor is None:
        yield
        return
    deadline = time.monotonic() + LOCK_S
    with suppress(OSError):
        while time.monotonic() < deadline:
            try:
                fcntl.flock(directory.descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
                break
            except BlockingIOError:
                time.sleep(0.01)
    yield
