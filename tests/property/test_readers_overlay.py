"""Layers read from overlay2 folders: what the file system holds is what comes out."""

from __future__ import annotations

import hashlib
import os
import stat
import subprocess
import threading
import time
from pathlib import Path

import pytest

from runner.model.entries import Entry, EntryKind, Limits
from runner.oci.budget import Budget
from runner.oci.content_selection import Wanted
from runner.oci.damage import DamagedError
from runner.oci.overlay import NotPlainError, read_folders

ODD = os.fsdecode(b"caf\xe9\n")


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A layer as overlay2 keeps it."""
    root = tmp_path / "diff"
    (root / "etc" / "opaque").mkdir(parents=True)
    (root / "etc" / "passwd").write_bytes(b"root")
    (root / "etc" / "passwd").chmod(0o4640)
    os.link(root / "etc" / "passwd", root / "etc" / "shadow")
    os.link(root / "etc" / "passwd", root / "zlink")
    (root / "etc" / "mtab").symlink_to("../../proc/mounts")
    os.mknod(root / "etc" / "gone", stat.S_IFCHR, os.makedev(0, 0))
    os.mkfifo(root / "pipe")
    os.setxattr(root / "etc" / "opaque", "user.overlay.opaque", b"y")
    (root / "etc" / "opaque" / "new").write_bytes(b"n")
    (root / ODD).write_bytes(b"12345")
    for path in (root / ODD, root / "etc" / "opaque" / "new"):
        path.chmod(0o600)
    for path in root.rglob("*"):
        os.utime(path, (1_500_000_000.9, 1_500_000_000.9), follow_symlinks=False)
    return root


def read(
    folder: Path, wanted: Wanted | None = None, limits: Limits | None = None
) -> dict[tuple[str, EntryKind], Entry]:
    """The entries by path and kind."""
    [entries] = read_folders([folder], wanted or Wanted(), Budget(limits or Limits()))
    found = {(entry.path, entry.kind): entry for entry in entries}
    assert len(found) == len(entries)
    for entry in entries:
        if entry.content_of >= 0:
            assert entries[entry.content_of].path == "etc/passwd"
    return found


def test_every_kind_of_entry(folder: Path) -> None:
    found = read(folder)
    assert [(path, kind.value, entry.size_bytes) for (path, kind), entry in found.items()] == [
        (ODD, "file", 5),
        ("etc", "directory", 0),
        ("etc/gone", "whiteout", 0),
        ("etc/mtab", "symlink", 0),
        ("etc/opaque", "directory", 0),
        ("etc/opaque", "opaque", 0),
        ("etc/opaque/new", "file", 1),
        ("etc/passwd", "file", 4),
        ("etc/shadow", "file", 0),
        ("pipe", "device", 0),
        ("zlink", "file", 0),
    ]
    assert found["etc/mtab", EntryKind.symlink].target == "../../proc/mounts"
    passwd = found["etc/passwd", EntryKind.file]
    assert (passwd.mode, passwd.mtime_s, passwd.uid) == (0o4640, 1_500_000_000, os.getuid())
    linked = [entry for entry in found.values() if entry.content_of >= 0]
    assert len(linked) == 2


def test_folders_that_are_deeper_than_pythons_stack(tmp_path: Path) -> None:
    inside = tmp_path
    for _ in range(1200):
        inside = inside / "d"
        os.mkdir(inside)  # noqa: PTH102 - Path.mkdir would be ten times slower
    found = read(tmp_path)
    subprocess.run(["rm", "-r", str(tmp_path / "d")], check=True)  # pytest itself could not
    assert max(len(path) for path, _ in found) == 2 * 1200 - 1


def test_contents_are_read_when_asked_for(folder: Path) -> None:
    found = read(folder, Wanted(lambda path, _size: path == ODD, hash_contents=True))
    assert found[ODD, EntryKind.file].content == b"12345"
    assert found[ODD, EntryKind.file].digest == hashlib.sha256(b"12345").hexdigest()
    new = found["etc/opaque/new", EntryKind.file]
    assert (new.content, new.digest) == (None, hashlib.sha256(b"n").hexdigest())


def test_a_root_that_is_opaque(folder: Path) -> None:
    os.setxattr(folder, "user.overlay.opaque", b"y")
    assert ("", EntryKind.opaque) in read(folder)


@pytest.mark.parametrize("name", ["user.overlay.redirect", "user.overlay.metacopy"])
def test_folders_that_do_not_hold_the_layer_alone(folder: Path, name: str) -> None:
    path = folder / "etc"
    if name.endswith("metacopy"):
        path = folder / "data-is-below"
        path.touch()
        os.truncate(path, 5000)
    os.setxattr(path, name, b"/old")
    with pytest.raises(NotPlainError, match=name):
        read(folder)


def test_limits_are_named(folder: Path) -> None:
    with pytest.raises(DamagedError, match="limit `entries`"):
        read(folder, limits=Limits(entries=5))
    with pytest.raises(DamagedError, match="limit `unpacked_bytes`"):
        read(folder, limits=Limits(unpacked_bytes=9))
    with pytest.raises(DamagedError, match="limit `kept_bytes`"):
        read(folder, Wanted(lambda _path, _size: True), Limits(kept_bytes=9))


def test_a_folder_that_is_not_there(tmp_path: Path) -> None:
    with pytest.raises(DamagedError, match="none cannot be read"):
        read(tmp_path / "none")


def test_folders_deep_in_each_other_with_files_beside_them(tmp_path: Path) -> None:
    """More of them than are kept open at once; the file comes after the folder in every order."""
    expected = []
    folder, path = tmp_path, ""
    for _ in range(300):
        expected += [f"{path}a", f"{path}b"]
        (folder / "b").write_text("x")
        folder, path = folder / "a", f"{path}a/"
        folder.mkdir()
    before = len(list(Path("/proc/self/fd").iterdir()))
    found = read(tmp_path)
    assert sorted(path for path, _kind in found) == sorted(expected)
    assert sum(entry.size_bytes for entry in found.values()) == 300
    assert len(list(Path("/proc/self/fd").iterdir())) == before


def test_names_are_in_the_order_of_their_bytes(tmp_path: Path) -> None:
    """As engines write them: the first name of linked content bears its bytes."""
    for name in (b"\x80", "é".encode(), b"a"):
        (tmp_path / os.fsdecode(name)).write_bytes(b"x")
    assert [path for path, _ in read(tmp_path)] == ["a", "\udc80", "é"]


def test_threads_end_where_a_folder_is_refused(tmp_path: Path) -> None:
    folders = [tmp_path / str(number) for number in range(40)]
    for place in folders:
        (place / "in").mkdir(parents=True)
    os.setxattr(folders[0] / "in", "user.overlay.redirect", b"/old")
    with pytest.raises(NotPlainError):
        read_folders(folders, Wanted(), Budget(Limits()))
    deadline = time.monotonic() + 10
    while any("_take_turns" in thread.name for thread in threading.enumerate()):
        assert time.monotonic() < deadline
        time.sleep(0.01)
