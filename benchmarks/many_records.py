"""Seconds, memory and output of `dockbench report` for directories of very many records.

    python -m benchmarks.many_records [COUNT …]

The records are made up, but of the size and shape of real ones: a grid of levels, builds of twenty
steps, eight layers, a list of the files that the check opened. Exits with 1 beyond the limits: ten
thousand records in 20 s of a processor (what else runs does not count) and 1 GiB, fewer in their
share of the time (a quarter at least).
"""

from __future__ import annotations

import itertools
import random
import resource
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

from runner.model.engine import BuildStep, EngineInfo
from runner.model.levels import FACTORS
from runner.model.paths import ResultPaths
from runner.model.record import (
    BaseRecord,
    CheckRecord,
    ContextRecord,
    Failure,
    FloorRecord,
    LayerRecord,
    Provenance,
    Record,
    ScenarioRecord,
    Sizes,
    Status,
    to_json,
)
from runner.model.variant import variant_name

TRIALS = 1
LIMIT_S, LIMIT_BYTES = 20.0, 1 << 30
"""For ten thousand records."""

LEVELS = {
    "base": ("full", "slim", "alpine", "derived"),
    "installer": ("pip", "poetry", "uv"),
    "cache": ("keep", "flags", "purge", "purge_late", "mount"),
    "layers": ("split", "merged", "squashed"),
    "stages": ("single", "multi"),
    "order": ("sources_first", "deps_first"),
    "bytecode": ("write", "none"),
    "toolchain": ("none", "kept", "purged"),
    "prune": ("none", "trimmed", "minimal", "traced"),
}
"""More than ten thousand combinations."""

ENGINE = EngineInfo(
    id="0123456789ab", kind="embedded", version="20.10.24", api_version="1.41",
    storage_driver="overlay2", image_store="graphdriver", operating_system="Debian GNU/Linux 12",
    kernel="6.1.0-18-amd64", cpus=2, memory_bytes=24 << 30, cgroup_version="2", readable=True,
)  # fmt: skip


def records(count: int, seed: int = 0) -> Iterator[Record]:
    """So many records, always the same."""
    chance = random.Random(seed)
    made = itertools.product(*LEVELS.values())
    for number, (levels, trial) in enumerate(itertools.product(made, range(TRIALS))):
        if number == count:
            return
        yield _record(dict(zip(LEVELS, levels, strict=True)), trial, number, chance)


def _record(chosen: dict[str, str], trial: int, number: int, chance: random.Random) -> Record:
    variant_id = f"{number // TRIALS:012x}"
    size_bytes = 20_000_000 + 400_000 * (number // TRIALS)
    good = number % 97 != 0
    layers = tuple(
        LayerRecord(f"sha256:{variant_id}{place:052x}", f"RUN step {place} of a Dockerfile " * 3,
                    size_bytes // 8, size_bytes // 20, 400, place < 4)
        for place in range(8)
    )  # fmt: skip
    cold_s = 30 * chance.lognormvariate(0, 0.05)
    return Record(
        variant_id=variant_id,
        name=variant_name(chosen),
        experiment="grid",
        levels=dict.fromkeys(FACTORS, "usual") | chosen,
        abouts={factor: f"what the level of {factor} does, in a line" for factor in FACTORS},
        changed=chosen,
        status=Status.ok if good else Status.build_failed,
        dockerfile_digest=f"sha256:{variant_id:0>64}",
        base=BaseRecord("standin", "dockbench/standin:slim", "sha256:" + "b" * 64),
        provenance=Provenance(
            "0.1.0", "5bdbc9faf3521475d856955418e3d932dec0a423", ENGINE, "buildkit", "Some CPU",
            "6.1.0-18-amd64", "3.11.2", f"2026-05-04T{number // 3600 % 24:02}:"
            f"{number // 60 % 60:02}:{number % 60:02}.{number:06}Z", "monotonic", 0,
        ),
        trial=trial,
        notes=("cache=purge removes nothing: the build stage is left behind",) * (number % 3 == 0),
        context=ContextRecord(1_500_000, 42, "sha256:" + "c" * 64),
        scenarios=tuple(_scenario(name, cold_s * share, chance) for name, share in SHARES.items()),
        sizes=Sizes(size_bytes, sum(x.compressed_bytes for x in layers), "zlib-ng 2.2", layers, 9),
        check=CheckRecord(0.8 * chance.lognormvariate(0, 0.1), "none", "sha256:" + "a" * 64),
        floor=FloorRecord(18_000_000, {
            f"usr/local/lib/python3.11/site-packages/package{place}/module.py": 5000 + place
            for place in range(200)
        }),
        failure=None if good else Failure("RUN pip install", "exit code 1", 1, ("one", "two") * 20),
        elapsed_s=cold_s + 9,
    )  # fmt: skip


SHARES = {"cold": 1.0, "noop": 0.02, "source_edit": 0.2, "deps_edit": 0.7}


def _scenario(name: str, duration_s: float, chance: random.Random) -> ScenarioRecord:
    steps = tuple(
        BuildStep(f"[{place + 1}/20] RUN a command of some length, with arguments and options",
                  place * 1.234567, place * 1.234567 + chance.random(), place < 4, "")
        for place in range(20)
    )  # fmt: skip
    return ScenarioRecord(name, duration_s, steps, 5_000_000 if name.endswith("edit") else None)


def write(root: Path, count: int) -> int:
    """Write the records as benches leave them; returns their bytes."""
    directory = ResultPaths(root).records
    directory.mkdir(parents=True)
    total = 0
    for number, record in enumerate(records(count)):
        data = to_json(record)
        total += len(data)
        (directory / f"{number:06}.json").write_bytes(data)
    return total


def measure(root: Path) -> tuple[float, float, int]:
    """Seconds, processor seconds and peak memory (bytes) of `dockbench report`."""
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    begun = time.monotonic()
    command = [sys.executable, "-m", "runner", "report", str(root)]
    subprocess.run(command, check=False, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    took = time.monotonic() - begun
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    busy = after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime
    return took, busy, max(before.ru_maxrss, after.ru_maxrss) * 1024


def main(counts: list[int]) -> int:
    """Print a line for each count; 1 if the largest is beyond the limits."""
    worst = 0.0
    for count in sorted(counts):
        with tempfile.TemporaryDirectory() as directory:
            root = Path(directory) / "grid"
            size_bytes = write(root, count)
            took_s, busy_s, peak_bytes = measure(root)
            heights = [path.stat().st_size for path in (root / "figures").glob("*.png")]
        print(
            f"{count:6} records, {size_bytes / 1e6:6.1f} MB: {took_s:5.1f} s ({busy_s:.1f} s of a"
            " processor),"
            f" {peak_bytes / 2**20:5.0f} MiB, figure {max(heights, default=0) / 1e3:.0f} kB"
        )
        share = count / 10_000
        worst = max(worst, busy_s / (LIMIT_S * max(share, 0.25)), peak_bytes / LIMIT_BYTES)
    return 0 if worst <= 1 else 1


if __name__ == "__main__":
    sys.exit(main([int(argument) for argument in sys.argv[1:]] or [100, 1_000, 10_000]))
