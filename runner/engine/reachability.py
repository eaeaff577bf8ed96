"""Whether a check can reach a container from here, and how: it depends on where the engine runs."""

from __future__ import annotations

import platform
import socket
import sys
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlsplit

from runner.engine.port import Engine
from runner.model.errors import EngineError

NOT_CUT_OFF = "containers are reached through a published port and are not cut off from the network"
"""What there is to say of an engine whose bridges are apart."""

_LOOPBACK = ("localhost", "127.0.0.1", "::1")


@dataclass(frozen=True)
class Place:
    """Where an engine runs, seen from this process."""

    host: str = ""
    """The other machine that it runs on; empty for this one."""
    apart: str = ""
    """Why its bridges are not those of this machine; empty where they are."""


def place_of(engine: Engine) -> Place:
    """Where the engine runs, as far as it says so; raises `EngineLostError`."""
    return place(engine.address, engine.system())


def place(address: str, said: Mapping[str, Any]) -> Place:
    """The same, from the engine's address and what `docker info` says."""
    if host := _other_host(address, said):
        return Place(host=host)
    if "Docker Desktop" in str(said.get("OperatingSystem")) or sys.platform != "linux":
        return Place(apart="the engine runs in a virtual machine")
    if not _is_same_kernel(said):
        return Place(apart="the engine runs on another kernel, as in a virtual machine")
    if any("name=rootless" in str(option) for option in said.get("SecurityOptions") or ()):
        return Place(apart="the engine is rootless")
    return Place()


def require_reach(engine: Engine, found: Place) -> None:
    """Raise `EngineError` for an engine whose containers no check can reach from here."""
    if found.host:
        raise EngineError(
            f"the engine at {engine.address} is on another machine: a check cannot reach its"
            f" containers from here; run dockbench on {found.host}, or use an engine of this"
            " machine (unset DOCKER_HOST, or engine.prefer=embedded)"
        )


def _other_host(address: str, said: Mapping[str, Any]) -> str:
    """The machine that a network address names, unless that is this one."""
    host = urlsplit(address).hostname or ""
    if urlsplit(address).scheme in ("unix", "http+unix", "npipe") or host in _LOOPBACK:
        return ""
    is_this = said.get("Name") == socket.gethostname() and _is_same_kernel(said)
    return "" if is_this else host


def _is_same_kernel(said: Mapping[str, Any]) -> bool:
    return said.get("KernelVersion") in (None, "", platform.release())
