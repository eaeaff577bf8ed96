"""The file tree of a layer and of a whole image: states, sizes, and what is shown of it."""

from __future__ import annotations

import io

from rich.console import Console

from runner.analysis.file_tree import Change, Folder, layer_tree, whole_tree
from runner.analysis.tree_document import tree_document
from runner.model.entries import ImageContent
from runner.report.inspect.trees import print_tree
from tests.unit.images import directory, file, image, layer, link, opaque, symlink, whiteout


def sample() -> ImageContent:
    """Three layers that add, change and remove."""
    return image(
        layer(
            directory("etc"),
            file("etc/conf", 10),
            file("etc/old", 5),
            directory("var"),
            file("var/cache", 100),
        ),
        layer(file("etc/conf", 12), file("app/main", 50), symlink("app/link", "/etc/conf")),
        layer(whiteout("var/cache"), opaque("etc"), file("etc/new", 3)),
    )


def states(tree: Folder) -> dict[str, tuple[Change, int, int]]:
    """Every file of the tree with its state, size before and after."""
    found = {item.path: (item.change, item.before_bytes, item.after_bytes) for item in tree.files}
    for inner in tree.folders.values():
        found |= states(inner)
    return found


def test_a_layer_says_what_it_adds_and_changes() -> None:
    assert states(layer_tree(sample(), 1)) == {
        "etc/conf": (Change.changed, 10, 12),
        "app/main": (Change.added, 0, 50),
        "app/link": (Change.added, 0, 0),
    }


def test_a_layer_says_what_it_removes_by_whiteouts_and_opaque_folders() -> None:
    assert states(layer_tree(sample(), 2)) == {
        "var/cache": (Change.removed, 100, 0),
        "etc/conf": (Change.removed, 12, 0),
        "etc/old": (Change.removed, 5, 0),
        "etc/new": (Change.added, 0, 3),
    }


def test_the_first_layer_adds_all_of_it() -> None:
    tree = layer_tree(sample(), 0)
    assert tree.change is Change.added
    assert tree.after_bytes == 115
    assert tree.folders["etc"].counts == {Change.added: 2}


def test_the_whole_image_against_its_base() -> None:
    tree = whole_tree(sample(), 1)
    found = states(tree)
    assert found["app/main"] == (Change.added, 0, 50)
    assert found["var/cache"] == (Change.removed, 100, 0)
    assert found["etc/new"] == (Change.added, 0, 3)
    assert tree.after_bytes == 53
    assert tree.before_bytes == 115


def test_hard_links_count_once() -> None:
    tree = whole_tree(image(layer(file("a", 10), link("b", to="a"))), 0)
    assert tree.after_bytes == 10
    assert sorted(states(tree)) == ["a", "b"]


def test_thousands_of_folders_below_each_other_do_no_harm() -> None:
    deep = "/".join("d" * 5_000)
    tree = whole_tree(image(layer(file(f"{deep}/f", 1))), 0)
    assert tree.after_bytes == 1
    assert shown(tree, depth=1000).count("\n") < 100


def shown(tree: Folder, top: int = 10, depth: int = 3, width: int = 60) -> str:
    screen = io.StringIO()
    print_tree(tree, Console(file=screen, width=width, highlight=False), "app", top, depth)
    return screen.getvalue()


def test_the_tree_in_a_terminal() -> None:
    lines = shown(layer_tree(sample(), 2)).splitlines()
    assert lines[:2] == ["app", "+ added  ~ changed  − removed"]
    assert lines[3:] == [
        "    100 B − ├─ var/",
        "    100 B − │  └─ cache",
        "      3 B ~ └─ etc/",
        "     12 B −    ├─ conf",
        "      5 B −    ├─ old",
        "      3 B +    └─ new",
    ]


def test_top_and_depth_cut_the_tree() -> None:
    lines = shown(layer_tree(sample(), 2), top=1, depth=1).splitlines()
    assert lines[3:] == ["    100 B − ├─ var/  1 file", "      3 B   └─ … 1 more"]


def test_folders_with_nothing_but_a_folder_are_one_line() -> None:
    tree = layer_tree(image(layer(file("usr/local/lib/a", 2), file("usr/local/lib/b", 1))), 0)
    assert shown(tree, depth=1).splitlines()[3:] == ["      3 B + └─ usr/local/lib/  2 files"]


def test_the_tree_as_a_list_down_to_a_depth() -> None:
    tree = layer_tree(sample(), 2)
    whole = tree_document(tree, 2, "the layers below", 9).entries
    assert {
        one.path: (one.state, one.before_bytes, one.bytes) for one in whole if not one.directory
    } == states(tree)
    top = tree_document(tree, 2, "the layers below", 1).entries
    assert [(one.path, one.directory, one.state) for one in top] == [
        ("", True, Change.changed),
        ("etc", True, Change.changed),
        ("var", True, Change.removed),
    ]
    for column in ("bytes", "before_bytes", "files"):
        root, *inside = (getattr(one, column) for one in top)
        assert root == sum(inside)
    nothing = tree_document(layer_tree(image(layer(), layer()), 1), 1, "the layers below", 3)
    assert [(one.path, one.state, one.files) for one in nothing.entries] == [
        ("", Change.unchanged, 0)
    ]


def test_a_layer_without_files_says_so() -> None:
    assert "nothing" in shown(layer_tree(image(layer(), layer()), 1))
