"""Runs a container for a check: cut off from networks, reachable on its own port only.

Where this process may enter the container's network namespace (root on the engine's machine), the
container has no network but an address of its own, on which only this process reaches it. Elsewhere
it sits alone in an internal bridge network of ours, which leads nowhere else. Where the engine's
bridges are not those of this machine (in a virtual machine, or rootless), the port is published on
the loopback; such a network has a way out, and what says how a container was reached says so. A
service that listens on its own loopback alone is reached in none of these ways, as by no user.
"""

from __future__ import annotations

import contextlib
import os
import time
import uuid
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from docker.errors import APIError
from docker.models.containers import Container
from docker.types import LogConfig, Ulimit

from runner.engine.disk_guard import DiskGuard
from runner.engine.docker.describe import TRANSPORT_ERRORS
from runner.engine.port import Engine
from runner.engine.reachability import place_of, require_reach
from runner.engine.running import LOOPBACK, RunningContainer, engine_errors
from runner.model import labels
from runner.model.confinement import Confinement
from runner.model.ownership import Owner

_QUOTAS = ("overlay2", "btrfs", "zfs", "devicemapper")
"""Storage drivers that refuse a quota if they cannot keep it."""

Hook = Callable[[Container], None]
"""What is done with a container between its creation and its start."""


def run_container(
    engine: Engine,
    image: str,
    command: Sequence[str] | None = None,
    *,
    purpose: str = "check",
    variant: str = "",
    port: int = 0,
    environment: Mapping[str, str] | None = None,
    confinement: Confinement | None = None,
    before_start: Hook | None = None,
) -> RunningContainer:
    """Start a container of `image` (with its own command if none is given) and return at once.

    It is confined as by default if nothing else is said. `port` is what it will be asked on, for
    engines that can only be reached through a published port. `before_start` is called with the
    container that exists and does not run yet; what it raises is raised here. Where the first
    container cannot be reached, a second one follows it. Use the result as a context manager:
    whatever happens, the container is removed. Raises `EngineError` if it does not start or cannot
    be reached from here, `EngineLostError` if the engine is gone.
    """
    settings: dict[str, Any] = {
        "command": list(command) if command is not None else None,
        "labels": owner_labels(purpose, variant),
        "environment": dict(environment or {}),
    }
    start = _Start(engine, image, confinement or Confinement(), before_start)
    if may_enter_namespaces(engine):
        cut_off = {**settings, "network_mode": "none"}
        if running := _start_visible(start, cut_off):
            return running
    place = place_of(engine)
    require_reach(engine, place)
    if not place.apart:
        return _start_in_own_network(start, "internal", settings)
    settings["ports"] = {f"{port}/tcp": (LOOPBACK, None)} if port else {}
    return _start_in_own_network(start, "published", settings)


def owner_labels(purpose: str, variant: str = "") -> dict[str, str]:
    """The labels of a container or network that belongs to this process."""
    marks = {labels.OWNER: purpose, labels.PROCESS: str(Owner.current())}
    return marks | ({labels.VARIANT: variant} if variant else {})


def may_enter_namespaces(engine: Engine) -> bool:
    """Whether it is worth trying: root, and the engine behind a socket of this machine."""
    return engine.address.startswith("unix://") and hasattr(os, "geteuid") and os.geteuid() == 0


def limits_of(confinement: Confinement) -> dict[str, Any]:
    """The engine's settings for these limits, less the quota, which not every storage has."""
    size = confinement.file_bytes
    privileges = ["no-new-privileges"] if confinement.no_new_privileges else []
    return {
        "cap_drop": ["ALL"],
        "cap_add": list(confinement.capabilities),
        "security_opt": privileges,
        "mem_limit": confinement.memory_bytes,
        "memswap_limit": confinement.memory_bytes,
        "pids_limit": confinement.processes,
        "shm_size": confinement.shared_memory_bytes,
        "ulimits": [Ulimit(name="fsize", soft=size, hard=size)],
        "log_config": LogConfig(type="json-file", config={"max-size": str(confinement.log_bytes)}),
    }


@dataclass(frozen=True)
class _Start:
    """What is started, however it will be reached."""

    engine: Engine
    image: str
    confinement: Confinement
    before_start: Hook | None

    def run(self, network: str, settings: Mapping[str, Any]) -> RunningContainer:
        """Create and start it."""
        name = f"{labels.REPOSITORY}-{uuid.uuid4().hex[:12]}"
        try:
            with engine_errors(self.engine):
                container, confinement = self._created(name, settings)
            if self.before_start is not None:
                self.before_start(container)
            with engine_errors(self.engine):
                started_s = time.monotonic()
                container.start()
        except BaseException:  # Ctrl-C too: the engine may have made it before we learned its id.
            with contextlib.suppress(*TRANSPORT_ERRORS):
                self.engine.client.api.remove_container(name, force=True, v=True)
            raise
        running = RunningContainer(
            self.engine, container, network, started_s=started_s, confinement=confinement
        )
        self._guard(running)
        return running

    def _guard(self, running: RunningContainer) -> None:
        """Have somebody look how much it writes where no quota is kept."""
        limit = self.confinement.disk_bytes
        if limit is None or running.confinement.disk_bytes is not None:
            return
        try:
            running.guard = DiskGuard.of(self.engine, running.container, limit)
        except BaseException:  # Ctrl-C: nobody has it in hand yet
            running.stop()
            raise
        if running.guard is not None:
            running.confinement = replace(running.confinement, disk_bytes=limit)

    def _created(self, name: str, settings: Mapping[str, Any]) -> tuple[Container, Confinement]:
        """The container, and its limits: the quota is tried, and left out where it is refused."""
        create = self.engine.client.containers.create
        limited = {**settings, **limits_of(self.confinement), "name": name}
        if self.confinement.disk_bytes is not None:
            quota = {"size": str(self.confinement.disk_bytes)}
            with contextlib.suppress(APIError):
                container = create(self.image, storage_opt=quota, **limited)
                return container, _as_created(self.confinement, container)
        return create(self.image, **limited), replace(self.confinement, disk_bytes=None)


def _as_created(confinement: Confinement, container: Container) -> Confinement:
    """The limits, without a quota that the engine took and its storage does not have."""
    driver = container.attrs.get("Driver")
    return confinement if driver in _QUOTAS else replace(confinement, disk_bytes=None)


def _start_visible(start: _Start, settings: Mapping[str, Any]) -> RunningContainer | None:
    """Without any network; None, and nothing is left of it, where it is no process of this machine.

    Nobody else knows the container yet: a signal that comes while the engine is asked about it
    must not leave it behind.
    """
    running = start.run("none", settings)
    is_visible = False
    try:
        is_visible = running.is_visible()
    finally:
        if not is_visible:
            running.stop()
    return running if is_visible else None


def _start_in_own_network(start: _Start, kind: str, settings: dict[str, Any]) -> RunningContainer:
    name = f"{labels.REPOSITORY}-{uuid.uuid4().hex[:12]}"
    with engine_errors(start.engine):
        network = start.engine.client.networks.create(
            name, driver="bridge", internal=kind == "internal", labels=settings["labels"]
        )
    try:
        running = start.run(kind, {**settings, "network": name})
    except BaseException:
        with contextlib.suppress(*TRANSPORT_ERRORS):
            network.remove()
        raise
    running.own_network = network
    return running
