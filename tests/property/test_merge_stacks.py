"""Whatever the layers hold: merged root, live bytes and waste are those of a slow reference."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import product

from hypothesis import given, settings
from hypothesis import strategies as st

from runner.image.merge import merge
from runner.image.tree import MergedTree
from runner.image.waste import waste_of, wasted_by_layer
from runner.model.anatomy import Waste, WasteReason
from runner.model.entries import Entry, EntryKind, ImageContent
from runner.model.positions import position_of
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
from tests.unit.materialised import Materialised, materialise

NAMES = ("a", "b", "-c")
PATHS = st.one_of(
    *(
        st.sampled_from(["/".join(names) for names in product(NAMES, repeat=depth)])
        for depth in (1, 2, 3)
    )
)
DIGESTS = st.sampled_from(["", "sha256:1", "sha256:2"])

FILES = st.builds(file, PATHS, st.integers(0, 9), mtime_s=st.integers(0, 1), digest=DIGESTS)
ENTRIES: st.SearchStrategy[Entry] = st.one_of(
    FILES,
    FILES,
    st.builds(directory, PATHS),
    st.builds(lambda path, to: link(path, to=to), PATHS, PATHS),
    st.builds(symlink, PATHS, PATHS),
    st.builds(device, PATHS),
    st.builds(whiteout, PATHS),
    st.builds(opaque, PATHS),
)
IMAGES = st.lists(
    st.lists(ENTRIES, max_size=8).map(lambda entries: layer(*entries)), max_size=5
).map(lambda layers: image(*layers))


@settings(max_examples=400, deadline=None)
@given(IMAGES)
def test_any_stack_of_layers_is_merged_and_its_waste_found_as_in_the_reference(
    content: ImageContent,
) -> None:
    """One image for all that is said of it: making it up takes longest."""
    expected = materialise(content)
    tree = merge(content)
    waste = waste_of(content, tree)

    assert_the_same_root(tree, expected)
    assert_waste_is_stored_less_live(content, tree, waste, expected)
    assert_markers_of_what_is_called_deleted_or_opaque(content, waste)


def assert_the_same_root(tree: MergedTree, expected: Materialised) -> None:
    assert {live.path: live.entry.kind for live in tree.live()} == {
        path: there.kind for path, there in expected.root.items()
    }
    assert {
        live.path: live.content for live in tree.live() if live.entry.kind is EntryKind.file
    } == {
        path: position_of(*there.content)
        for path, there in expected.root.items()
        if there.content is not None
    }


def assert_waste_is_stored_less_live(
    content: ImageContent, tree: MergedTree, waste: Sequence[Waste], expected: Materialised
) -> None:
    """And every byte has its layers."""
    assert tree.stored_bytes == sum(expected.stored.values())
    assert tree.live_bytes == sum(expected.live.values())
    assert sum(live.bytes for live in tree.live()) == tree.live_bytes
    assert sum(found.bytes for found in waste) == tree.stored_bytes - tree.live_bytes
    assert sum(wasted_by_layer(waste, len(content.layers))) == sum(w.bytes for w in waste)
    assert sorted((w.path, w.bytes, w.written_by, w.hidden_by) for w in waste) == sorted(
        (content.layers[at[0]].entries[at[1]].path, expected.stored[at], at[0], hidden_by)
        for at, hidden_by in expected.hidden_by.items()
        if expected.stored[at]
    )


def assert_markers_of_what_is_called_deleted_or_opaque(
    content: ImageContent, waste: Sequence[Waste]
) -> None:
    """Only a layer with such a marker deletes, or makes opaque."""
    for found in waste:
        above = {entry.kind for entry in content.layers[found.hidden_by].entries}
        if found.reason is WasteReason.deleted:
            assert EntryKind.whiteout in above
        if found.reason is WasteReason.opaque:
            assert EntryKind.opaque in above
