"""The record: the JSON document that one trial leaves behind, and its schema version."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from enum import Enum
from typing import Annotated, Any

import msgspec
from msgspec import Meta

from runner.model import documents
from runner.model.confinement import Confinement
from runner.model.engine import BuildStep, EngineInfo
from runner.model.errors import StoreError
from runner.model.failure import Failure as Failure
from runner.model.failure import without_credentials
from runner.model.redact import redacted

SCHEMA = 1

Bytes = Annotated[int, Meta(ge=0, le=1 << 50)]
"""A size: none of an image is a petabyte."""
Count = Annotated[int, Meta(ge=0, le=1 << 40)]
LAST_SEQUENCE = 1 << 53
Sequence = Annotated[int, Meta(ge=1, le=LAST_SEQUENCE)]
Seconds = Annotated[float, Meta(ge=0, le=1e9)]
"""A duration: none of a build is thirty years."""


class Status(Enum):
    """How a trial ended."""

    ok = "ok"
    base_failed = "base_failed"
    build_failed = "build_failed"
    build_timeout = "build_timeout"
    check_failed = "check_failed"
    check_timeout = "check_timeout"
    measure_failed = "measure_failed"


@dataclass(frozen=True)
class LayerRecord:
    """One layer of the image; layers are listed from the base up."""

    diff_id: str
    created_by: str
    """The instruction that wrote it, as the image's history has it."""
    unpacked_bytes: Bytes
    """Bytes of the regular files in it, hard-linked content once."""
    compressed_bytes: Bytes
    files: Count
    is_base: bool
    """Whether the layer is one of the base image's, told by its diff_id."""


@dataclass(frozen=True)
class Sizes:
    """The image's size, measured from its layers."""

    unpacked_bytes: Bytes
    compressed_bytes: Bytes
    compressor: str
    """Name, version and level of what compressed the layers."""
    layers: tuple[LayerRecord, ...]
    wasted_bytes: Bytes | None = None
    """Unpacked bytes that cannot be reached; None where it was not asked for, and in old records of
    engines whose layer directories cannot be read."""
    secrets: tuple[str, ...] = ()
    """Paths in the image's own layers of files that usually hold secrets: names, no content."""


@dataclass(frozen=True)
class ContextRecord:
    """The build context that was sent."""

    bytes: Bytes
    """Sum of the files' sizes."""
    files: Count
    digest: str
    """sha256 of the context's paths, modes and contents."""


@dataclass(frozen=True)
class ScenarioRecord:
    """One timed build."""

    name: str
    """`cold` (no layer cache and no cache mounts), `noop` (nothing changed), `source_edit`,
    `deps_edit`, or `mounts_warm` (no layer cache, cache mounts kept)."""
    duration_s: Seconds
    steps: tuple[BuildStep, ...]
    repush_bytes: Bytes | None = None
    """Compressed bytes of the layers whose diff_id differs from the build before: what a deploy
    uploads again. None where it was not measured."""
    edited: str = ""
    """What was done to which file; empty where nothing was edited."""


@dataclass(frozen=True)
class CheckRecord:
    """How the container proved that it works."""

    healthy_s: Seconds
    """From the start of the container to its first healthy answer, in seconds."""
    network: str
    """How the container was reached: `none` (it has no network but one address, which only we
    reach), `internal`, or `published` (on this machine's loopback, and not cut off from the
    network)."""
    answer_digest: str
    """sha256 of the canonical JSON of the full answer: the same for every variant."""
    confinement: Confinement | None = None
    """What the container was allowed; None in records of earlier versions."""
    timeout_s: Seconds | None = None
    """How long it was given for its first healthy answer, and again for the full one."""
    healthcheck: str = ""
    """Of the image's own HEALTHCHECK, run in the container that has answered: `passed`, or why it
    fails; empty for an image without one, and in records of earlier versions."""


@dataclass(frozen=True)
class FloorRecord:
    """What the container opened of its image while its check ran: no image of it can hold less."""

    bytes: Bytes
    """Sum of the files' sizes in the image, hard-linked content once."""
    files: dict[str, Bytes]
    """Path → size; a file that was reached by links is listed under its own path."""


@dataclass(frozen=True)
class BaseRecord:
    """The base image that the variant was built on."""

    provider: str
    reference: str
    digest: str
    unpacked_bytes: Bytes | None = None
    reason: str = ""


@dataclass(frozen=True)
class Provenance:
    """Where the numbers come from."""

    dockbench_version: str
    git_commit: str
    """Commit of the checkout that measured, `+` behind it if it was changed; empty if none."""
    engine: EngineInfo
    builder: str
    cpu: str
    kernel: str
    python: str
    started_at: str
    """UTC, ISO 8601."""
    clock: str
    seed: int
    network: str = "direct"
    """How builds reached package indexes: `direct`, or `cached` through the proxy on loopback."""
    network_reason: str = ""
    """Why they went direct although the proxy was asked for."""


@dataclass(frozen=True)
class Record:
    """One trial of one variant; never edited afterwards."""

    variant_id: str
    name: str
    experiment: str
    levels: dict[str, str]
    """Factor → level."""
    status: Status
    dockerfile_digest: str
    base: BaseRecord
    provenance: Provenance
    trial: Count = 0
    step: Count | None = None
    about: str = ""
    abouts: dict[str, str] = field(default_factory=dict)
    """Factor → what its level is about."""
    changed: dict[str, str] = field(default_factory=dict)
    varied: dict[str, str] = field(default_factory=dict)
    """What a sweep varied in addition to the steps of a path: key → value."""
    tags: tuple[str, ...] = ()
    """Words of the user's own, from the configuration."""
    original_bytes: Bytes | None = None
    ships: bool | None = None
    """Whether such an image may be shipped; None in records of versions that did not say."""
    notes: tuple[str, ...] = ()
    context: ContextRecord | None = None
    scenarios: tuple[ScenarioRecord, ...] = ()
    left_out: dict[str, str] = field(default_factory=dict)
    """Scenario that was asked for and does not apply to this variant → why."""
    sizes: Sizes | None = None
    check: CheckRecord | None = None
    check_digest: str = ""
    """sha256 of what the check asks and expects; empty where no trial could begin, and in records
    of earlier versions."""
    floor: FloorRecord | None = None
    """None where it is not known which files are opened, or was not asked for; a note says why."""
    floor_asked: bool = True
    """False where `run.floor=false` left it out."""
    failure: Failure | None = None
    elapsed_s: Seconds = 0.0
    """Wall time of the whole trial, in seconds; the next run's estimate."""
    sequence: Sequence | None = field(default=None, compare=False)
    """Its place among the records of its directory, given when it is written: the newest is the one
    with the highest, whatever the clock said. None in records of earlier versions, which are older.
    """
    schema: int = SCHEMA


def age(record: Record) -> tuple[int, str]:
    """What records are ordered by, the oldest first: their sequence, and where there is none, when
    their trial began."""
    return (0 if record.sequence is None else record.sequence, record.provenance.started_at)


class _Versioned(msgspec.Struct):
    """The only part of a document that tells whether the rest can be read."""

    schema: object = None


def slim(record: Record) -> Record:
    """The record without the lists that no table or figure shows: steps of builds, files of the
    lower bound. Ten thousand of them have room in memory."""
    return replace(
        record,
        scenarios=tuple(replace(timed, steps=()) for timed in record.scenarios),
        floor=record.floor and replace(record.floor, files={}),
    )


def to_json(record: Record) -> bytes:
    """The record as an indented JSON document that ends in a newline, without credentials."""
    return documents.to_json(_redacted(msgspec.to_builtins(record))).encode()


def from_json(data: bytes, origin: str = "record") -> Record:
    """Read a record back, with no credentials in what is shown of it; raises `StoreError` naming
    `origin` and the offending key."""
    try:
        version = documents.from_json(data, _Versioned).schema
        if type(version) is not int or version != SCHEMA:
            said = "no schema" if version is None else f"schema {version!r} is not known"
            raise StoreError(f"{origin}: {said}; this dockbench reads schema {SCHEMA}")
        return _to_be_shown(documents.from_json(data, Record))
    except (msgspec.MsgspecError, UnicodeError, RecursionError) as error:
        raise StoreError(f"{origin}: not a record: {error}; move it away") from error


def _redacted(value: Any) -> Any:
    """Every text in a document redacted; keys are names of files and factors."""
    if isinstance(value, str):
        return redacted(value)
    if isinstance(value, dict):
        return {key: _redacted(item) for key, item in value.items()}
    if isinstance(value, (list, tuple)):
        return [_redacted(item) for item in value]
    return value


def _to_be_shown(record: Record) -> Record:
    """The record with the texts redacted that tables and messages show: it may be of a version that
    kept more, or edited."""
    failure = record.failure
    return replace(
        record,
        name=redacted(record.name),
        about=redacted(record.about),
        changed={key: redacted(level) for key, level in record.changed.items()},
        notes=tuple(map(redacted, record.notes)),
        base=replace(
            record.base,
            reference=redacted(record.base.reference),
            reason=redacted(record.base.reason),
        ),
        failure=failure and without_credentials(failure),
    )
