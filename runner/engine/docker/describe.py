"""What an engine says of itself, as a record has it."""

from __future__ import annotations

import hashlib
import os
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import docker

from runner.engine.answers import checked_info, checked_version
from runner.engine.docker.errors import TRANSPORT_ERRORS, reason_of
from runner.engine.docker.sockets import UNIX
from runner.model.engine import EngineInfo
from runner.model.errors import EngineLostError

_CONTAINERD_DRIVER_TYPE = "io.containerd.snapshotter.v1"


def describe(client: docker.DockerClient, kind: str, address: str) -> EngineInfo:
    """What the engine says of itself; raises `EngineLostError` when it does not answer."""
    try:
        said = checked_info(client.info(), address)
        version = checked_version(client.version(), address)
    except (*TRANSPORT_ERRORS, RecursionError) as error:
        raise EngineLostError(
            f"the engine at {address} does not answer ({reason_of(error)}): start it and try again"
        ) from error
    return EngineInfo(
        id=hashlib.sha256(str(said.get("ID") or address).encode()).hexdigest()[:12],
        kind=kind,
        version=_version(said, version),
        api_version=str(version.get("ApiVersion", "")),
        storage_driver=str(said.get("Driver", "")),
        image_store=_image_store(said),
        operating_system=str(said.get("OperatingSystem", "")),
        kernel=str(said.get("KernelVersion", "")),
        cpus=int(said.get("NCPU") or 0),
        memory_bytes=int(said.get("MemTotal") or 0),
        cgroup_version=str(said.get("CgroupVersion", "")),
        readable=_is_readable(said, address),
    )


def _version(said: Mapping[str, Any], version: Mapping[str, Any]) -> str:
    """The engine's version; Podman, which counts its own, is named with it."""
    components = version.get("Components") or []
    podman = any(component.get("Name") == "Podman Engine" for component in components)
    return f"{'Podman ' if podman else ''}{said.get('ServerVersion', '')}"


def _image_store(said: Mapping[str, Any]) -> str:
    status = said.get("DriverStatus") or []
    types = {str(pair[1]) for pair in status if len(pair) == 2 and pair[0] == "driver-type"}
    return "containerd" if _CONTAINERD_DRIVER_TYPE in types else "graphdriver"


def _is_readable(said: Mapping[str, Any], address: str) -> bool:
    """Whether its layer directories may be expected to tell what `folders_of` needs of them."""
    options = said.get("SecurityOptions") or []
    shifted = any(option in ("name=userns", "name=rootless") for option in options)
    if not address.startswith(UNIX) or _image_store(said) == "containerd":
        return False
    if shifted or os.geteuid() != 0:
        return False
    folder = Path(str(said.get("DockerRootDir") or "/nonexistent")) / str(said.get("Driver"))
    return folder.name in ("overlay2", "overlay") and os.access(folder, os.R_OK | os.X_OK)
