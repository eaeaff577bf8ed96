"""A container of ours that runs: how it is reached, what it says of itself, how it is removed."""

from __future__ import annotations

import contextlib
import os
import socket
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from types import TracebackType
from typing import Any, Self

from runner.engine.disk_guard import DiskGuard
from runner.engine.linux.cgroup import killed_for_memory
from runner.engine.linux.listeners import Listener, listeners_of, parse, sorted_listeners
from runner.engine.linux.netns import (
    ADDRESS,
    connect_inside,
    give_address,
    listeners_inside,
    namespace_of,
)
from runner.engine.port import Container, Engine, Resource
from runner.model.confinement import Confinement
from runner.model.deadline import Deadline
from runner.model.errors import EngineError, EngineFullError, EngineLostError, MissingError

LOOPBACK = "127.0.0.1"

_TABLES = ("/proc/net/tcp", "/proc/net/tcp6")


@dataclass
class RunningContainer:
    """A container of ours; leaving the `with` block removes it and its network."""

    engine: Engine
    container: Container
    network: str
    """`none`: an address that only we reach, by entering its network namespace; `internal`: a
    network of its own that leads nowhere; `published`: a network of its own with a port on this
    machine's loopback, not cut off."""
    own_network: Resource | None = None
    started_s: float = 0.0
    """When its start was requested, by time.monotonic()."""
    confinement: Confinement = field(default_factory=Confinement)
    """Its limits."""
    guard: DiskGuard | None = None
    """Ends it when it writes too much; None where a quota does that, or nothing can."""
    ports_beside: frozenset[int] = frozenset()
    beside: list[RunningContainer] = field(default_factory=list)
    """Services that run in its network namespace, on `ports_beside`, and are removed with it."""
    _namespace: int | None = field(default=None, repr=False)
    """Its network namespace, open, once it was connected to."""

    @property
    def id(self) -> str:
        """The container's id."""
        return self.container.id

    def connect_socket(self, port: int, timeout_s: float = 5.0) -> socket.socket:
        """A TCP connection to a port of the container, on an address that is not its loopback.

        Raises `OSError` while nothing listens there or when the container has ended.
        """
        if self.network == "none":
            return connect_inside(self.namespace(), port, timeout_s, ADDRESS)
        return socket.create_connection(self._address(port), timeout_s)

    def listeners(self) -> list[Listener] | None:
        """The TCP sockets that listen in the container; None if that cannot be seen: its processes
        are not on this machine, and its image has no `cat`."""
        try:
            if self.network == "none":
                found = listeners_inside(self.namespace())
                return [item for item in found if item.port not in self.ports_beside]
            pid = int(self.state().get("Pid") or 0)
            if self.owns(pid):
                return listeners_of(Path(f"/proc/{pid}/net"))
        except OSError:
            pass
        return self._listed_listeners()

    def _listed_listeners(self) -> list[Listener] | None:
        """The same, by a command in the container."""
        try:
            text = self.container.execute(["cat", *_TABLES]).decode(errors="replace")
        except EngineLostError:
            raise
        except EngineError:
            return None
        return sorted_listeners(parse(text)) if "local_address" in text else None

    def command(self) -> list[str]:
        """The words of its first process, as the engine starts it."""
        attributes = self.container.attributes
        words = [attributes.get("Path"), *(attributes.get("Args") or [])]
        return [str(word) for word in words if word]

    def has_variable(self, name: str) -> bool:
        """Whether the container is told this environment variable."""
        told = (self.container.attributes.get("Config") or {}).get("Env") or []
        return any(str(item).startswith(f"{name}=") for item in told)

    def logs(self, tail: int = 40) -> list[str]:
        """The last lines that the container printed, to either stream."""
        return self.container.logs(tail).decode(errors="replace").splitlines()

    def exit_code(self) -> int | None:
        """The exit code of a container that has ended, None while it runs."""
        state = self.state()
        ended = state.get("Status") in ("exited", "dead")
        return int(state.get("ExitCode", 0)) if ended else None

    def health(self) -> str:
        """What the HEALTHCHECK of its image says: `starting`, `healthy`, `unhealthy`; empty for an
        image that has none."""
        status = str((self.state().get("Health") or {}).get("Status") or "")
        return "" if status == "none" else status

    def ran_out_of_memory(self) -> bool:
        """Whether the kernel has ended a process of it at its memory limit; of a child, the engine
        does not say it while its parent goes on."""
        state = self.state()
        pid = int(state.get("Pid") or 0)
        if state.get("OOMKilled"):
            return True
        try:
            return self.owns(pid) and killed_for_memory(pid) > 0
        except OSError:
            return False

    def wrote_too_much(self) -> bool:
        """Whether it was ended because it wrote more than it may."""
        return self.guard is not None and self.guard.exceeded

    def stop(self) -> None:
        """Remove the container and its network, running or not; does nothing the second time."""
        if self.guard is not None:
            self.guard.dismiss()
        if self._namespace is not None:
            os.close(self._namespace)
            self._namespace = None
        with contextlib.suppress(MissingError):
            self.container.remove()
        if self.own_network is not None:
            with contextlib.suppress(MissingError):
                self.own_network.remove()
        while self.beside:
            self.beside.pop().stop()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        lost = isinstance(error, EngineLostError) and not isinstance(error, EngineFullError)
        patience = self.engine.bounded(Deadline.after(0)) if lost else contextlib.nullcontext()
        try:
            with patience:
                self.stop()
        except EngineLostError:
            # The error on its way tells more; `cleared_if_lost` ends what the engine left.
            if error is None:
                raise

    def is_visible(self) -> bool:
        """Whether the container is a process here (the engine may be in a virtual machine) whose
        network namespace can be entered; it is given its address then.

        One that has ended already has nothing to reach on any network.
        """
        pid = int(self.state().get("Pid") or 0)
        if pid <= 0:
            return True
        try:
            own = Path("/proc/self/ns/net").stat().st_ino
            if not self.owns(pid) or namespace_of(pid).stat().st_ino == own:
                return False
            give_address(self.namespace())
        except OSError:
            return self.exit_code() is not None
        return True

    def owns(self, pid: int) -> bool:
        """Whether the process of this machine belongs to the container; raises `OSError`."""
        return pid > 0 and self.id in Path(f"/proc/{pid}/cgroup").read_text()

    def state(self) -> Mapping[str, Any]:
        """What the engine says of its state now."""
        self.container.reload()
        return self.container.attributes["State"]  # type: ignore[no-any-return]

    def namespace(self) -> Path:
        """Its network namespace. The engine is asked once: what is held open stays the same, while
        the pid may become another process's. Where the container has ended, nothing listens there.
        """
        if self._namespace is None:
            pid = int(self.state().get("Pid") or 0)
            if pid <= 0:
                raise ConnectionRefusedError("the container has ended")
            self._namespace = os.open(namespace_of(pid), os.O_RDONLY | os.O_CLOEXEC)
        return Path(f"/proc/self/fd/{self._namespace}")

    def _address(self, port: int) -> tuple[str, int]:
        self.container.reload()
        settings = self.container.attributes["NetworkSettings"]
        if self.network == "published":
            bindings = (settings.get("Ports") or {}).get(f"{port}/tcp") or []
            addresses = [(LOOPBACK, int(found["HostPort"])) for found in bindings]
        else:
            networks = settings["Networks"].values()
            addresses = [(found["IPAddress"], port) for found in networks if found.get("IPAddress")]
        if not addresses:
            raise ConnectionRefusedError("the container has ended or has no address")
        return addresses[0]
