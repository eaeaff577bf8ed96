"""What is read of the JSON documents of images."""

from __future__ import annotations

import json

from hypothesis import given
from hypothesis import strategies as st

from runner.oci.documents import decoded

HALVES = st.text(st.sampled_from('\ud800\udbff\udc00\udfff\\u"d8😀x'))


@given(HALVES)
def test_half_a_surrogate_pair_reads_as_engines_read_it(text: str) -> None:
    asked = json.dumps([text]).encode()
    (read,) = decoded(asked, list[str], "config")
    pairs = text.encode("utf-16-be", "surrogatepass")
    assert read == pairs.decode("utf-16-be", "replace")
