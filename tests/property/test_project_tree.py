"""A tree's digest: what changes it, what does not; and how trees are copied and put in order."""

from __future__ import annotations

import os
import shutil
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from runner.model.errors import ProjectError
from runner.project.tree import (
    FIXED_TIME_S,
    copy_tree,
    digest_source,
    digest_tree,
    normalise,
    walk,
)

NAMES = st.text(st.sampled_from("ab.-é 0"), min_size=1, max_size=4).filter(
    lambda name: name not in {".", ".."}
)
TREES = st.dictionaries(
    NAMES, st.one_of(st.binary(max_size=40), st.dictionaries(NAMES, st.binary(max_size=40)))
)
Tree = dict[str, "bytes | dict[str, bytes]"]


def write(root: Path, tree: Tree, backwards: bool = False) -> Path:
    """Write a tree of files, in either order."""
    root.mkdir()
    for name, content in sorted(tree.items(), reverse=backwards):
        if isinstance(content, bytes):
            (root / name).write_bytes(content)
        else:
            write(root / name, dict(content), backwards)
    return root


@pytest.fixture(scope="module")
def places(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("trees")


def fresh(places: Path) -> Path:
    """A path in `places` where nothing is."""
    shutil.rmtree(places)
    places.mkdir()
    return places


@settings(max_examples=30, deadline=None)
@given(tree=TREES)
def test_digest_does_not_depend_on_order_place_or_time(places: Path, tree: Tree) -> None:
    base = fresh(places)
    one = write(base / "one", tree)
    other = write(base / "other", tree, backwards=True)
    for path in walk(other):
        os.utime(path, (1, 1))
    assert digest_tree(one) == digest_tree(other)


@settings(max_examples=30, deadline=None)
@given(tree=TREES, changed=TREES)
def test_digest_tells_trees_apart(places: Path, tree: Tree, changed: Tree) -> None:
    base = fresh(places)
    same = digest_tree(write(base / "one", tree)) == digest_tree(write(base / "other", changed))
    assert same == (tree == changed)


@settings(max_examples=30, deadline=None)
@given(tree=TREES)
def test_summary_counts_files_and_bytes(places: Path, tree: Tree) -> None:
    root = write(fresh(places) / "tree", tree)
    contents = [path.read_bytes() for path in root.rglob("*") if path.is_file()]
    summary = digest_tree(root)
    assert (summary.files, summary.bytes) == (len(contents), sum(map(len, contents)))


@settings(max_examples=30, deadline=None)
@given(tree=TREES)
def test_a_copy_has_the_digest_of_its_source(places: Path, tree: Tree) -> None:
    base = fresh(places)
    source = write(base / "source", tree)
    copy_tree(source, base / "copy", [])
    assert digest_tree(base / "copy").digest == digest_source(source, [])


def test_digest_sees_the_executable_bit_and_no_other(tmp_path: Path) -> None:
    file = tmp_path / "run"
    file.write_text("x")
    digests = []
    for mode in (0o644, 0o600, 0o755):
        file.chmod(mode)
        digests.append(digest_tree(tmp_path).digest)
    assert digests[0] == digests[1] != digests[2]


def test_digest_tells_links_from_files(tmp_path: Path) -> None:
    (tmp_path / "entry").write_text("target")
    as_file = digest_tree(tmp_path).digest
    (tmp_path / "entry").unlink()
    (tmp_path / "entry").symlink_to("target")
    as_link = digest_tree(tmp_path).digest
    (tmp_path / "entry").unlink()
    (tmp_path / "entry").symlink_to("tarpit")
    assert len({as_file, as_link, digest_tree(tmp_path).digest}) == 3


def test_a_virtual_environment_is_no_part_of_a_source_whatever_it_is_called(
    tmp_path: Path,
) -> None:
    source = write(tmp_path / "source", {"app.py": b"1", "env": {"pyvenv.cfg": b"home = /usr"}})
    (source / "env" / "python").symlink_to("/usr/bin/python3")
    copy_tree(source, tmp_path / "copy", [])
    assert [path.name for path in walk(tmp_path / "copy")] == ["app.py"]
    assert digest_source(source, []) == digest_tree(tmp_path / "copy").digest


def test_copy_leaves_out_caches_and_generated_places(tmp_path: Path) -> None:
    source = tmp_path / "source"
    for name in ("app.py", "__pycache__/app.pyc", "stray.pyc", "models/weights", "models/notes"):
        (source / name).parent.mkdir(parents=True, exist_ok=True)
        (source / name).write_text(name)
    copy_tree(source, tmp_path / "copy", ["models/weights"])
    copied = {p.relative_to(tmp_path / "copy").as_posix() for p in walk(tmp_path / "copy")}
    assert copied == {"app.py", "models", "models/notes"}


def test_copy_keeps_links_that_stay_inside(tmp_path: Path) -> None:
    source = tmp_path / "source"
    (source / "deep").mkdir(parents=True)
    (source / "file").write_text("x")
    (source / "deep" / "link").symlink_to("../file")
    (source / "folder").symlink_to("deep")
    copy_tree(source, tmp_path / "copy", [])
    assert (tmp_path / "copy" / "deep" / "link").readlink() == Path("../file")
    assert (tmp_path / "copy" / "folder").readlink() == Path("deep")


@pytest.mark.parametrize("target", ["/etc/hostname", "../secret", "deep/../../secret", "up/.."])
def test_copy_refuses_links_that_lead_outside(tmp_path: Path, target: str) -> None:
    source = tmp_path / "source"
    (source / "deep").mkdir(parents=True)
    (source / "up").symlink_to("deep/..")
    (tmp_path / "secret").write_text("s")
    (source / "link").symlink_to(target)
    with pytest.raises(ProjectError, match=r"link is a symbolic link to .*: replace it"):
        copy_tree(source, tmp_path / "copy", [])


def test_special_files_are_refused(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe")
    with pytest.raises(ProjectError, match="pipe is neither a file"):
        digest_tree(tmp_path)


def test_normalise_fixes_modes_and_times(tmp_path: Path) -> None:
    (tmp_path / "folder").mkdir(mode=0o700)
    for name, mode in (("folder/file", 0o600), ("folder/script", 0o700)):
        (tmp_path / name).write_text("x")
        (tmp_path / name).chmod(mode)
    (tmp_path / "link").symlink_to("folder")
    normalise(tmp_path)
    modes = {p.name: p.lstat().st_mode & 0o777 for p in walk(tmp_path) if not p.is_symlink()}
    assert modes == {"folder": 0o755, "file": 0o644, "script": 0o755}
    assert {p.lstat().st_mtime for p in [*walk(tmp_path), tmp_path]} == {float(FIXED_TIME_S)}


def test_a_copy_keeps_several_names_of_one_file(tmp_path: Path) -> None:
    source = write(tmp_path / "source", {"a": b"content", "b": {"c": b"other"}})
    separate = digest_tree(write(tmp_path / "separate", {"a": b"content", "z": b"content"}))
    (source / "z").hardlink_to(source / "a")
    copy_tree(source, tmp_path / "copy", [])

    assert (tmp_path / "copy/z").samefile(tmp_path / "copy/a")
    assert digest_tree(tmp_path / "copy").digest == digest_source(source, [])
    assert digest_tree(tmp_path / "copy").bytes == len(b"contentother")
    assert digest_tree(source).digest != separate.digest
