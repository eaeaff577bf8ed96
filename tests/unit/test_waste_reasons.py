"""Each way to waste bytes: who wrote them, who hid them, and why."""

from __future__ import annotations

import pytest

from runner.image.merge import merge, same_content
from runner.image.waste import waste_of, wasted_by_layer
from runner.model.anatomy import Waste, WasteReason
from runner.model.entries import LayerContent
from tests.unit.images import (
    device,
    directory,
    file,
    image,
    layer,
    link,
    opaque,
    symlink,
    whiteout,
)

DELETED = WasteReason.deleted
OVERWRITTEN = WasteReason.overwritten
ATTRIBUTES = WasteReason.attributes
OPAQUE = WasteReason.opaque
TYPE_CHANGE = WasteReason.type_change


def wasted(*layers: LayerContent) -> list[Waste]:
    content = image(*layers)
    tree = merge(content)
    waste = waste_of(content, tree)
    assert sum(found.bytes for found in waste) == tree.stored_bytes - tree.live_bytes
    return waste


def test_a_deleted_file() -> None:
    assert wasted(layer(file("a", 10)), layer(), layer(whiteout("a"))) == [
        Waste("a", 10, 0, 2, DELETED)
    ]


def test_a_deleted_directory_wastes_each_file_in_it() -> None:
    below = layer(directory("d"), file("d/a", 10), directory("d/e"), file("d/e/b", 5))
    assert wasted(below, layer(file("d/c", 7)), layer(whiteout("d"))) == [
        Waste("d/a", 10, 0, 2, DELETED),
        Waste("d/c", 7, 1, 2, DELETED),
        Waste("d/e/b", 5, 0, 2, DELETED),
    ]


def test_a_directory_whose_name_begins_like_a_deleted_one_stays() -> None:
    assert not wasted(layer(file("d-old/a", 10), file("d.a", 5)), layer(whiteout("d")))


@pytest.mark.parametrize("size", [3, 10, 30])
def test_an_overwritten_file_wastes_the_old_size(size: int) -> None:
    assert wasted(layer(file("a", 10, mtime_s=1)), layer(file("a", size, mtime_s=2))) == [
        Waste("a", 10, 0, 1, OVERWRITTEN, guessed=size == 10)
    ]


def test_a_changed_mode_or_owner_copies_the_content_up() -> None:
    below = layer(file("a", 10, mtime_s=7), file("b", 10, digest="sha256:1"))
    above = layer(
        file("a", 10, mtime_s=7, mode=0o755), file("b", 10, digest="sha256:1", uid=5, mtime_s=9)
    )
    assert wasted(below, above) == [
        Waste("a", 10, 0, 1, ATTRIBUTES, guessed=True),
        Waste("b", 10, 0, 1, ATTRIBUTES),
    ]


def test_digests_say_more_than_size_and_time() -> None:
    old = file("a", 10, mtime_s=7, digest="sha256:1")
    assert not same_content(old, file("a", 10, mtime_s=7, digest="sha256:2"))
    assert same_content(old, file("a", 10, mtime_s=8, digest="sha256:1"))
    assert same_content(old, file("a", 10, mtime_s=7))
    assert not same_content(old, file("a", 10, mtime_s=8))
    assert not same_content(old, file("a", 11, mtime_s=7))


def test_a_moved_file_wastes_the_first_copy() -> None:
    assert wasted(layer(file("a", 10)), layer(whiteout("a"), file("b", 10))) == [
        Waste("a", 10, 0, 1, DELETED)
    ]


@pytest.mark.parametrize("marker_first", [True, False])
def test_an_opaque_directory_hides_only_what_is_below(marker_first: bool) -> None:
    below = layer(directory("d"), file("d/a", 10), file("d/e/b", 5), file("c", 3))
    marker, new = opaque("d"), file("d/a", 2)
    above = layer(directory("d"), marker, new) if marker_first else layer(new, marker)
    assert wasted(below, above) == [
        Waste("d/a", 10, 0, 1, OPAQUE),
        Waste("d/e/b", 5, 0, 1, OPAQUE),
    ]


def test_an_opaque_root_hides_everything() -> None:
    assert wasted(layer(file("d/a", 10)), layer(opaque(""), file("b", 1))) == [
        Waste("d/a", 10, 0, 1, OPAQUE)
    ]


def test_a_directory_replaced_by_a_file_and_the_reverse() -> None:
    below = layer(directory("d"), file("d/a", 10), file("f", 5))
    above = layer(file("d", 1), directory("f"), file("f/b", 2))
    assert wasted(below, above) == [
        Waste("d/a", 10, 0, 1, TYPE_CHANGE),
        Waste("f", 5, 0, 1, TYPE_CHANGE),
    ]


def test_a_file_below_what_was_a_file_puts_a_directory_there() -> None:
    assert wasted(layer(file("f", 5)), layer(file("f/b", 2))) == [Waste("f", 5, 0, 1, TYPE_CHANGE)]


def test_a_file_replaced_by_a_link_or_a_device() -> None:
    below = layer(file("a", 10), file("b", 5))
    assert wasted(below, layer(symlink("a", "b"), device("b"))) == [
        Waste("a", 10, 0, 1, TYPE_CHANGE),
        Waste("b", 5, 0, 1, TYPE_CHANGE),
    ]


def test_a_directory_in_place_of_a_link_to_one_hides_nothing_elsewhere() -> None:
    below = layer(directory("usr/lib"), file("usr/lib/a", 10), symlink("lib", "usr/lib"))
    above = layer(directory("lib"), file("lib/a", 3))
    content = image(below, above)
    tree = merge(content)
    assert not waste_of(content, tree)
    assert tree.live_bytes == 13


@pytest.mark.parametrize("marker_first", [True, False])
def test_deleted_and_made_again_in_one_layer(marker_first: bool) -> None:
    marker, new = whiteout("d"), file("d/a", 4)
    above = layer(marker, new) if marker_first else layer(new, marker)
    content = image(layer(file("d/a", 10), file("d/b", 5)), above)
    tree = merge(content)
    assert waste_of(content, tree) == [
        Waste("d/a", 10, 0, 1, DELETED),
        Waste("d/b", 5, 0, 1, DELETED),
    ]
    assert [live.path for live in tree.live()] == ["d", "d/a"]


def test_whiteouts_for_what_is_not_there_and_empty_layers() -> None:
    above = layer(whiteout("b"), whiteout("c/d"), opaque("e"), whiteout("a/below"), opaque("a"))
    assert not wasted(layer(), layer(file("a", 10)), layer(), above)


def test_links_retargeted_and_devices_hold_no_bytes() -> None:
    below = layer(symlink("l", "a"), device("dev/null"))
    assert not wasted(below, layer(symlink("l", "b"), device("dev/null", "1:5")))


def test_the_same_content_under_two_names_is_not_waste() -> None:
    assert not wasted(layer(file("a", 10, digest="sha256:1"), file("b", 10, digest="sha256:1")))


def test_two_entries_for_one_path_waste_the_first() -> None:
    found = wasted(layer(file("a", 10, mtime_s=1), file("a", 4, mtime_s=2)))
    assert found == [Waste("a", 10, 0, 0, OVERWRITTEN)]
    assert wasted_by_layer(found, 2) == [10, 0]


@pytest.mark.parametrize(("first", "second"), [("a", "b"), ("b", "a")])
def test_linked_content_lives_as_long_as_one_name(first: str, second: str) -> None:
    below = layer(file("a", 10), link("b", to="a"))
    assert not wasted(below, layer(whiteout(first)))
    assert wasted(below, layer(whiteout(first)), layer(whiteout(second))) == [
        Waste("a", 10, 0, 2, DELETED)
    ]


def test_a_copy_of_one_name_leaves_the_content_to_the_other() -> None:
    below = layer(file("a", 10, mtime_s=1), link("b", to="a"))
    copied = layer(file("b", 10, mtime_s=1, mode=0o755))
    assert not wasted(below, copied)
    assert wasted(below, copied, layer(file("a", 10, mtime_s=1, mode=0o755))) == [
        Waste("a", 10, 0, 2, ATTRIBUTES, guessed=True)
    ]


def test_a_link_to_a_layer_below_moves_content_without_waste() -> None:
    below = layer(file("a", 10))
    moved = layer(whiteout("a"), link("d/b", to="a"))
    content = image(below, moved)
    tree = merge(content)
    assert not waste_of(content, tree)
    assert [(live.path, live.bytes) for live in tree.live()] == [("d", 0), ("d/b", 10)]
    assert wasted(below, moved, layer(whiteout("d"))) == [Waste("a", 10, 0, 2, DELETED)]


def test_links_to_nothing_to_themselves_and_in_circles_hold_no_bytes() -> None:
    circle = layer(link("a", to="nowhere"), link("b", to="b"), file("c"), file("d"))
    circle.entries[2].content_of = 3
    circle.entries[3].content_of = 2
    content = image(circle, layer(whiteout("a"), whiteout("c"), file("d", 5)))
    tree = merge(content)
    assert not waste_of(content, tree)
    assert tree.live_bytes == tree.stored_bytes == 5


def test_waste_is_sorted_by_bytes() -> None:
    below = layer(*(file(f"f{size}", size) for size in (5, 50, 500)))
    assert [
        found.bytes
        for found in wasted(below, layer(*(whiteout(f"f{size}") for size in (5, 50, 500))))
    ] == [500, 50, 5]


def test_the_tree_of_another_image_is_refused() -> None:
    with pytest.raises(ValueError, match="not the merge of this image"):
        waste_of(image(layer()), merge(image(layer())))
