"""Decodes BuildKit's progress messages (protobuf moby.buildkit.v1.StatusResponse) into plain data.

Only the handful of fields that steps need is read, by field number, from the wire format as
https://protobuf.dev/programming-guides/encoding/ defines it; all others are skipped.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

_VARINT, _FIXED64, _BYTES, _FIXED32 = 0, 1, 2, 5
_LONGEST_VARINT = 10


class TraceError(ValueError):
    """The bytes are no protobuf message."""


@dataclass(frozen=True)
class Vertex:
    """The state of one step; times are seconds since the epoch, by the engine's clock."""

    digest: str = ""
    name: str = ""
    cached: bool = False
    started_s: float | None = None
    completed_s: float | None = None
    error: str = ""


@dataclass(frozen=True)
class VertexLog:
    """Something that a step printed; a line may come in several pieces."""

    digest: str = ""
    stream: int = 1
    message: bytes = b""


@dataclass(frozen=True)
class Status:
    """One progress message: steps that changed, and what steps printed."""

    vertexes: tuple[Vertex, ...] = ()
    logs: tuple[VertexLog, ...] = ()


def decode_status(data: bytes) -> Status:
    """The progress message in `data`; raises `TraceError` if it is not well formed."""
    vertexes, logs = [], []
    for number, value in fields_of(data):
        if number == 1:
            vertexes.append(_vertex(_as_bytes(value)))
        elif number == 3:
            logs.append(_log(_as_bytes(value)))
    return Status(tuple(vertexes), tuple(logs))


def fields_of(data: bytes) -> Iterator[tuple[int, int | bytes]]:
    """Field number and value of each field: a number for varints, else the field's bytes."""
    position = 0
    while position < len(data):
        key, position = _varint(data, position)
        number, wire_type = key >> 3, key & 7
        if wire_type == _VARINT:
            value, position = _varint(data, position)
            yield number, value
            continue
        if wire_type == _BYTES:
            length, position = _varint(data, position)
        elif wire_type in (_FIXED64, _FIXED32):
            length = 8 if wire_type == _FIXED64 else 4
        else:
            raise TraceError(f"wire type {wire_type} at byte {position}")
        if position + length > len(data):
            raise TraceError(f"field {number} is longer than its message")
        yield number, data[position : position + length]
        position += length


def _varint(data: bytes, position: int) -> tuple[int, int]:
    value = 0
    for index in range(_LONGEST_VARINT):
        if position + index >= len(data):
            raise TraceError("a number ends before its last byte")
        byte = data[position + index]
        value |= (byte & 0x7F) << (7 * index)
        if byte < 0x80:
            return value, position + index + 1
    raise TraceError("a number has more than ten bytes")


def _vertex(data: bytes) -> Vertex:
    found = dict(fields_of(data))
    return Vertex(
        digest=_text(found.get(1)),
        name=_text(found.get(3)),
        cached=bool(found.get(4)),
        started_s=_time(found.get(5)),
        completed_s=_time(found.get(6)),
        error=_text(found.get(7)),
    )


def _log(data: bytes) -> VertexLog:
    found = dict(fields_of(data))
    stream = found.get(3, 1)
    return VertexLog(
        digest=_text(found.get(1)),
        stream=stream if isinstance(stream, int) else 1,
        message=_as_bytes(found.get(4, b"")),
    )


def _time(value: int | bytes | None) -> float | None:
    """A google.protobuf.Timestamp: seconds 1, nanoseconds 2."""
    if value is None:
        return None
    found = dict(fields_of(_as_bytes(value)))
    seconds, nanoseconds = found.get(1, 0), found.get(2, 0)
    if not isinstance(seconds, int) or not isinstance(nanoseconds, int):
        raise TraceError("a time is not made of numbers")
    return seconds + nanoseconds / 1e9


def _text(value: int | bytes | None) -> str:
    return "" if value is None else _as_bytes(value).decode(errors="replace")


def _as_bytes(value: int | bytes) -> bytes:
    if isinstance(value, int):
        raise TraceError("a number where bytes belong")
    return value
