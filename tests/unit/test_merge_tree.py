"""Questions to a merged tree: names, links, what is below, and where a path leads."""

from __future__ import annotations

import pytest

from runner.image.dive import dive_numbers
from runner.image.merge import merge
from runner.model.entries import EntryKind
from runner.model.errors import ImageError
from tests.unit.images import directory, file, image, layer, link, opaque, whiteout


def test_live_entries_come_folder_first_and_sorted_whatever_the_order_of_the_layer() -> None:
    one = layer(file("b/y", 1), file("b/x", 2), directory("a"), file("c", 3))
    other = layer(file("c", 3), directory("a"), directory("b"), file("b/x", 2), file("b/y", 1))
    paths = ["a", "b", "b/x", "b/y", "c"]
    assert [live.path for live in merge(image(one)).live()] == paths
    assert [live.path for live in merge(image(other)).live()] == paths


def test_live_below_a_folder() -> None:
    tree = merge(image(layer(file("a/b/c", 1), file("a/d", 2), file("e", 3))))
    assert [live.path for live in tree.live("a")] == ["a/b", "a/b/c", "a/d"]
    assert not list(tree.live("e"))
    assert not list(tree.live("nowhere"))


def test_a_live_entry_names_its_layer() -> None:
    tree = merge(image(layer(directory("d"), file("d/a", 1)), layer(file("d/a", 2))))
    assert [(live.path, live.layer, live.bytes, live.entry.kind) for live in tree.live()] == [
        ("d", 0, 0, EntryKind.directory),
        ("d/a", 1, 2, EntryKind.file),
    ]


def test_a_folder_without_entry_belongs_to_no_layer() -> None:
    found = next(merge(image(layer(file("d/a", 1)))).live())
    assert (found.path, found.layer, found.entry.kind) == ("d", -1, EntryKind.directory)


def test_linked_content_counts_for_the_name_that_stores_it() -> None:
    tree = merge(image(layer(file("m", 10), link("a", to="m"), link("z", to="a"))))
    assert [(live.path, live.bytes) for live in tree.live()] == [("a", 0), ("m", 10), ("z", 0)]
    assert list(tree.hard_links.values()) == [("a", "m", "z")]
    assert len({live.content for live in tree.live()}) == 1


def test_linked_content_counts_for_the_first_name_left() -> None:
    tree = merge(
        image(layer(file("m", 10), link("z", to="m"), link("a", to="m")), layer(whiteout("m")))
    )
    assert [(live.path, live.bytes) for live in tree.live()] == [("a", 10), ("z", 0)]


def test_a_link_that_lost_its_partners_is_none_any_more() -> None:
    tree = merge(image(layer(file("a", 10), link("b", to="a")), layer(whiteout("a"))))
    assert not tree.hard_links
    assert tree.live_bytes == 10


def test_folders_in_each_other_without_end_are_refused() -> None:
    """Their paths would take memory with the square of their number: half a gigabyte here."""
    hostile = image(layer(file("a/" * 32_000 + "f", 1)))
    with pytest.raises(ImageError, match="limit `implied_bytes` of 67108864"):
        merge(hostile)
    with pytest.raises(ImageError, match="limit `implied_bytes`"):
        dive_numbers(image(layer(opaque("a/" * 32_000 + "d"))))
    deep = image(layer(file("a/" * 4_000 + "f", 1)))
    assert merge(deep).live_bytes == 1
