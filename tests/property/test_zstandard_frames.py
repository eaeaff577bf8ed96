"""A zstandard stream that is cut off anywhere is known as one, and a whole one is not."""

from __future__ import annotations

import contextlib
import random

import pytest
import zstandard
from hypothesis import given, settings
from hypothesis import strategies as st

from runner.oci.damage import DamagedError
from runner.oci.unpack import Packing, unpacked
from runner.oci.zstandard_frames import whole_frames

SKIPPABLE = b"\x53\x2a\x4d\x18\x05\x00\x00\x00hello"
CONTENT = random.Random(1).randbytes(200_000) + bytes(400_000) + b"abc" * 50_000


def frame(content: bytes, **options: bool) -> bytes:
    return zstandard.ZstdCompressor(**options).compress(content)  # type: ignore[arg-type]


def in_pieces(data: bytes, size: int) -> list[bytes]:
    return [data[at : at + size] for at in range(0, len(data), size)]


STREAMS = {
    "plain": frame(CONTENT),
    "checksum": frame(CONTENT, write_checksum=True),
    "no size": zstandard.ZstdCompressor(write_content_size=False).compress(CONTENT),
    "small": frame(b"a"),
    "empty": frame(b""),
    "several": SKIPPABLE + frame(CONTENT[:1000]) + SKIPPABLE + frame(b"b", write_checksum=True),
}


@pytest.mark.parametrize("data", STREAMS.values(), ids=STREAMS)
@pytest.mark.parametrize("size", [1 << 18, 1000, 7])
def test_a_whole_stream_passes(data: bytes, size: int) -> None:
    assert b"".join(whole_frames(iter(in_pieces(data, size)))) == data


@settings(max_examples=150, deadline=None)
@given(st.sampled_from(sorted(STREAMS)), st.floats(0, 1), st.sampled_from([1 << 18, 4096, 11]))
def test_one_that_is_cut_off_is_known(name: str, share: float, size: int) -> None:
    data = STREAMS[name]
    cut = data[: max(1, int(share * (len(data) - 1)))]
    boundaries = {len(SKIPPABLE), len(SKIPPABLE) + len(frame(CONTENT[:1000]))}
    boundaries.add(max(boundaries) + len(SKIPPABLE))
    if name == "several" and len(cut) in boundaries:
        return
    with pytest.raises(DamagedError, match="cut off"):
        list(unpacked(iter(in_pieces(cut, size)), Packing.zstandard))


@given(st.binary(max_size=200))
def test_what_is_no_frame_is_left_to_the_library(data: bytes) -> None:
    passed = whole_frames(iter([data]))
    assert next(passed) == data
    with contextlib.suppress(DamagedError):
        assert list(passed) == []
