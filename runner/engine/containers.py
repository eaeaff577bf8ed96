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
from dataclasses import dataclass, field, replace
from functools import partial

from runner.engine.disk_guard import DiskGuard
from runner.engine.linux.netns import ADDRESS
from runner.engine.port import Container, Engine
from runner.engine.put_files import FIRST_SCRIPTS, put_files
from runner.engine.reachability import place_of, require_reach
from runner.engine.running import LOOPBACK, RunningContainer
from runner.model import labels
from runner.model.confinement import Confinement
from runner.model.errors import EngineError, RefusedError
from runner.model.ownership import Owner

_QUOTAS = ("overlay2", "btrfs", "zfs", "devicemapper")
"""Storage drivers that refuse a quota if they cannot keep it."""

SERVICE_START_S = 60.0
"""How long a service next to a check may take until it listens."""
_SERVICE_POLL_S = 0.1
_BESIDE = "services beside a check (check.services) need root, and the engine on this machine"


@dataclass(frozen=True)
class Beside:
    """A service that runs next to a container, in the same network namespace."""

    name: str
    """The host name by which it is known there."""
    image: str
    port: int
    environment: Mapping[str, str] = field(default_factory=dict)
    command: Sequence[str] = ()
    files: Mapping[str, str] = field(default_factory=dict)
    """Name of a file in the directory of what its database is made with → its text."""


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
    services: Sequence[Beside] = (),
    health_interval_s: float = 0.0,
) -> RunningContainer:
    """Start a container of `image` (with its own command if none is given) and return at once.

    It is confined as by default if nothing else is said. `port` is what it will be asked on, for
    engines that can only be reached through a published port. `before_start` is called with the
    container that exists and does not run yet; what it raises is raised here. `health_interval_s`
    is how often its image's HEALTHCHECK is run, 0 for as often as that says. `services` are
    started first, are waited for, and are removed with it. Where the first
    container cannot be reached, a second one follows it. Use the result as a context manager:
    whatever happens, the container is removed. Raises `EngineError` if it does not start or cannot
    be reached from here, `EngineLostError` if the engine is gone.
    """
    start = _Start(
        engine,
        image,
        command,
        owner_labels(purpose, variant),
        environment or {},
        confinement or Confinement(),
        before_start,
        health_interval_s,
    )
    if services:
        return _start_beside(start, services)
    if may_enter_namespaces(engine) and (running := _start_visible(start)):
        return running
    place = place_of(engine)
    require_reach(engine, place)
    if not place.apart:
        return _start_in_own_network(start, "internal")
    return _start_in_own_network(start, "published", port)


def owner_labels(purpose: str, variant: str = "") -> dict[str, str]:
    """The labels of a container or network that belongs to this process."""
    marks = {labels.OWNER: purpose, labels.PROCESS: str(Owner.current())}
    return marks | ({labels.VARIANT: variant} if variant else {})


def may_enter_namespaces(engine: Engine) -> bool:
    """Whether it is worth trying: root, and the engine behind a socket of this machine."""
    return engine.is_local and hasattr(os, "geteuid") and os.geteuid() == 0


@dataclass(frozen=True)
class _Start:
    """What is started, however it will be reached."""

    engine: Engine
    image: str
    command: Sequence[str] | None
    labels: Mapping[str, str]
    environment: Mapping[str, str]
    confinement: Confinement
    before_start: Hook | None
    health_interval_s: float = 0.0

    def run(
        self, kind: str, network: str, publish: int = 0, hosts: Mapping[str, str] | None = None
    ) -> RunningContainer:
        """Create and start it on a network, of which `kind` says how it is reached.

        Without one its own name still has an address, as it has on every network of Docker's: many
        a server asks for it when it starts.
        """
        name = f"{labels.REPOSITORY}-{uuid.uuid4().hex[:12]}"
        if network == "none":
            hosts = {**(hosts or {}), name: ADDRESS}
        try:
            container, confinement = self._created(name, network, publish, hosts)
            if self.before_start is not None:
                self.before_start(container)
            started_s = time.monotonic()
            container.start()
        except BaseException:  # Ctrl-C too: the engine may have made it before we learned its id.
            with contextlib.suppress(EngineError):
                self.engine.containers.remove(name)
            raise
        running = RunningContainer(
            self.engine, container, kind, started_s=started_s, confinement=confinement
        )
        self._guard(running)
        return running

    def _guard(self, running: RunningContainer) -> None:
        """Watch how much it writes where no quota is kept."""
        limit = self.confinement.disk_bytes
        if limit is None or running.confinement.disk_bytes is not None:
            return
        try:
            running.guard = DiskGuard.of(self.engine, running.container, limit)
        except BaseException:  # Ctrl-C: no caller holds it yet
            running.stop()
            raise
        if running.guard is not None:
            running.confinement = replace(running.confinement, disk_bytes=limit)

    def _created(
        self, name: str, network: str, publish: int, hosts: Mapping[str, str] | None
    ) -> tuple[Container, Confinement]:
        """The container, and its limits: the quota is tried, and left out where it is refused."""
        create = partial(
            self.engine.containers.create,
            self.image,
            self.command,
            labels=self.labels,
            name=name,
            environment=self.environment,
            network=network,
            publish=publish,
            hosts=hosts,
            confinement=self.confinement,
            health_interval_s=self.health_interval_s,
        )
        if self.confinement.disk_bytes is not None:
            with contextlib.suppress(RefusedError):
                container = create(quota_bytes=self.confinement.disk_bytes)
                return container, _as_created(self.confinement, container)
        return create(), replace(self.confinement, disk_bytes=None)


def _as_created(confinement: Confinement, container: Container) -> Confinement:
    """The limits, without a quota that the engine took and its storage does not have."""
    driver = container.attributes.get("Driver")
    return confinement if driver in _QUOTAS else replace(confinement, disk_bytes=None)


def _start_visible(start: _Start) -> RunningContainer | None:
    """Without any network; None, and nothing is left of it, where it is no process of this machine.

    No caller holds the container yet: a signal that comes while the engine is asked about it
    must not leave it behind.
    """
    running = start.run("none", "none")
    is_visible = False
    try:
        is_visible = running.is_visible()
    finally:
        if not is_visible:
            running.stop()
    return running if is_visible else None


def _start_beside(start: _Start, services: Sequence[Beside]) -> RunningContainer:
    """In one network namespace with its services, which answer to their names and to localhost."""
    if not may_enter_namespaces(start.engine):
        raise EngineError(_BESIDE)
    names = {service.name: LOOPBACK for service in services}
    running: list[RunningContainer] = []
    try:
        for service in services:
            network = f"container:{running[0].id}" if running else "none"
            other = replace(
                start,
                image=service.image,
                command=list(service.command) or None,
                environment=service.environment,
                before_start=partial(put_files, files=service.files, directory=FIRST_SCRIPTS)
                if service.files
                else None,
                health_interval_s=0.0,
            )
            running.append(other.run("none", network, hosts=None if running else names))
            if len(running) == 1 and not running[0].is_visible():
                raise EngineError(_BESIDE)
            _wait_for(running[-1], service)
        found = start.run("none", f"container:{running[0].id}")
    except BaseException:
        for other_one in reversed(running):
            other_one.stop()
        raise
    found.beside = running
    found.ports_beside = frozenset(service.port for service in services)
    return found


def _wait_for(running: RunningContainer, service: Beside) -> None:
    """Until a service listens; raises `EngineError` with its last words for one that ends."""
    until = time.monotonic() + SERVICE_START_S
    while not any(item.port == service.port for item in running.listeners() or ()):
        if running.exit_code() is not None or time.monotonic() > until:
            said = next((line for line in reversed(running.logs()) if line.strip()), "nothing")
            raise EngineError(
                f"the service {service.name} ({service.image}) does not listen on port"
                f" {service.port}: {said}"
            )
        time.sleep(_SERVICE_POLL_S)


def _start_in_own_network(start: _Start, kind: str, publish: int = 0) -> RunningContainer:
    name = f"{labels.REPOSITORY}-{uuid.uuid4().hex[:12]}"
    network = start.engine.containers.create_network(name, kind == "internal", start.labels)
    try:
        running = start.run(kind, name, publish)
    except BaseException:
        with contextlib.suppress(EngineError):
            network.remove()
        raise
    running.own_network = network
    return running
