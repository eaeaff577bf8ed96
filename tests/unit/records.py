"""Records as trials would leave them, from one builder: for tests of analysis and report."""

from __future__ import annotations

from dataclasses import replace

from runner.model.engine import EngineInfo
from runner.model.levels import FACTORS
from runner.model.record import (
    BaseRecord,
    CheckRecord,
    ContextRecord,
    Failure,
    LayerRecord,
    Provenance,
    Record,
    ScenarioRecord,
    Sizes,
    Status,
)

MB = 10**6

ENGINE = EngineInfo(
    id="0123456789ab",
    kind="embedded",
    version="20.10.24",
    api_version="1.41",
    storage_driver="overlay2",
    image_store="graphdriver",
    operating_system="Debian GNU/Linux 12 (bookworm)",
    kernel="6.1.0-18-amd64",
    cpus=2,
    memory_bytes=24 * 2**30,
    cgroup_version="2",
    readable=True,
)

PROVENANCE = Provenance(
    dockbench_version="0.1.0",
    git_commit="5bdbc9faf3521475d856955418e3d932dec0a423",
    engine=ENGINE,
    builder="buildkit",
    cpu="Some CPU @ 2.50GHz",
    kernel="6.1.0-18-amd64",
    python="3.11.2",
    started_at="2026-05-04T12:00:00Z",
    clock="monotonic",
    seed=1,
)


def sizes(base_bytes: int, own_bytes: int, own_layers: int = 3, ratio: float = 0.4) -> Sizes:
    """An image of one base layer and `own_layers` layers that share `own_bytes`."""
    shares = [own_bytes // own_layers] * own_layers
    shares[0] += own_bytes - sum(shares)
    unpacked = [base_bytes, *shares]
    return Sizes(
        unpacked_bytes=base_bytes + own_bytes,
        compressed_bytes=sum(int(part * ratio) for part in unpacked),
        compressor="zlib-ng 2.2 level 6",
        layers=tuple(
            LayerRecord(f"sha256:{place:064x}", "COPY", part, int(part * ratio), 10, place == 0)
            for place, part in enumerate(unpacked)
        ),
    )


def record(
    name: str,
    base_mb: float = 46.3,
    own_mb: float = 60.0,
    *,
    step: int | None = None,
    trial: int = 0,
    cold_s: float = 61.5,
    levels: dict[str, str] | None = None,
    changed: dict[str, str] | None = None,
    about: str = "",
    original_bytes: int | None = None,
    provider: str = "standin",
    base: str = "python:3.11-alpine",
    own_layers: int = 3,
    notes: tuple[str, ...] = (),
    variant_id: str = "",
) -> Record:
    """One good trial."""
    return Record(
        variant_id=variant_id or f"{abs(hash_of(name)):012x}"[:12],
        name=name,
        experiment="progression",
        levels=dict.fromkeys(FACTORS, "usual") | (levels or {}),
        status=Status.ok,
        dockerfile_digest="sha256:" + "d" * 64,
        base=BaseRecord(provider, base, "sha256:" + "b" * 64, reason="no registry answered"),
        provenance=PROVENANCE,
        trial=trial,
        step=step,
        about=about,
        changed=changed or {},
        original_bytes=original_bytes,
        notes=notes,
        context=ContextRecord(1_500_000, 42, "sha256:" + "c" * 64),
        scenarios=(ScenarioRecord("cold", cold_s, ()),),
        sizes=sizes(int(base_mb * MB), int(own_mb * MB), own_layers),
        check=CheckRecord(0.84, "none", "sha256:" + "a" * 64),
        elapsed_s=cold_s + 9,
    )


def hash_of(name: str) -> int:
    """A number that depends on the name alone, whatever PYTHONHASHSEED says."""
    return int.from_bytes(name.encode()[:40], "little") * 2654435761 % 2**48


def failing(good: Record, status: Status = Status.check_failed, step: str = "check") -> Record:
    """The same trial, failed; the sizes stay in, as a careless writer might leave them."""
    failure = Failure(step, "expected 3 entities, got 0", 1, ("Traceback", "boom"))
    return replace(good, status=status, failure=failure, check=None)


STEPS: tuple[tuple[str, str, str, float, float, int | None, int, float], ...] = (
    # name, about, changed, base MB, own MB, original bytes, own layers, cold seconds
    ("as_found", "a third-party base, a stale environment's dependencies, the whole repository",
     "base=derived", 982.0, 1211.4, 2_300_000_000, 9, 187.2),
    ("locked", "dependencies from the lock file instead of the stale environment",
     "deps=locked", 982.0, 902.0, None, 9, 142.9),
    ("without_pandas", "pandas replaced by a few lines of the app's own",
     "deps=trimmed", 982.0, 604.0, 1_800_000_000, 9, 98.4),
    ("scoped", "only the backend is sent and copied, not the whole repository",
     "context=backend", 982.0, 301.0, None, 9, 88.0),
    ("dockerignored", "a .dockerignore leaves out tests, model files and editor folders",
     "context=ignored", 982.0, 198.0, None, 9, 86.1),
    ("alpine", "the official Alpine image instead of the third-party Debian one",
     "base=alpine", 46.3, 246.0, None, 7, 71.3),
    ("purged", "caches removed in the layer that made them", "cache=purge",
     46.3, 201.7, None, 7, 70.2),
    ("merged", "commands merged into one layer, the toolchain removed in it",
     "layers=merged, toolchain=purged", 46.3, 61.1, 155_700_000, 4, 69.0),
    ("multi_stage", "a build stage; only its virtual environment and the app are kept",
     "stages=multi", 46.3, 14.4, 105_000_000, 3, 66.3),
    ("without_bytecode", "no .pyc files are written into the image", "bytecode=none",
     46.3, 8.9, None, 3, 61.0),
    ("own_root", "the interpreter, pruned, in a root of its own instead of on top of a base",
     "prune=trimmed", 0.0, 33.9, None, 2, 63.8),
    ("minimal", "no shell, libraries stripped, only the modules that the app imports",
     "prune=minimal", 0.0, 29.6, None, 1, 64.4),
)  # fmt: skip


def path_records(count: int = len(STEPS)) -> list[Record]:
    """A progression of `count` steps; beyond the twelve known ones the last goes on shrinking."""
    records = []
    for number in range(count):
        name, about, change, base, own, original, layers, cold_s = STEPS[min(number, 11)]
        if number >= len(STEPS):
            name, own = f"{name}_{number}", own - (number - 11)
        records.append(
            record(
                name,
                base,
                own,
                step=number,
                about=about,
                changed=dict(part.split("=") for part in change.split(", ")),
                original_bytes=original,
                own_layers=layers,
                cold_s=cold_s,
                base="python:3.11-alpine" if base < 900 else "meinheld-gunicorn:python3.11",
            )
        )
    return records
