"""Images compared by content: however the layers are cut, every byte is accounted for once."""

from __future__ import annotations

import io

from hypothesis import given
from hypothesis import strategies as st
from msgspec.structs import replace
from rich.console import Console

from runner.analysis.file_tree import Change, doubtful
from runner.analysis.image_diff import ImageDiff, image_diff
from runner.analysis.packages_diff import ContentChange, PackageChange, package_changes
from runner.image.anatomy import anatomy
from runner.image.merge import merge
from runner.model.anatomy import AnatomyDocument, Package
from runner.model.entries import Entry, ImageContent
from runner.report.inspect.diff import print_diff
from tests.unit.anatomies import MB, document
from tests.unit.images import device, directory, file, image, layer, link, symlink, whiteout


def diff(before: ImageContent, after: ImageContent) -> ImageDiff:
    """Of two images, with documents that say nothing of their own."""
    return image_diff((empty(before), merge(before)), (empty(after), merge(after)), 10)


def empty(content: ImageContent) -> AnatomyDocument:
    facts = replace(document().image, name=content.name)
    return AnatomyDocument(facts, (), (), (), (), 0)


def test_layers_cut_differently_make_no_difference() -> None:
    files = [file("a", 10, digest="x"), file("b", 20, digest="y")]
    one = image(layer(*files, diff_id="sha256:1"))
    two = image(
        layer(files[1], file("a", 99, digest="z"), diff_id="sha256:2"),
        layer(files[0], diff_id="sha256:3"),
    )
    totals = diff(one, two).totals
    assert (totals.added_files, totals.removed_files, totals.changed_files) == (0, 0, 0)
    assert totals.unchanged_bytes == 30


def test_added_removed_and_changed_in_bytes() -> None:
    before = image(layer(file("keep", 1), file("gone", 20), file("grown", 10), diff_id="a"))
    after = image(
        layer(file("keep", 1), file("gone", 20), file("grown", 10), diff_id="a"),
        layer(whiteout("gone"), file("grown", 15), file("new", 7), diff_id="b"),
    )
    totals = diff(before, after).totals
    assert (totals.added_bytes, totals.removed_bytes, totals.grown_bytes) == (7, 20, 5)
    assert (totals.before_bytes, totals.after_bytes) == (31, 23)
    assert totals.unchanged_bytes == 1


def test_content_of_equal_size_is_told_by_its_digest_mode_and_target_count_too() -> None:
    before = image(
        layer(
            file("same", 5, digest="x", mtime_s=1),
            file("other", 5, digest="x", mtime_s=1),
            file("mode", 5, digest="x"),
            symlink("link", "same"),
            diff_id="a",
        )
    )
    after = image(
        layer(
            file("same", 5, digest="x", mtime_s=2),
            file("other", 5, digest="y", mtime_s=1),
            file("mode", 5, digest="x", mode=0o755),
            symlink("link", "other"),
            diff_id="b",
        )
    )
    found = {pair.path: pair.change for pair in diff(before, after).files}
    assert found == dict.fromkeys(("other", "mode", "link"), Change.changed)


def test_only_files_of_equal_size_in_other_layers_need_to_be_read() -> None:
    shared = layer(file("base", 5), diff_id="a")
    before = image(shared, layer(file("same", 5), file("grown", 5), file("gone", 5), diff_id="b"))
    after = image(shared, layer(file("same", 5), file("grown", 6), file("new", 5), diff_id="c"))
    assert doubtful(merge(before), merge(after)) == {"same"}


def test_folders_are_as_deep_as_what_moved() -> None:
    site = "usr/lib/python3/site-packages"
    before = image(layer(file("etc/hosts", 10), diff_id="a"))
    after = image(
        layer(
            file("etc/hosts", 10),
            *(file(f"{site}/pandas/{name}", 100) for name in "abc"),
            *(file(f"{site}/numpy/{name}", 80) for name in "abc"),
            file("opt/small", 1),
            diff_id="b",
        )
    )
    rows = {row.path: row.added_bytes for row in diff(before, after).folders}
    assert rows[f"{site}/pandas"] == 300
    assert rows[f"{site}/numpy"] == 240
    assert sum(rows.values()) == 541 + 0 * 10


PATHS = st.lists(st.sampled_from("abcd"), min_size=1, max_size=4).map("/".join)
LAYERS = st.lists(
    st.lists(st.tuples(PATHS, st.integers(0, 1000), st.booleans()), max_size=8), max_size=4
)


@given(LAYERS, LAYERS)
def test_every_byte_is_accounted_for_once(
    before: list[list[tuple[str, int, bool]]], after: list[list[tuple[str, int, bool]]]
) -> None:
    old, new = (
        image(
            *(
                layer(
                    *(whiteout(path) if gone else file(path, size) for path, size, gone in entries),
                    diff_id=f"sha256:{name}{place}",
                )
                for place, entries in enumerate(layers)
            )
        )
        for name, layers in (("a", before), ("b", after))
    )
    found = diff(old, new)
    totals = found.totals
    assert totals.before_bytes == merge(old).live_bytes
    assert totals.after_bytes == merge(new).live_bytes
    assert (
        totals.before_bytes + totals.added_bytes - totals.removed_bytes + totals.grown_bytes
        == totals.after_bytes
    )
    assert totals.unchanged_bytes + totals.changed_bytes + totals.added_bytes == totals.after_bytes
    for name in ("added_bytes", "removed_bytes", "changed_bytes", "grown_bytes"):
        assert sum(getattr(row, name) for row in found.folders) == getattr(totals, name)
    differing = totals.added_files + totals.removed_files + totals.changed_files
    assert sum(row.files for row in found.folders) == differing


def test_packages_by_name_and_manager() -> None:
    before = [
        Package("python", "flask", "3.0", 5),
        Package("dpkg", "perl", "5.36", 50),
        Package("python", "six", "1.16", 2),
    ]
    after = [
        Package("python", "flask", "3.1", 6),
        Package("python", "six", "1.16", 2),
        Package("npm", "flask", "1", 1),
    ]
    changes = package_changes(before, after)
    assert [(one.manager, one.name, one.change.value, one.grown_bytes) for one in changes] == [
        ("dpkg", "perl", "removed", -50),
        ("npm", "flask", "added", 1),
        ("python", "flask", "changed", 1),
    ]


SITE = "usr/lib/python3/site-packages"


def installed(name: str, version: str, *files: Entry) -> list[Entry]:
    """A wheel with these files, their paths relative to the packages' folder."""
    record = "".join(f"{entry.path},,\n" for entry in files).encode()
    return [
        file(f"{SITE}/{name}-{version}.dist-info/RECORD", content=record),
        *(replace(entry, path=f"{SITE}/{entry.path}") for entry in files),
    ]


def packages_of(before: list[Entry], after: list[Entry]) -> dict[str, PackageChange]:
    """The packages that differ, by name; everything is read, databases too."""
    old, new = (
        image(layer(*entries, diff_id=name)) for name, entries in (("a", before), ("b", after))
    )
    found = image_diff((anatomy(old), merge(old)), (anatomy(new), merge(new)), 10)
    return {one.name: one for one in found.packages}


def test_a_package_with_other_files_at_equal_version_and_size_is_listed() -> None:
    found = packages_of(
        [
            *installed("six", "1", file("six.py", 50, digest="x"), file("six.txt", 9, digest="t")),
            *installed("mode", "1", file("mode.py", 20, digest="m")),
            *installed("same", "1", file("same.py", 7, digest="s", mtime_s=1)),
            *installed("evened", "1", file("e1.py", 30), file("e2.py", 40)),
        ],
        [
            *installed("six", "1", file("six.py", 50, digest="y"), file("six.txt", 9, digest="t")),
            *installed("mode", "1", file("mode.py", 20, digest="m", mode=0o755)),
            *installed("same", "1", file("same.py", 7, digest="s", mtime_s=2)),
            *installed("evened", "1", file("e1.py", 35), file("e2.py", 35)),
        ],
    )
    assert {name: (one.change, one.grown_bytes) for name, one in found.items()} == dict.fromkeys(
        ("evened", "six", "mode"), (Change.changed, 0)
    )
    assert list(found) == ["evened", "six", "mode"], "the one with the most bytes first"
    assert found["six"].content == ContentChange(changed_bytes=50, files=1)
    assert found["mode"].content == ContentChange(changed_bytes=20, files=1)
    assert found["evened"].content == ContentChange(changed_bytes=70, files=2)


def test_files_that_came_and_went_count_for_the_package_that_owned_them() -> None:
    found = packages_of(
        [
            *installed("moved", "1", file("old.py", 30), file("kept.py", 5)),
            *installed("giver", "1", file("given.py", 11), file("giver.py", 1)),
            *installed("gone", "1", file("gone.py", 4)),
        ],
        [
            *installed("moved", "1", file("newer.py", 30), file("kept.py", 5)),
            *installed("giver", "1", file("giver.py", 1)),
            *installed("taker", "1", file("given.py", 12)),
        ],
    )
    records = {
        name: len("".join(f"{path},,\n" for path in paths))
        for name, paths in {
            "moved": ["newer.py", "kept.py"],
            "giver": ["giver.py"],
            "taker": ["given.py"],
            "gone": ["gone.py"],
        }.items()
    }
    assert {name: one.content for name, one in found.items()} == {
        "moved": ContentChange(30, 30, records["moved"], files=3),
        "giver": ContentChange(0, 11, records["giver"], files=2),
        "taker": ContentChange(12 + records["taker"], 0, 0, files=2),
        "gone": ContentChange(0, 4 + records["gone"], 0, files=2),
    }


def test_without_databases_only_version_and_size_tell() -> None:
    (one,) = package_changes([Package("python", "six", "1", 2)], [Package("python", "six", "2", 2)])
    assert one.content is None
    assert package_changes([Package("python", "six", "1", 2)] * 2, ()) != ()


def test_the_report_says_how_many_files_it_leaves_out() -> None:
    before = image(layer(*(file(f"app/{name}", 1) for name in "abc"), diff_id="a"))
    after = image(layer(*(file(f"app/{name}", 2) for name in "cde"), diff_id="b"))
    screen = io.StringIO()
    print_diff(diff(before, after), Console(file=screen, width=70, highlight=False), 2)
    assert screen.getvalue().endswith("… 3 more files\n")


def test_images_of_one_name_are_told_apart_by_where_they_were_read() -> None:
    one, other = (image(layer(file(name, 1)), name="app:1") for name in "ab")
    screen = io.StringIO()
    console = Console(file=screen, width=100, highlight=False)
    print_diff(diff(one, other), console, 2, ("old.tar", "new\x1b.tar"))
    first = screen.getvalue().splitlines()[0]
    assert first.startswith("app:1 (linux/amd64) of old.tar → app:1 (linux/amd64) of new")
    assert "\x1b" not in first


def test_the_report_names_both_images_and_what_moved() -> None:
    before = image(layer(file("app/gone", 3 * MB), diff_id="a"), name="app:1")
    after = image(layer(file("app/new", 4 * MB), diff_id="b"), name="app:2")
    screen = io.StringIO()
    print_diff(diff(before, after), Console(file=screen, width=70, highlight=False), 5)
    text = screen.getvalue()
    for part in (
        "app:1 (linux/amd64) → app:2 (linux/amd64)",
        "4.0 MB",
        "added in one file",
        "−3.0 MB",
        "/app",
        "/app/gone",
    ):
        assert part in text
    assert max(map(len, text.splitlines())) <= 70


def owned(entry: Entry, **fields: object) -> Entry:
    """An entry with other fields."""
    for name, value in fields.items():
        setattr(entry, name, value)
    return entry


def said(before: list[Entry], after: list[Entry]) -> dict[str, tuple[str, ...]]:
    """What is said of each path that is not the same."""
    found = diff(image(layer(*before, diff_id="a")), image(layer(*after, diff_id="b")))
    return {one.path: one.what for one in (*found.files, *found.directories)}


def test_of_every_kind_of_file_it_is_said_what_changed() -> None:
    assert said([device("d", "1:3")], [device("d", "1:5")]) == {"d": ("device",)}
    assert said([device("d", "1:3")], [device("d", "block 1:3")]) == {"d": ("device",)}
    assert said([device("d", "")], [device("d", "0:0")]) == {"d": ("device",)}
    assert said([device("d")], [owned(device("d"), mode=0o600)]) == {"d": ("mode",)}
    assert said([symlink("l", "a")], [owned(symlink("l", "a"), uid=3)]) == {"l": ("owner",)}
    assert said([symlink("l", "a")], [owned(symlink("l", "a"), mode=0)]) == {}
    kind = said([symlink("l", "a")], [file("l", 5)])
    assert kind == {"l": ("kind",)}


def test_files_that_are_no_longer_one_content_are_named() -> None:
    """The live bytes grow though each of the files is what it was."""
    a, b = file("a", 5, digest="x"), file("b", 5, digest="x")
    before = image(layer(a, link("b", to="a"), diff_id="a"))
    after = image(layer(a, b, diff_id="b"))
    found = diff(before, after)
    assert {one.path: one.what for one in found.files} == {
        "a": ("hard links",), "b": ("hard links",),
    }  # fmt: skip
    assert found.totals.grown_bytes == 5
    only_a_new_name = diff(image(layer(a, diff_id="c")), before)
    assert {one.path: one.change for one in only_a_new_name.files} == {"b": Change.added}


def test_directories_count_by_themselves() -> None:
    before = [directory("d"), file("d/a", 1, digest="x"), directory("gone")]
    after = [owned(directory("d", mode=0o700), uid=7), file("d/a", 1, digest="x"), directory("new")]
    assert said(before, after) == {"d": ("mode", "owner"), "gone": (), "new": ()}
    assert said(before[1:], [*after[1:2], directory("gone")]) == {}, "nothing is known of d"
    target = io.StringIO()
    shown = diff(image(layer(*before, diff_id="a")), image(layer(*after, diff_id="b")))
    print_diff(shown, Console(file=target, width=80), 10)
    assert "/d  mode, owner" in target.getvalue()
