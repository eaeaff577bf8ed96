"""Where a record's numbers come from: the machine, the code, the engine, the clock."""

from __future__ import annotations

import platform
import time
from datetime import UTC, datetime
from functools import cache
from pathlib import Path

import runner
from runner.engine import child
from runner.model.engine import EngineInfo
from runner.model.network import Network
from runner.model.paths import data_root
from runner.model.record import Provenance

DIRECT = Network()
_GIT_TIMEOUT_S = 20.0
_CODE = ("runner", "configs", "experiments", "requirements.lock")


def provenance(
    engine: EngineInfo, builder: str, seed: int, network: Network = DIRECT
) -> Provenance:
    """Everything that a record says about its origin, as of now."""
    clock = time.get_clock_info("monotonic")
    return Provenance(
        dockbench_version=runner.__version__,
        git_commit=git_commit(data_root()),
        engine=engine,
        builder=builder,
        cpu=cpu_model(),
        kernel=f"{platform.system()} {platform.release()}",
        python=platform.python_version(),
        started_at=now(),
        clock=f"{clock.implementation}, resolution {clock.resolution:g} s",
        seed=seed,
        network=network.mode,
        network_reason=network.reason,
    )


def now() -> str:
    """UTC in ISO 8601, to the millisecond, so that texts sort like times."""
    return datetime.now(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")


@cache
def cpu_model(cpuinfo: Path = Path("/proc/cpuinfo")) -> str:
    """The processor's name; its architecture where the kernel does not say more."""
    try:
        lines = cpuinfo.read_text(errors="replace").splitlines()
    except OSError:
        lines = []
    fields = (line.partition(":") for line in lines)
    names = [value.strip() for key, _, value in fields if key.strip() in ("model name", "Model")]
    return next(filter(None, names), "") or platform.processor() or platform.machine()


@cache
def git_commit(checkout: Path) -> str:
    """The commit of a checkout, `+` behind it if its code was changed; empty if it is none."""
    if not (checkout / ".git").exists():
        return ""
    commit = _git(checkout, "rev-parse", "HEAD")
    changed = _git(checkout, "status", "--porcelain", "--", *_CODE) if commit else ""
    return f"{commit}+" if changed else commit


def _git(checkout: Path, *arguments: str) -> str:
    try:
        done = child.run(["git", "-C", checkout, *arguments], timeout_s=_GIT_TIMEOUT_S)
    except child.Failed:
        return ""
    return done.stdout.strip() if done.returncode == 0 else ""
