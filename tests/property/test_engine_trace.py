"""BuildKit's progress messages: what is written comes back, and garbage is refused, not guessed."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from runner.engine.builders.trace import (
    Status,
    TraceError,
    Vertex,
    VertexLog,
    decode_status,
    fields_of,
)


def varint(value: int) -> bytes:
    out = bytearray()
    while value >= 0x80:
        out.append(value & 0x7F | 0x80)
        value >>= 7
    return bytes([*out, value])


def number_field(number: int, value: int) -> bytes:
    return varint(number << 3) + varint(value)


def bytes_field(number: int, value: bytes) -> bytes:
    return varint(number << 3 | 2) + varint(len(value)) + value


def time_field(number: int, nanoseconds: int | None) -> bytes:
    if nanoseconds is None:
        return b""
    seconds, rest = divmod(nanoseconds, 10**9)
    return bytes_field(number, number_field(1, seconds) + number_field(2, rest))


UNKNOWN = b"".join(
    [
        number_field(900, 2**64 - 1),
        varint(901 << 3 | 1) + b"8 bytes.",
        varint(902 << 3 | 5) + b"four",
        bytes_field(903, b"\x08\x96\x01"),
    ]
)
"""Fields that a later BuildKit may add, one of each wire type."""

moments = st.none() | st.integers(0, 2**33 * 10**9)


@st.composite
def vertexes(draw: st.DrawFn) -> tuple[bytes, Vertex]:
    digest, name, error = draw(st.text()), draw(st.text()), draw(st.text())
    cached, started, completed = draw(st.booleans()), draw(moments), draw(moments)
    raw = bytes_field(1, digest.encode()) + bytes_field(2, b"an input") * draw(st.integers(0, 3))
    raw += bytes_field(3, name.encode()) + number_field(4, int(cached)) + UNKNOWN
    raw += time_field(5, started) + time_field(6, completed) + bytes_field(7, error.encode())
    in_seconds = [
        None if at is None else at // 10**9 + at % 10**9 / 1e9 for at in (started, completed)
    ]
    return raw, Vertex(digest, name, cached, in_seconds[0], in_seconds[1], error)


@st.composite
def logs(draw: st.DrawFn) -> tuple[bytes, VertexLog]:
    digest, stream, message = draw(st.text()), draw(st.integers(1, 2)), draw(st.binary())
    raw = bytes_field(1, digest.encode()) + time_field(2, draw(moments)) + UNKNOWN
    raw += number_field(3, stream) + bytes_field(4, message)
    return raw, VertexLog(digest, stream, message)


@given(st.lists(vertexes()), st.lists(logs()))
def test_what_is_written_comes_back(
    wrote: list[tuple[bytes, Vertex]], said: list[tuple[bytes, VertexLog]]
) -> None:
    raw = b"".join(bytes_field(1, data) for data, _ in wrote) + UNKNOWN
    raw += bytes_field(2, b"a status, which is not read")
    raw += b"".join(bytes_field(3, data) for data, _ in said)
    expected = Status(tuple(vertex for _, vertex in wrote), tuple(log for _, log in said))
    assert decode_status(raw) == expected


@given(st.binary())
def test_any_bytes_are_decoded_or_refused(data: bytes) -> None:
    try:
        status = decode_status(data)
    except TraceError:
        return
    assert isinstance(status, Status)


@given(vertexes(), st.data())
def test_a_message_that_was_cut_is_refused(
    wrote: tuple[bytes, Vertex], data: st.DataObject
) -> None:
    raw = bytes_field(1, wrote[0])
    cut = data.draw(st.integers(1, len(raw) - 1))
    with pytest.raises(TraceError):
        decode_status(raw[:cut])


@given(st.integers(0, 2**64 - 1))
def test_numbers_of_every_size(value: int) -> None:
    assert list(fields_of(number_field(5, value))) == [(5, value)]


@pytest.mark.parametrize(
    "data",
    [b"\x80" * 11, b"\x0b", bytes_field(1, number_field(1, 7)), number_field(1, 7)],
    ids=["endless number", "group", "number for text", "number for a vertex"],
)
def test_malformed_messages(data: bytes) -> None:
    with pytest.raises(TraceError):
        decode_status(data)
