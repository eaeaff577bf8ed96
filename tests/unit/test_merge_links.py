"""Names of one content: it lives as long as one of them, wherever they were made."""

from __future__ import annotations

from itertools import permutations

import pytest

from runner.image.merge import is_guess, merge, same_content
from runner.model.entries import LayerContent
from tests.unit.images import file, image, layer, link, whiteout


@pytest.mark.parametrize("order", list(permutations("abc")))
def test_three_names_keep_a_content_until_the_last_is_gone(order: tuple[str, ...]) -> None:
    """Two of them linked to a file of the layer below."""
    layers = [layer(file("a", 10)), layer(link("b", to="a"), link("c", to="a"))]
    for gone, name in enumerate(order, start=1):
        layers.append(layer(whiteout(name)))
        tree = merge(image(*layers))
        assert tree.live_bytes == (10 if gone < 3 else 0)
        assert len(tree.hidden) == (gone == 3)


def linked(*content_of: int) -> LayerContent:
    """Files whose contents are those of others by their place; each stores ten bytes."""
    held = layer(*(file(name, 10) for name, _ in zip("abcdef", content_of, strict=False)))
    for entry, other in zip(held.entries, content_of, strict=True):
        entry.content_of = other
    return held


@pytest.mark.parametrize(
    ("content_of", "groups"),
    [
        ((-1, 0, 1), [("a", "b", "c")]),
        ((-1, 0, 1, 2, -1), [("a", "b", "c", "d")]),
        ((1, -1, 0), [("a", "b", "c")]),
        ((3, -1, -1), []),
        ((-2, 9, -1), []),
        ((1, 2, 1), []),
        ((-1, 2, 1, 0), [("a", "d")]),
    ],
)
def test_links_to_links_are_names_of_the_first_and_circles_of_nothing(
    content_of: tuple[int, ...], groups: list[tuple[str, ...]]
) -> None:
    tree = merge(image(linked(*content_of)))
    assert list(tree.hard_links.values()) == groups


def test_contents_are_the_same_by_their_digests_or_as_far_as_can_be_told() -> None:
    one = file("a", 10, mtime_s=5, digest="1")
    assert same_content(one, file("b", 10, mtime_s=6, digest="1"))
    assert not same_content(one, file("a", 10, mtime_s=5, digest="2"))
    assert not same_content(one, file("a", 11, mtime_s=5, digest="1"))
    for digest in ("", "1"):
        assert same_content(file("a", 10, mtime_s=5, digest=digest), file("a", 10, mtime_s=5))
        assert not same_content(file("a", 10, mtime_s=5), file("a", 10, mtime_s=6, digest=digest))


def test_it_is_a_guess_unless_both_digests_are_known_or_there_is_nothing_to_tell() -> None:
    known, other, unknown = file("a", 10, digest="1"), file("a", 10, digest="2"), file("a", 10)
    assert not is_guess(known, other)
    assert is_guess(known, unknown)
    assert is_guess(unknown, known)
    assert is_guess(unknown, file("a", 10))
    assert is_guess(file("a", 1), file("b", 1))
    assert not is_guess(unknown, file("a", 11))
    assert not is_guess(unknown, unknown), "one file is itself"
    assert not is_guess(file("a", 0), file("a", 0)), "nothing is as long as nothing"


def test_a_name_before_the_one_that_it_shares_with_is_one_of_the_file_below() -> None:
    links = layer(file("c"), link("b", to="a"))
    links.entries[0].content_of = 1
    layers = [layer(file("a", 10)), links, layer(whiteout("a"), whiteout("b"))]
    assert merge(image(*layers)).live_bytes == 10
    assert merge(image(*layers, layer(whiteout("c")))).live_bytes == 0


def test_a_link_to_nothing_does_not_hide_that_another_was_made() -> None:
    made = layer(link("a", to="nowhere"), file("opt/a", 10, mtime_s=5), link("opt/b", to="opt/a"))
    tree = merge(image(layer(file("opt/a", 10, mtime_s=5)), made))
    assert len(tree.linked) == 1
