"""The kernel's events about opened files: decoded as they were recorded, or refused."""

from __future__ import annotations

import contextlib
import struct

import pytest
from hypothesis import given
from hypothesis import strategies as st

from runner.engine.linux.fanotify import RawEvent, decode

RECORDED = bytes.fromhex(
    "180000000300180020000000000000000500000071460000"  # opened
    "180000000300180020100000000000000600000071460000"  # opened for execution too
    "18000000030018000040000000000000ffffffff00000000"  # events were lost
)
"""What Linux 6.18 on x86-64 wrote while a container started."""

EVENTS = st.builds(
    RawEvent,
    mask=st.integers(0, 2**64 - 1),
    file=st.integers(-1, 2**31 - 1),
    pid=st.integers(-(2**31), 2**31 - 1),
)


def written(event: RawEvent, more: bytes = b"") -> bytes:
    """The event as the kernel writes it; newer ones may put more behind the fields we know."""
    length = 24 + len(more)
    return struct.pack("=IBBHQii", length, 3, 0, 24, event.mask, event.file, event.pid) + more


def test_recorded_events() -> None:
    first, second, third = decode(RECORDED)
    assert (first.file, first.pid, first.is_overflow) == (5, 18033, False)
    assert (second.mask, second.file) == (0x1020, 6)
    assert third.is_overflow
    assert third.file == -1


@given(st.lists(st.tuples(EVENTS, st.binary(max_size=16))))
def test_what_is_written_is_read(events: list[tuple[RawEvent, bytes]]) -> None:
    buffer = b"".join(written(event, more) for event, more in events)
    assert list(decode(buffer)) == [event for event, _ in events]


@given(st.binary(max_size=200))
def test_any_other_bytes_end_in_a_clean_error(buffer: bytes) -> None:
    found = 0
    with contextlib.suppress(ValueError):
        for _ in decode(buffer):
            found += 1
    assert found * 24 <= len(buffer)


@given(st.lists(EVENTS, min_size=1), st.integers(1, 23))
def test_half_an_event_is_refused(events: list[RawEvent], missing: int) -> None:
    buffer = b"".join(map(written, events))[:-missing]
    with pytest.raises(ValueError, match=r"event|bytes"):
        list(decode(buffer))


def test_another_version_is_refused() -> None:
    changed = bytearray(written(RawEvent(0x20, 5, 1)))
    changed[4] = 2
    with pytest.raises(ValueError, match="version 2"):
        list(decode(bytes(changed)))
