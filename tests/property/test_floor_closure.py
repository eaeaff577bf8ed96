"""What must be there beside the opened files: the folders and the links that lead to them."""

from __future__ import annotations

import os
import stat
from pathlib import Path

from hypothesis import given
from hypothesis import strategies as st

from runner.engine.linux.root_listing import Node, Tree, bytes_of, closure, matching, read_tree
from runner.trial.trace import sources_first

FOLDER, FILE, LINK = stat.S_IFDIR, stat.S_IFREG, stat.S_IFLNK


def tree(**links: str) -> dict[str, Node]:
    """A merged-usr root with a library, and these links in /etc."""
    return {
        "/": Node(FOLDER),
        "/etc": Node(FOLDER),
        "/lib": Node(LINK, target="usr/lib"),
        "/usr": Node(FOLDER),
        "/usr/lib": Node(FOLDER),
        "/usr/lib/libz.so": Node(LINK, target="libz.so.1"),
        "/usr/lib/libz.so.1": Node(LINK, target="libz.so.1.2"),
        "/usr/lib/libz.so.1.2": Node(FILE, 100, 1),
        "/usr/lib/other.so": Node(FILE, 10, 2),
        "/usr/lib/empty": Node(FOLDER),
        **{f"/etc/{name}": Node(LINK, target=target) for name, target in links.items()},
    }


def test_a_file_brings_its_folders_and_every_link_to_it() -> None:
    assert closure(tree(), ["/usr/lib/libz.so.1.2"]) == [
        "/lib", "/usr", "/usr/lib", "/usr/lib/libz.so", "/usr/lib/libz.so.1",
        "/usr/lib/libz.so.1.2",
    ]  # fmt: skip


def test_links_to_what_is_not_kept_stay_behind() -> None:
    found = closure(
        tree(a="/usr/lib/other.so", b="../usr/lib/empty", c="nowhere", d="../../proc/1"),
        ["/usr/lib/libz.so.1.2"],
    )
    assert not [path for path in found if path.startswith("/etc")]


def test_links_through_links_and_above_the_root_are_followed() -> None:
    found = closure(tree(z="../../../lib/libz.so"), ["/usr/lib/libz.so.1.2"])
    assert "/etc/z" in found
    assert "/etc" in found


def test_a_loop_of_links_leads_nowhere() -> None:
    assert closure(tree(a="b", b="a", c="c/x"), ["/usr/lib/other.so"])[-1] == "/usr/lib/other.so"


def test_a_link_that_is_wanted_brings_what_it_leads_to() -> None:
    assert "/usr/lib/other.so" in closure(tree(a="../lib/other.so"), ["/etc/a"])


def test_a_folder_is_kept_without_its_content() -> None:
    assert closure(tree(), ["/usr/lib/empty"]) == ["/lib", "/usr", "/usr/lib", "/usr/lib/empty"]


def test_what_is_not_in_the_tree_is_left_out() -> None:
    assert closure(tree(), ["/nowhere", "/"]) == []


def test_patterns_name_paths_from_the_root() -> None:
    assert matching(tree(), ["usr/*.so", "etc"]) == {
        "/usr/lib/libz.so", "/usr/lib/other.so", "/etc",
    }  # fmt: skip
    assert matching(tree(), ["lib*.so", "usr/lib/lib[a-z"]) == set()


def test_byte_code_is_of_no_use_without_its_source() -> None:
    names = ["/a/b.py", "/a/__pycache__/b.cpython-311.pyc", "/a/__pycache__/gone.cpython-311.pyc"]
    found = {name: Node(FILE, 1, place) for place, name in enumerate([*names, "/a/c.pyc"])}
    assert sources_first(names[1:2], found) == {"/a/b.py"}
    assert sources_first(names[2:], found) == set(names[2:])
    assert sources_first(["/a/c.pyc", "/a", "/a/__pycache__"], found) == {
        "/a/c.pyc", "/a", "/a/__pycache__",
    }  # fmt: skip


def test_hard_linked_content_counts_once() -> None:
    listing = {"/a": Node(FILE, 5, 1), "/b": Node(FILE, 5, 1), "/c": Node(FILE, 7, 2)}
    assert bytes_of(listing, listing) == 12


NAMES = st.sampled_from(["a", "b", "c", "d"])
TARGETS = st.lists(st.sampled_from(["a", "b", "c", "..", "."]), min_size=1, max_size=4).map(
    "/".join
)


@st.composite
def trees(draw: st.DrawFn) -> Tree:
    """Small trees of folders, files and links, some of them loops or dangling."""
    found = {"/": Node(FOLDER)}
    for _ in range(draw(st.integers(1, 14))):
        parent = draw(st.sampled_from([p for p, node in found.items() if node.kind == FOLDER]))
        path = f"{parent.rstrip('/')}/{draw(NAMES)}"
        if path not in found:
            kind = draw(st.sampled_from([FOLDER, FILE, LINK]))
            slash = draw(st.sampled_from(["", "/"]))
            target = slash + draw(TARGETS) if kind == LINK else ""
            found[path] = Node(kind, 1, len(found), target)
    return found


@given(trees(), st.data())
def test_every_folder_comes_before_its_content_and_every_name_still_leads_there(
    listing: Tree, data: st.DataObject
) -> None:
    wanted = data.draw(st.sets(st.sampled_from(sorted(listing))))
    kept = closure(listing, wanted)
    assert set(kept) >= wanted - {"/"}
    place = {path: number for number, path in enumerate(["/", *kept])}
    for path in kept:
        above = os.path.dirname(path)  # noqa: PTH120 - a path of the container
        assert place[above] < place[path]
        assert listing[above].kind == FOLDER
    again = {"/": listing["/"], **{path: listing[path] for path in kept}}
    assert closure(again, wanted) == kept


def test_a_real_folder_is_listed_as_it_is(tmp_path: Path) -> None:
    (tmp_path / "b").mkdir()
    (tmp_path / "b" / "file").write_bytes(b"12345")
    (tmp_path / "a").symlink_to("b")
    os.link(tmp_path / "b" / "file", tmp_path / "twin")
    os.mkfifo(tmp_path / "pipe")
    odd = os.fsdecode(b"\xff\n")
    (tmp_path / odd).touch()
    found = read_tree(tmp_path)
    assert set(found) == {"/", "/a", "/b", "/b/file", "/twin", "/pipe", f"/{odd}"}
    assert found["/a"] == Node(LINK, target="b")
    assert found["/b/file"].inode == found["/twin"].inode
    assert bytes_of(found, ["/b/file", "/twin"]) == 5
    assert not found["/pipe"].is_file
    assert found["/b"].is_folder
