"""Whether what an engine answers has the shape that it should have.

Whatever listens on a socket may answer. Only what is read of an answer is looked at.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import msgspec

from runner.model.errors import EngineLostError


class _Root(msgspec.Struct):
    Layers: list[str] | None = None


class _Driver(msgspec.Struct):
    Name: str | None = None
    Data: dict[str, str | None] | None = None


class _Check(msgspec.Struct):
    Test: list[str] | None = None


class _Config(msgspec.Struct):
    User: str | None = None
    Env: list[str] | None = None
    Labels: dict[str, str] | None = None
    Entrypoint: list[str] | str | None = None
    Cmd: list[str] | str | None = None
    Healthcheck: _Check | None = None


class _Inspected(msgspec.Struct):
    """What is read of an image's `inspect`."""

    Id: str
    Size: int | None = None
    RootFS: _Root | None = None
    GraphDriver: _Driver | None = None
    Config: _Config | None = None


class _Line(msgspec.Struct):
    """What is read of a line of an image's history."""

    CreatedBy: str | None = None
    Size: int | None = None


class _Info(msgspec.Struct):
    """What is read of an engine's `info`."""

    ID: str | None = None
    ServerVersion: str | None = None
    Driver: str | None = None
    DriverStatus: list[list[str | None]] | None = None
    OperatingSystem: str | None = None
    KernelVersion: str | None = None
    NCPU: int | None = None
    MemTotal: int | None = None
    CgroupVersion: str | None = None
    SecurityOptions: list[str] | None = None
    DockerRootDir: str | None = None


class _Component(msgspec.Struct):
    Name: str | None = None


class _Version(msgspec.Struct):
    ApiVersion: str | None = None
    Components: list[_Component] | None = None


class _Listed(msgspec.Struct):
    """What is read of a container or an image in a list."""

    Id: str
    Names: list[str] | None = None
    RepoTags: list[str] | None = None
    Image: str | None = None
    State: str | None = None
    Labels: dict[str, str] | None = None


def checked_info(answer: Any, address: str) -> Mapping[str, Any]:
    """What an engine says of itself, if it reads like that; raises `EngineLostError`."""
    found: Mapping[str, Any] = checked(answer, dict[str, Any], _Info, address)
    return found


def checked_version(answer: Any, address: str) -> Mapping[str, Any]:
    """An engine's version, if it reads like one; raises `EngineLostError`."""
    found: Mapping[str, Any] = checked(answer, dict[str, Any], _Version, address)
    return found


def checked_list(answer: Any, address: str) -> list[dict[str, Any]]:
    """A list of containers or images, if it is one; raises `EngineLostError`."""
    found: list[dict[str, Any]] = checked(answer, list[dict[str, Any]], list[_Listed], address)
    return found


def checked_inspect(answer: Any, address: str) -> Mapping[str, Any]:
    """An engine's `inspect` of an image, if it reads like one; raises `EngineLostError`."""
    found: Mapping[str, Any] = checked(answer, dict[str, Any], _Inspected, address)
    return found


def checked_history(answer: Any, address: str) -> Sequence[Mapping[str, Any]]:
    """An engine's listing of an image's history, if it is one; raises `EngineLostError`."""
    found: Sequence[Mapping[str, Any]] = checked(answer, list[dict[str, Any]], list[_Line], address)
    return found


def checked(answer: Any, outer: Any, inner: Any, address: str) -> Any:
    """The answer, as long as it can be read as both types; raises `EngineLostError`."""
    try:
        msgspec.convert(answer, inner)
        return msgspec.convert(answer, outer)
    except msgspec.ValidationError as error:
        raise EngineLostError(
            f"the engine at {address} answers with something else than what was asked for"
            f" ({error}): look at what listens there"
        ) from error
