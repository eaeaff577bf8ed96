"""Examines what works on this machine: engine, builders, registry, package index, space, CPU.

Each question ends in one finding: ok, warning or problem, with what to do next.
"""

from __future__ import annotations

import os
import shutil
import sys
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from runner.engine import child
from runner.engine.child import find_program
from runner.engine.clean import leftovers
from runner.engine.connect import cannot_embed
from runner.engine.containers import may_enter_namespaces
from runner.engine.defaults import PROBE_TIMEOUT_S
from runner.engine.docker.daemon import unanswered
from runner.engine.docker.embedded import EmbeddedEngine
from runner.engine.docker.existing import find_existing, opened
from runner.engine.findings import Finding, Status
from runner.engine.port import Engine
from runner.engine.probes import builder
from runner.engine.reachability import NOT_CUT_OFF, place_of, require_reach
from runner.engine.unstarted import registry, unstarted
from runner.model.engine import BuilderName, EngineInfo
from runner.model.errors import EngineError, RefusedError
from runner.model.paths import CachePaths
from runner.model.text import one_line

GIB = 1024**3
SPACE_WARNING_BYTES = 20 * GIB
"""What the bases and images of one progression may take, with room for build caches."""
SPACE_PROBLEM_BYTES = 5 * GIB
MEMORY_WARNING_BYTES = 2 * GIB
OLDEST_KNOWN = (20, 10)
"""The oldest engine that dockbench was run on."""

REGISTRY_TIMEOUT_S = 8
INDEX_TIMEOUT_S = 20
_PROBE_IMAGE = "busybox:latest"
_PROBE_PACKAGE = "pip"


def examine() -> list[Finding]:
    """Everything, in the order in which a reader should see it.

    No engine is started. On one that runs, two throw-away images are built and removed again.
    """
    engine, findings = look_for_engine()
    with ThreadPoolExecutor(max_workers=2) as pool:
        index = pool.submit(package_index)
        asked = pool.submit(registry_in_reach, engine) if engine else pool.submit(registry)
        findings += about_engine(engine) if engine else unstarted()
        findings += [asked.result(), index.result()]
    return [*findings, *disk_space(engine), cpu(), memory(), user()]


def look_for_engine() -> tuple[Engine | None, list[Finding]]:
    """The engine that dockbench would use, if it runs already, and what to say about it."""
    existing, silent = find_existing()
    if existing is not None:
        found = f"answers at {existing.address}"
        return existing, [Finding(Status.ok, "engine", found)]
    embedded = EmbeddedEngine()
    if embedded.attach():
        found = f"the embedded engine answers at {embedded.address}"
        return embedded, [*unheard_host(silent), Finding(Status.ok, "engine", found)]
    if (pid := embedded.running_pid()) is not None:
        what, _, step = unanswered(pid, PROBE_TIMEOUT_S).partition(": ")
        return None, [Finding(Status.problem, "engine", f"the embedded engine: {what}", step)]
    return None, [without_engine("; ".join(silent))]


def unheard_host(silent: list[str]) -> list[Finding]:
    """A warning where the user names an engine that does not answer."""
    if not os.environ.get("DOCKER_HOST"):
        return []
    step = "correct or unset DOCKER_HOST; the embedded engine is used instead"
    return [Finding(Status.warning, "engine", f"does not answer: {silent[0]}", step)]


def without_engine(silent: str) -> Finding:
    """What to do where no engine answers."""
    if missing := cannot_embed():
        return Finding(
            Status.problem,
            "engine",
            f"no Docker engine answers ({silent}) and {missing}",
            "start Docker or run as root; `make figures` draws the committed results",
        )
    if find_program("dockerd") is None and find_program("apt-get") is None:
        return Finding(
            Status.problem,
            "engine",
            f"no Docker engine answers ({silent}) and dockerd is not installed",
            "install Docker",
        )
    installs = "" if find_program("dockerd") else " and installs docker.io for it"
    return Finding(
        Status.warning,
        "engine",
        f"no Docker engine answers ({silent})",
        f"`dockbench engine start`; `make bench` does that by itself{installs}",
    )


def about_engine(engine: Engine) -> list[Finding]:
    """Version, storage, builders and leftovers of an engine that answers."""
    try:
        info = engine.info()
        findings = [version(info), storage(info)]
        findings += [builder(engine, name) for name in BuilderName]
        findings += [checks(engine), remains(engine)]
    except EngineError as error:
        return [Finding(Status.problem, "engine", str(error), "look at the engine's log")]
    return findings


def version(info: EngineInfo) -> Finding:
    """Whether the engine is one that dockbench was run on."""
    what = f"{info.version}, API {info.api_version}, {info.operating_system}, {info.kernel}"
    if _release(info.version) < OLDEST_KNOWN:
        oldest = ".".join(map(str, OLDEST_KNOWN))
        return Finding(Status.warning, "version", what, f"use an engine from {oldest} on")
    return Finding(Status.ok, "version", what)


def storage(info: EngineInfo) -> Finding:
    """Storage driver and image store, and whether layers can be read in place."""
    how = "layers are read in place" if info.readable else "layers are read by `docker save`"
    what = f"{info.storage_driver} ({info.image_store} store), {how}"
    if info.storage_driver == "vfs":
        return Finding(
            Status.warning,
            "storage",
            f"{what}; every layer is a full copy",
            "put the engine's data on a file system that overlay2 supports",
        )
    return Finding(Status.ok, "storage", what)


def checks(engine: Engine) -> Finding:
    """Whether a check reaches containers of this engine, and whether they are cut off."""
    found = place_of(engine)
    try:
        require_reach(engine, found)
    except EngineError as error:
        return Finding(Status.problem, "checks", str(error), "inspect and check work from here too")
    if found.apart and not may_enter_namespaces(engine):
        step = "run dockbench where the engine runs, as root or with an engine that root runs"
        return Finding(Status.warning, "checks", f"{found.apart}: {NOT_CUT_OFF}", step)
    return Finding(Status.ok, "checks", "containers are reached, and cut off from the network")


def remains(engine: Engine) -> Finding:
    """Containers that killed runs left."""
    left = leftovers(engine)
    if not left:
        return Finding(Status.ok, "leftovers", "no container of a killed run")
    step = "`dockbench clean`; the next `dockbench bench` removes them too"
    return Finding(Status.warning, "leftovers", f"containers of killed runs: {len(left)}", step)


def registry_in_reach(engine: Engine) -> Finding:
    """Whether the engine reaches the registry that it pulls from by default."""
    why = f"no answer within {REGISTRY_TIMEOUT_S} s"
    try:
        another = opened(engine.address, probe_timeout_s=REGISTRY_TIMEOUT_S)
        with another.patient(REGISTRY_TIMEOUT_S):
            another.images.resolve(_PROBE_IMAGE)
        another.close()
    except EngineError as error:
        if isinstance(error, RefusedError):
            why = error.said
        step = "bases are built from distribution packages instead (stand-ins)"
        return Finding(Status.warning, "registry", f"not in reach of the engine: {why}", step)
    return Finding(Status.ok, "registry", "in reach of the engine")


def package_index() -> Finding:
    """Whether pip, as it is configured here, finds a package."""
    ask = child.python("-m", "pip", "--no-input", "index", "versions", _PROBE_PACKAGE)
    patience = ["--timeout", "5", "--retries", "1", "--disable-pip-version-check"]
    step = "check the network and `pip config list`; factor mirror=custom names another index"
    try:
        asked = child.run([*ask, *patience], timeout_s=INDEX_TIMEOUT_S, directory=None)
    except child.TimeoutExpired:
        why = f"pip got no answer within {INDEX_TIMEOUT_S} s"
        return Finding(Status.warning, "package index", why, step)
    if asked.returncode == 0:
        return Finding(Status.ok, "package index", "pip finds packages on its configured index")
    said = [line for line in asked.stderr.splitlines() if "experimental" not in line]
    return Finding(Status.warning, "package index", one_line(" ".join(said[-1:])), step)


def disk_space(engine: Engine | None) -> list[Finding]:
    """Free space where the engine keeps its images and where dockbench keeps its cache."""
    places = {"space for the cache": CachePaths.default().root}
    if engine is not None and engine.is_local:
        root = Path(str(engine.system().get("DockerRootDir") or "/nonexistent"))
        if root.is_dir():
            places = {"space for the engine": root} | places
    return [_space(subject, folder) for subject, folder in places.items()]


def cpu() -> Finding:
    """CPUs that this process may use."""
    count = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count()
    if (count or 1) < 2:
        step = "times vary more where the engine and the builds share one CPU"
        return Finding(Status.warning, "CPU", "1 CPU", step)
    return Finding(Status.ok, "CPU", f"{count} CPUs")


def memory() -> Finding:
    """Memory of this machine."""
    total = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES")
    what = f"{total / GIB:.1f} GiB"
    if total < MEMORY_WARNING_BYTES:
        step = "compiling packages may need more; add memory or swap"
        return Finding(Status.warning, "memory", what, step)
    return Finding(Status.ok, "memory", what)


def user() -> Finding:
    """Who runs this: only root has the embedded engine and reads layers in place."""
    if os.geteuid() == 0:
        return Finding(Status.ok, "user", "root")
    return Finding(
        Status.ok, "user", "not root: no embedded engine, and layers are read by `docker save`"
    )


def _space(subject: str, folder: Path) -> Finding:
    existing = next(place for place in (folder, *folder.absolute().parents) if place.is_dir())
    free = shutil.disk_usage(existing).free
    what = f"{free / GIB:.1f} GiB free at {existing}"
    status = Status.ok
    if free < SPACE_WARNING_BYTES:
        status = Status.problem if free < SPACE_PROBLEM_BYTES else Status.warning
    return Finding(status, subject, what, "" if status is Status.ok else "make room")


def _release(text: str) -> tuple[int, ...]:
    """The leading numbers of a version; an unknown one counts as new."""
    numbers = []
    for part in text.split(".")[:2]:
        if not part.isdigit():
            break
        numbers.append(int(part))
    return tuple(numbers) or (sys.maxsize,)
