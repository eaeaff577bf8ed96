"""JSON of anything that a file name can be: never a lone surrogate, and back to the same bytes."""

from __future__ import annotations

import json

from hypothesis import given
from hypothesis import strategies as st

from runner.model.documents import from_json, restored, reversible, to_json

NAMES = st.one_of(
    st.binary(max_size=12).map(lambda data: data.decode("utf-8", "surrogateescape")),
    st.text("\\xu01afé\udcff\udc80", max_size=8),
)


@given(NAMES)
def test_a_name_comes_back_as_it_was(name: str) -> None:
    assert restored(reversible(name)) == name
    reversible(name).encode()


@given(st.lists(NAMES, max_size=4), st.dictionaries(NAMES, NAMES, max_size=3))
def test_a_document_comes_back_and_holds_no_surrogate(
    names: list[str], more: dict[str, str]
) -> None:
    document = {"names": names, "more": more}
    text = to_json(document)

    assert from_json(text.encode(), dict) == document
    json.dumps(json.loads(text), ensure_ascii=False).encode()
    assert "\\ud" not in text.lower().replace("\\\\ud", "")


def test_the_escape_is_that_of_the_documentation() -> None:
    assert reversible("caf\udce9") == "caf\\xe9"
    assert reversible("a\\b\udce9") == "a\\\\b\\xe9"
    assert reversible("a\\b") == "a\\b"
    assert to_json(["caf\udce9"]) == '[\n "caf\\\\xe9"\n]\n'
