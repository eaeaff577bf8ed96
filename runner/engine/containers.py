"""Runs a container for a check: cut off from networks, reachable on its own port only.

Where this process may enter the container's network namespace (root on the engine's machine), the
container has no network at all and is reached on its loopback. Elsewhere it sits alone in an
internal bridge network of ours, which leads nowhere else. Where the engine's bridges are not those
of this machine (in a virtual machine, or rootless), the port is published on the loopback; such a
network has a way out, and what says how a container was reached says so.
"""

from __future__ import annotations

import contextlib
import os
import socket
import time
import uuid
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from types import TracebackType
from typing import Any, Self

from docker.errors import APIError, NotFound
from docker.models.containers import Container
from docker.models.networks import Network
from docker.types import LogConfig

from runner.engine.describe import TRANSPORT_ERRORS, one_line
from runner.engine.limits import bounded
from runner.engine.netns import connect_inside, namespace_of
from runner.engine.ownership import Owner
from runner.engine.port import Engine
from runner.engine.reach import place_of, require_reach
from runner.model import labels
from runner.model.deadline import Deadline
from runner.model.errors import EngineError, EngineLostError

LOOPBACK = "127.0.0.1"
PIDS_LIMIT = 512
_LOG_FILE_LIMIT = "10m"

Hook = Callable[[Container], None]
"""What is done with a container between its creation and its start."""


@dataclass
class RunningContainer:
    """A container of ours; leaving the `with` block removes it and its network."""

    engine: Engine
    container: Container
    network: str
    """`none`: only its own loopback; `internal`: a network of its own that leads nowhere;
    `published`: a network of its own with a port on this machine's loopback, not cut off;
    `default`: the engine's usual network, for a container that was not to be isolated."""
    own_network: Network | None = None
    started_s: float = 0.0
    """When its start was requested, by time.monotonic()."""
    _namespace: int | None = field(default=None, repr=False)
    """Its network namespace, open, once it was connected to."""

    @property
    def id(self) -> str:
        """The container's id."""
        return str(self.container.id)

    def connect_socket(self, port: int, timeout_s: float = 5.0) -> socket.socket:
        """A TCP connection to a port of the container.

        Raises `OSError` while nothing listens there or when the container has ended.
        """
        if self.network == "none":
            return connect_inside(self._inside(), port, timeout_s)
        return socket.create_connection(self._address(port), timeout_s)

    def logs(self, tail: int = 40) -> list[str]:
        """The last lines that the container printed, to either stream."""
        with _engine_errors(self.engine):
            raw: bytes = self.container.logs(tail=tail)
        return raw.decode(errors="replace").splitlines()

    def exit_code(self) -> int | None:
        """The exit code of a container that has ended, None while it runs."""
        state = self._state()
        ended = state.get("Status") in ("exited", "dead")
        return int(state.get("ExitCode", 0)) if ended else None

    def stop(self) -> None:
        """Remove the container and its network, running or not; does nothing the second time."""
        if self._namespace is not None:
            os.close(self._namespace)
            self._namespace = None
        with _engine_errors(self.engine):
            with contextlib.suppress(NotFound):
                self.container.remove(force=True, v=True)
            if self.own_network is not None:
                with contextlib.suppress(NotFound):
                    self.own_network.remove()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        lost = isinstance(error, EngineLostError)
        patience = bounded(self.engine, Deadline.after(0)) if lost else contextlib.nullcontext()
        try:
            with patience:
                self.stop()
        except EngineLostError:
            # The error on its way tells more; `cleared_if_lost` ends what the engine left.
            if error is None:
                raise

    def _state(self) -> Mapping[str, Any]:
        with _engine_errors(self.engine):
            self.container.reload()
        return self.container.attrs["State"]  # type: ignore[no-any-return]

    def _inside(self) -> Path:
        """Its network namespace. The engine is asked once: what is held open stays the same, while
        the pid may become somebody else's. Where the container has ended, nothing listens there.
        """
        if self._namespace is None:
            pid = int(self._state().get("Pid") or 0)
            if pid <= 0:
                raise ConnectionRefusedError("the container has ended")
            self._namespace = os.open(namespace_of(pid), os.O_RDONLY | os.O_CLOEXEC)
        return Path(f"/proc/self/fd/{self._namespace}")

    def _address(self, port: int) -> tuple[str, int]:
        with _engine_errors(self.engine):
            self.container.reload()
        settings = self.container.attrs["NetworkSettings"]
        if self.network == "published":
            bindings = (settings.get("Ports") or {}).get(f"{port}/tcp") or []
            addresses = [(LOOPBACK, int(found["HostPort"])) for found in bindings]
        else:
            networks = settings["Networks"].values()
            addresses = [(found["IPAddress"], port) for found in networks if found.get("IPAddress")]
        if not addresses:
            raise ConnectionRefusedError("the container has ended or has no address")
        return addresses[0]


def run_container(
    engine: Engine,
    image: str,
    command: Sequence[str] | None = None,
    *,
    purpose: str = "check",
    variant: str = "",
    port: int = 0,
    environment: Mapping[str, str] | None = None,
    isolate: bool = True,
    before_start: Hook | None = None,
) -> RunningContainer:
    """Start a container of `image` (with its own command if none is given) and return at once.

    `port` is what it will be asked on, for engines that can only be reached through a published
    port. `before_start` is called with the container that exists and does not run yet; what it
    raises is raised here. Where the first container cannot be reached, a second one follows it. Use
    the result as a context manager: whatever happens, the container is removed. Raises
    `EngineError` if it does not start or cannot be reached from here, `EngineLostError` if the
    engine is gone.
    """
    settings: dict[str, Any] = {
        "command": list(command) if command is not None else None,
        "labels": owner_labels(purpose, variant),
        "environment": dict(environment or {}),
        "pids_limit": PIDS_LIMIT,
        "log_config": LogConfig(type="json-file", config={"max-size": _LOG_FILE_LIMIT}),
    }
    if not isolate:
        mode = None if engine.build_network == "default" else engine.build_network
        return _start(engine, image, "default", {**settings, "network_mode": mode}, before_start)
    if may_enter_namespaces(engine):
        cut_off = {**settings, "network_mode": "none"}
        if running := _start_visible(engine, image, cut_off, before_start):
            return running
    place = place_of(engine)
    require_reach(engine, place)
    if not place.apart:
        return _start_in_own_network(engine, image, "internal", settings, before_start)
    settings["ports"] = {f"{port}/tcp": (LOOPBACK, None)} if port else {}
    return _start_in_own_network(engine, image, "published", settings, before_start)


def owner_labels(purpose: str, variant: str = "") -> dict[str, str]:
    """The labels of a container or network that belongs to this process."""
    marks = {labels.OWNER: purpose, labels.PROCESS: str(Owner.current())}
    return marks | ({labels.VARIANT: variant} if variant else {})


def may_enter_namespaces(engine: Engine) -> bool:
    """Whether it is worth trying: root, and the engine behind a socket of this machine."""
    return engine.address.startswith("unix://") and hasattr(os, "geteuid") and os.geteuid() == 0


def _start_visible(
    engine: Engine,
    image: str,
    settings: Mapping[str, Any],
    before_start: Hook | None,
) -> RunningContainer | None:
    """Without any network; None, and nothing is left of it, where it is no process of this machine.

    Nobody else knows the container yet: a signal that comes while the engine is asked about it
    must not leave it behind.
    """
    running = _start(engine, image, "none", settings, before_start)
    is_visible = False
    try:
        is_visible = _is_visible(running)
    finally:
        if not is_visible:
            running.stop()
    return running if is_visible else None


def _is_visible(running: RunningContainer) -> bool:
    """Whether the container's pid is a process here (the engine may be in a virtual machine)."""
    state = running._state()
    pid = int(state.get("Pid") or 0)
    if pid <= 0:
        return True  # It has ended already: nothing to reach on either network.
    try:
        groups = Path(f"/proc/{pid}/cgroup").read_text()
        own = Path("/proc/self/ns/net").stat().st_ino
        return running.id in groups and namespace_of(pid).stat().st_ino != own
    except OSError:
        return running.exit_code() is not None


def _start_in_own_network(
    engine: Engine,
    image: str,
    kind: str,
    settings: dict[str, Any],
    before_start: Hook | None,
) -> RunningContainer:
    name = f"{labels.REPOSITORY}-{uuid.uuid4().hex[:12]}"
    with _engine_errors(engine):
        network = engine.client.networks.create(
            name, driver="bridge", internal=kind == "internal", labels=settings["labels"]
        )
    try:
        running = _start(engine, image, kind, {**settings, "network": name}, before_start)
    except BaseException:
        with contextlib.suppress(*TRANSPORT_ERRORS):
            network.remove()
        raise
    running.own_network = network
    return running


def _start(
    engine: Engine,
    image: str,
    network: str,
    settings: Mapping[str, Any],
    before_start: Hook | None,
) -> RunningContainer:
    name = f"{labels.REPOSITORY}-{uuid.uuid4().hex[:12]}"
    try:
        with _engine_errors(engine):
            container = engine.client.containers.create(image, name=name, **settings)
        if before_start is not None:
            before_start(container)
        with _engine_errors(engine):
            started_s = time.monotonic()
            container.start()
    except BaseException:  # Ctrl-C too: the engine may have made it before we learned its id.
        with contextlib.suppress(*TRANSPORT_ERRORS):
            engine.client.api.remove_container(name, force=True, v=True)
        raise
    return RunningContainer(engine, container, network, started_s=started_s)


@contextlib.contextmanager
def _engine_errors(engine: Engine) -> Iterator[None]:
    """Turn the SDK's errors into ours."""
    try:
        yield
    except APIError as error:
        raise EngineError(f"the engine refused: {one_line(error)}") from error
    except TRANSPORT_ERRORS as error:
        raise EngineLostError(
            f"the engine at {engine.address} stopped answering ({one_line(error)}): "
            "look at its log and start it again"
        ) from error
