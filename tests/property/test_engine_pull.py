"""A file of what comes in pieces: it reads as the pieces, however they are cut."""

from __future__ import annotations

from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from runner.oci.iterator_io import pulled


@settings(max_examples=60, deadline=None)
@given(pieces=st.lists(st.binary(max_size=50)), reads=st.lists(st.integers(1, 40), min_size=1))
def test_pulled_bytes_are_the_pieces(pieces: list[bytes], reads: list[int]) -> None:
    file = pulled(iter(pieces), 16)
    got: list[bytes] = []
    position: Any = iter(reads * 200)
    while piece := file.read(next(position)):
        got.append(piece)
    assert b"".join(got) == b"".join(pieces)
