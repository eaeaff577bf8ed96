"""Which of the known images an image was built on."""

from __future__ import annotations

from runner.image.base import BASE_NAME, layers_in_common, longest_base, named
from runner.model import labels

KNOWN = {"debian": ["a"], "python": ["a", "b"], "other": ["x"], "itself": ["a", "b", "c"], "no": []}


def test_the_base_is_the_known_image_with_the_most_layers_in_common() -> None:
    assert longest_base(["a", "b", "c"], KNOWN) == ("python", ("a", "b"))
    assert longest_base(["a", "c", "b"], KNOWN) == ("debian", ("a",))


def test_an_image_is_not_its_own_base_and_an_unknown_one_has_none() -> None:
    assert longest_base(["a"], KNOWN) == ("", ())
    assert longest_base(["b", "a"], KNOWN) == ("", ())
    assert longest_base([], KNOWN) == ("", ())


def test_labels_lead_to_references_only() -> None:
    for name in ("python:3.11-slim", "localhost:5000/a_b/c@sha256:0a", "debian"):
        assert list(named({BASE_NAME: name})) == [name]
    for name in ("", "../x", "a/../b", "a b", "a?b", "/a", "-a", "a\n"):
        assert list(named({BASE_NAME: name})) == []
    assert list(named({labels.STANDIN: "slim"})) == ["dockbench/standin:slim"]


def test_layers_in_common_are_the_first_ones_of_both() -> None:
    for diff_ids, base, common in (
        ("abc", "ab", 2),
        ("a-b-", "a-", 2),
        ("a-b", "ab-", 1),
        ("ba", "ab", 0),
        ("a", "abc", 1),
        ("", "a", 0),
        ("ab", "", 0),
    ):
        assert layers_in_common(list(diff_ids), list(base)) == common
