"""What an engine says of itself, and where its layers lie if this process can read them."""

from __future__ import annotations

import hashlib
import os
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import docker
import requests
from docker.errors import APIError, DockerException, ImageNotFound

from runner.engine.image_store import no_image
from runner.engine.layer_directories import folders_of
from runner.model.engine import EngineInfo
from runner.model.errors import EngineError, EngineLostError

TRANSPORT_ERRORS = (requests.RequestException, OSError, DockerException)
"""What the SDK raises when the engine cannot be talked to (API errors are DockerExceptions too)."""

PING_LIMIT_S = 10.0
"""How long an engine may take to answer a ping when something else has gone wrong already."""

_CONTAINERD_DRIVER_TYPE = "io.containerd.snapshotter.v1"


def answers(client: docker.DockerClient, within_s: float = PING_LIMIT_S) -> bool:
    """Whether the engine behind this client answers a ping in this time."""
    api = client.api
    try:
        return bool(api.get(f"{api.base_url}/_ping", timeout=within_s).ok)
    except TRANSPORT_ERRORS:
        return False


def describe(client: docker.DockerClient, kind: str, address: str) -> EngineInfo:
    """What the engine says of itself; raises `EngineLostError` when it does not answer."""
    try:
        said = client.info()
        version = client.version()
    except TRANSPORT_ERRORS as error:
        raise EngineLostError(
            f"the engine at {address} does not answer ({one_line(error)}): start it and try again"
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
        cpus=int(said.get("NCPU", 0)),
        memory_bytes=int(said.get("MemTotal", 0)),
        cgroup_version=str(said.get("CgroupVersion", "")),
        readable=_is_readable(said, address),
    )


def layer_folders(client: docker.DockerClient, address: str, image: str) -> list[Path] | None:
    """The overlay2 folder of each layer from the base up, or None if they are not readable.

    Raises `EngineError` if the engine has no such image.
    """
    try:
        inspected: Mapping[str, Any] = client.images.get(image).attrs
    except ImageNotFound as error:
        raise EngineError(no_image(image, address)) from error
    except APIError as error:
        raise EngineError(f"cannot inspect {image}: {one_line(error)}") from error
    except TRANSPORT_ERRORS as error:
        raise EngineLostError(
            f"the engine at {address} stopped answering ({one_line(error)}): start it and run again"
        ) from error
    return folders_of(inspected)


def one_line(error: object) -> str:
    """The text of an error on one line.

    An API error gives its own explanation without the URL; an error of the transport gives what
    the operating system said ("No such file or directory") instead of the layers above it.
    """
    if isinstance(error, APIError) and error.explanation:
        return _fold(error.explanation)
    if isinstance(error, BaseException) and (said := _said_by_system(error)):
        return said
    return _fold(error)


def _said_by_system(error: BaseException) -> str:
    seen: BaseException | None = error
    said = ""
    while seen is not None:
        if isinstance(seen, OSError) and seen.strerror:
            said = seen.strerror
        seen = seen.__cause__ or seen.__context__
    return said


def _fold(text: object) -> str:
    return " ".join(str(text).split())


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
    """Whether its layer folders may be expected to tell what `folders_of` needs of them."""
    options = said.get("SecurityOptions") or []
    shifted = any(option in ("name=userns", "name=rootless") for option in options)
    if not address.startswith("unix://") or _image_store(said) == "containerd":
        return False
    if shifted or os.geteuid() != 0:
        return False
    folder = Path(str(said.get("DockerRootDir") or "/nonexistent")) / str(said.get("Driver"))
    return folder.name in ("overlay2", "overlay") and os.access(folder, os.R_OK | os.X_OK)
