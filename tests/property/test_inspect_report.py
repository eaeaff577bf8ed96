"""What is inside an image: random waste is grouped without losing any, and any name is told."""

from __future__ import annotations

import json

from hypothesis import given
from hypothesis import strategies as st
from msgspec.structs import replace

from runner.model.anatomy import Waste, WasteReason
from runner.model.documents import restored, to_json
from runner.report.inspect.grouped import grouped_waste
from tests.unit.anatomies import document

paths = st.lists(st.sampled_from(["a", "b", "-", "ab", "a-b"]), min_size=1, max_size=5)


@given(st.lists(st.tuples(paths.map("/".join), st.integers(1, 99)), max_size=30))
def test_no_byte_of_waste_is_lost_in_grouping(found: list[tuple[str, int]]) -> None:
    waste = [Waste(path, size, 0, 1, WasteReason.deleted) for path, size in found]
    groups = grouped_waste(waste)
    assert sum(group.bytes for group in groups) == sum(size for _, size in found)
    assert sum(group.files for group in groups) == len(found)
    for group in groups:
        assert group.path == "/" or any(item.path.startswith(group.path) for item in waste)


@given(st.text(st.characters(), max_size=20), st.binary(max_size=8))
def test_json_holds_any_name(name: str, odd: bytes) -> None:
    path = name.encode("utf-8", "ignore").decode() + odd.decode("utf-8", "surrogateescape")
    text = to_json(replace(document(), waste=(Waste(path, 1, 0, 1, WasteReason.deleted),)))
    assert text.encode("utf-8")
    assert restored(json.loads(text)["waste"][0]["path"]) == path
