"""What the numbers were measured on and with, told once for all records of a report."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace

from runner.analysis.labels import Labels, variant_key
from runner.analysis.notes import Note, carried, same_recipes
from runner.model.engine import EngineInfo
from runner.model.record import Record


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
    abouts: dict[str, str]
    """`factor=level` → what the level is about."""
    constant: dict[str, str]
    """Factor → level, for those that are the same in every row that has levels."""
    partly: bool
    """Whether some rows have no levels: Dockerfiles of somebody's own, beside ours."""


def setting_of(records: Sequence[Record], names: Labels) -> Setting:
    """Collect the provenance of the records that count."""
    held = [replace(record, name=names.texts[variant_key(record)]) for record in records]

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
        standins=distinct(lambda record: _had(record) if _standin(record) else ""),
        bases=distinct(lambda record: "" if _standin(record) else _had(record)),
        notes=(*carried(held), *same_recipes(held)),
        abouts=_abouts(held),
        constant=names.constant,
        partly=len({bool(record.levels) for record in records}) > 1,
    )


def _standin(record: Record) -> bool:
    return record.base.provider == "standin"


def _had(record: Record) -> str:
    """The base's reference; empty if it could not be had."""
    return record.base.reference if record.base.digest else ""


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


def _abouts(records: list[Record]) -> dict[str, str]:
    return {
        f"{factor}={record.levels[factor]}": about
        for record in records
        for factor, about in record.abouts.items()
        if factor in record.levels
    }
