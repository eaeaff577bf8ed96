"""The record: the JSON document that one trial leaves behind, and its schema version."""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import Enum

import msgspec

from runner.model.confinement import Confinement
from runner.model.engine import BuildStep, EngineInfo
from runner.model.errors import StoreError

SCHEMA = 1


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
class Failure:
    """What went wrong, where, and the last lines that were printed."""

    step: str
    message: str
    exit_code: int | None = None
    log_tail: tuple[str, ...] = ()


@dataclass(frozen=True)
class LayerRecord:
    """One layer of the image; layers are listed from the base up."""

    diff_id: str
    created_by: str
    """The instruction that wrote it, as the image's history has it."""
    unpacked_bytes: int
    """Bytes of the regular files in it, hard-linked content once."""
    compressed_bytes: int
    files: int
    is_base: bool
    """Whether the layer is one of the base image's, told by its diff_id."""


@dataclass(frozen=True)
class Sizes:
    """The image's size, measured from its layers."""

    unpacked_bytes: int
    compressed_bytes: int
    compressor: str
    """Name, version and level of what compressed the layers."""
    layers: tuple[LayerRecord, ...]
    wasted_bytes: int | None = None
    """Unpacked bytes that cannot be reached; None where nobody asked, and in old records of engines
    whose layer folders cannot be read."""


@dataclass(frozen=True)
class ContextRecord:
    """The build context that was sent."""

    bytes: int
    """Sum of the files' sizes."""
    files: int
    digest: str
    """sha256 of the context's paths, modes and contents."""


@dataclass(frozen=True)
class ScenarioRecord:
    """One timed build."""

    name: str
    """`cold`: no layer cache and no cache mounts."""
    duration_s: float
    steps: tuple[BuildStep, ...]
    repush_bytes: int | None = None
    """Compressed bytes of the layers whose diff_id differs from the build before: what a deploy
    uploads again. None where it was not measured."""


@dataclass(frozen=True)
class CheckRecord:
    """How the container proved that it works."""

    healthy_s: float
    """From the start of the container to its first healthy answer, in seconds."""
    network: str
    """How the container was reached: `none` (it has no network but one address, which only we
    reach), `internal`, or `published` (on this machine's loopback, and not cut off from the
    network)."""
    answer_digest: str
    """sha256 of the canonical JSON of the full answer: the same for every variant."""
    confinement: Confinement | None = None
    """What the container was allowed; None in records of earlier versions."""


@dataclass(frozen=True)
class FloorRecord:
    """What the container opened of its image while its check ran: no image of it can hold less."""

    bytes: int
    """Sum of the files' sizes in the image, hard-linked content once."""
    files: dict[str, int]
    """Path → size; a file that was reached by links is listed under its own path."""


@dataclass(frozen=True)
class BaseRecord:
    """The base image that the variant was built on."""

    provider: str
    reference: str
    digest: str
    unpacked_bytes: int | None = None
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
    trial: int = 0
    step: int | None = None
    about: str = ""
    abouts: dict[str, str] = field(default_factory=dict)
    """Factor → what its level is about."""
    changed: dict[str, str] = field(default_factory=dict)
    varied: dict[str, str] = field(default_factory=dict)
    """What a sweep varied in addition to the steps of a path: key → value."""
    tags: tuple[str, ...] = ()
    """Words of the user's own, from the configuration."""
    original_bytes: int | None = None
    ships: bool | None = None
    """Whether such an image may be shipped; None in records of versions that did not say."""
    notes: tuple[str, ...] = ()
    context: ContextRecord | None = None
    scenarios: tuple[ScenarioRecord, ...] = ()
    sizes: Sizes | None = None
    check: CheckRecord | None = None
    check_digest: str = ""
    """sha256 of what the check asks and expects; empty where no trial could begin, and in records
    of earlier versions."""
    floor: FloorRecord | None = None
    """None where it cannot be told which files are opened, or nobody asked; a note says why."""
    floor_asked: bool = True
    """False where `run.floor=false` left it out."""
    failure: Failure | None = None
    elapsed_s: float = 0.0
    """Wall time of the whole trial, in seconds; the next run's estimate."""
    schema: int = SCHEMA


def to_json(record: Record) -> bytes:
    """The record as an indented JSON document that ends in a newline."""
    return msgspec.json.format(msgspec.json.encode(record), indent=1) + b"\n"


def from_json(data: bytes, origin: str = "record") -> Record:
    """Read a record back; raises `StoreError` naming `origin` and the offending key."""
    try:
        version = msgspec.json.decode(data, type=dict[str, object]).get("schema")
        if version != SCHEMA:
            raise StoreError(
                f"{origin}: schema {version!r} is not known; this dockbench reads {SCHEMA}"
            )
        return msgspec.json.decode(data, type=Record)
    except msgspec.MsgspecError as error:
        raise StoreError(f"{origin}: not a record: {error}") from error
