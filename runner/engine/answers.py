"""Whether what an engine answers has the shape that it should have.

Whatever listens on a socket may answer. Only what is read of an answer is looked at.
"""

from __future__ import annotations

from collections.abc import Mapping
from functools import partial
from typing import Annotated, Any

import msgspec

from runner.model.errors import EngineLostError

_Id = Annotated[str, msgspec.Meta(pattern=r"^[A-Za-z0-9][A-Za-z0-9_.:-]*$", max_length=300)]
"""Of an image, a container, a network, a volume: it becomes part of a path of the API."""
_Path = Annotated[str, msgspec.Meta(pattern=r"^[^\x00]*$", max_length=4096)]
_Words = Annotated[str, msgspec.Meta(max_length=1000)]
"""Of what an engine says of itself, which is shown on one line."""
_Bytes = Annotated[int, msgspec.Meta(ge=0, le=1 << 60)]
_Port = Annotated[str, msgspec.Meta(pattern=r"^[0-9]{1,5}$")]


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

    Id: _Id
    Size: _Bytes | None = None
    Parent: str | None = None
    RepoTags: list[str] | None = None
    RootFS: _Root | None = None
    GraphDriver: _Driver | None = None
    Config: _Config | None = None


class _Line(msgspec.Struct):
    """What is read of a line of an image's history."""

    CreatedBy: str | None = None
    Size: _Bytes | None = None


class _Info(msgspec.Struct):
    """What is read of an engine's `info`."""

    ID: str | None = None
    ServerVersion: _Words | None = None
    Driver: _Words | None = None
    DriverStatus: list[list[str | None]] | None = None
    OperatingSystem: _Words | None = None
    KernelVersion: _Words | None = None
    NCPU: Annotated[int, msgspec.Meta(ge=0, le=1 << 20)] | None = None
    MemTotal: _Bytes | None = None
    CgroupVersion: _Words | None = None
    SecurityOptions: list[str] | None = None
    DockerRootDir: _Path | None = None


class _Component(msgspec.Struct):
    Name: str | None = None


class _Version(msgspec.Struct):
    ApiVersion: _Words | None = None
    Components: list[_Component] | None = None


class _Made(msgspec.Struct):
    """What is read of the answer to what makes something."""

    Id: _Id


class _Listed(msgspec.Struct):
    """What is read of a container or an image in a list."""

    Id: _Id
    Names: list[str] | None = None
    RepoTags: list[str] | None = None
    RepoDigests: list[str] | None = None
    ParentId: str | None = None
    ImageID: str | None = None
    SizeRw: _Bytes | None = None
    Labels: dict[str, str] | None = None


class _Execution(msgspec.Struct):
    """What is read of a command in a container."""

    Running: bool
    ExitCode: int | None = None


class _Resource(msgspec.Struct):
    """What is read of a network or a volume in a list."""

    Name: _Id
    Labels: dict[str, str] | None = None


class _Volumes(msgspec.Struct):
    Volumes: list[_Resource] | None = None


class _Health(msgspec.Struct):
    Status: str | None = None


class _State(msgspec.Struct):
    Status: str | None = None
    Pid: int | None = None
    ExitCode: int | None = None
    OOMKilled: bool | None = None
    Health: _Health | None = None


class _Binding(msgspec.Struct):
    HostPort: _Port


class _Network(msgspec.Struct):
    IPAddress: str | None = None


class _Reached(msgspec.Struct):
    Ports: dict[str, list[_Binding] | None] | None = None
    Networks: dict[str, _Network | None] | None = None


class _Container(msgspec.Struct):
    """What is read of a container's `inspect`."""

    Id: _Id
    State: _State
    NetworkSettings: _Reached
    Path: str | None = None
    Args: list[str] | None = None
    Driver: str | None = None
    Config: _Config | None = None
    GraphDriver: _Driver | None = None


def checked(answer: Any, outer: Any, inner: Any, address: str) -> Any:
    """The answer, as long as it can be read as both types; raises `EngineLostError`.

    To write it as JSON shows whether all of its text is Unicode, and its numbers are of a size
    that engines count with.
    """
    try:
        msgspec.json.encode(answer)
        msgspec.convert(answer, inner)
        return msgspec.convert(answer, outer)
    except (msgspec.ValidationError, UnicodeError, OverflowError) as error:
        raise EngineLostError(
            f"the engine at {address} answers with something else than what was asked for"
            f" ({error}): look at what listens there"
        ) from error


def _object(inner: Any, answer: Any, address: str) -> Mapping[str, Any]:
    found: Mapping[str, Any] = checked(answer, dict[str, Any], inner, address)
    return found


def _list(inner: Any, answer: Any, address: str) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = checked(answer, list[dict[str, Any]], list[inner], address)
    return found


checked_info = partial(_object, _Info)
"""What an engine says of itself, if it reads like that; raises `EngineLostError`, as all of these
do."""
checked_version = partial(_object, _Version)
"""An engine's version."""
checked_container = partial(_object, _Container)
"""Its `inspect` of a container."""
checked_execution = partial(_object, _Execution)
"""What it says of a command in a container."""
checked_inspect = partial(_object, _Inspected)
"""Its `inspect` of an image."""
checked_list = partial(_list, _Listed)
"""A list of containers or images."""
checked_networks = partial(_list, _Resource)
"""A list of networks."""
checked_history = partial(_list, _Line)
"""The listing of an image's history."""


def checked_id(answer: Any, address: str) -> str:
    """The id of what an engine says that it has made."""
    return str(_object(_Made, answer, address)["Id"])


def checked_volumes(answer: Any, address: str) -> list[dict[str, Any]]:
    """The list in an answer to a request for volumes, if there is one."""
    return _object(_Volumes, answer, address).get("Volumes") or []
