"""What the numbers were measured on and with, told once for all records of a report."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass

from runner.analysis.current import current
from runner.model.engine import EngineInfo
from runner.model.record import Record


@dataclass(frozen=True)
class Note:
    """A remark that one or more variants carry."""

    text: str
    variants: tuple[str, ...]


@dataclass(frozen=True)
class Setting:
    """Provenance of a set of records; each field holds every distinct value, in sorted order."""

    experiments: tuple[str, ...]
    machines: tuple[str, ...]
    engines: tuple[str, ...]
    builders: tuple[str, ...]
    compressors: tuple[str, ...]
    versions: tuple[str, ...]
    """dockbench's version with the commit of its checkout."""
    days: tuple[str, ...]
    """The days (UTC) on which trials started."""
    standins: tuple[str, ...]
    """References of the base images that are stand-ins."""
    bases: tuple[str, ...]
    """References of the other base images."""
    notes: tuple[Note, ...]
    """In the order of the variants' steps and names."""


def setting(records: Iterable[Record]) -> Setting:
    """Collect the provenance of the newest run's records."""
    held = current(records)

    def distinct(of: Callable[[Record], str]) -> tuple[str, ...]:
        return tuple(sorted({of(record) for record in held} - {""}))

    return Setting(
        experiments=distinct(lambda record: record.experiment),
        machines=distinct(_machine),
        engines=distinct(lambda record: _engine(record.provenance.engine)),
        builders=distinct(lambda record: record.provenance.builder),
        compressors=distinct(lambda record: record.sizes.compressor if record.sizes else ""),
        versions=distinct(_version),
        days=distinct(lambda record: record.provenance.started_at[:10]),
        standins=distinct(lambda record: record.base.reference if _standin(record) else ""),
        bases=distinct(lambda record: "" if _standin(record) else record.base.reference),
        notes=_notes(held),
    )


def _standin(record: Record) -> bool:
    return record.base.provider == "standin"


def _machine(record: Record) -> str:
    engine = record.provenance.engine
    memory = f"{engine.memory_bytes / 2**30:.0f} GiB memory"
    cpus = f"{engine.cpus} CPU" + ("" if engine.cpus == 1 else "s")
    parts = [record.provenance.cpu, cpus, memory, engine.operating_system]
    return ", ".join([part for part in parts if part] + [f"kernel {record.provenance.kernel}"])


def _engine(engine: EngineInfo) -> str:
    kind = "embedded dockerd" if engine.kind == "embedded" else "Docker engine"
    return f"{kind} {engine.version} ({engine.storage_driver}, {engine.image_store})"


def _version(record: Record) -> str:
    commit = record.provenance.git_commit
    short = commit[:12] + ("+" if commit.endswith("+") and len(commit) > 12 else "")
    return record.provenance.dockbench_version + (f" at {short}" if commit else "")


def _notes(records: list[Record]) -> tuple[Note, ...]:
    carriers: dict[str, dict[str, None]] = {}
    for record in records:
        for text in record.notes:
            carriers.setdefault(" ".join(text.split()), {})[record.name] = None
    return tuple(Note(text, tuple(names)) for text, names in carriers.items())
