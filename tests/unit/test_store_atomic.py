"""A file is there completely or not at all, and what is no file of ours stays as it is."""

from __future__ import annotations

import errno
import os
import stat
import subprocess
import sys
import time
from pathlib import Path

import pytest

from runner.model.errors import StoreError
from runner.model.ownership import Owner
from runner.store.atomic import (
    LEFT_OVER_AFTER_S,
    create_in,
    remove_left_overs,
    write_bytes,
    write_text,
)
from runner.store.directories import Directory, open_directory


def mode_of(path: Path) -> int:
    return stat.S_IMODE(path.lstat().st_mode)


def test_a_file_can_be_read_by_everybody_unless_it_says_otherwise(tmp_path: Path) -> None:
    before = os.umask(0o077)
    try:
        write_text(tmp_path / "a" / "text", "ö")
        write_bytes(tmp_path / "a" / "own", b"x", mode=0o600)
        write_bytes(tmp_path / "a" / "script", b"x", tmp_path, mode=0o755)
        with open_directory(tmp_path / "a") as directory:
            assert create_in(directory, "new", b"x")
    finally:
        os.umask(before)
    modes = {path.name: mode_of(path) for path in (tmp_path / "a").iterdir()}
    assert modes == {"text": 0o644, "own": 0o600, "script": 0o755, "new": 0o644}
    assert (tmp_path / "a" / "text").read_bytes() == "ö".encode()


def test_a_new_file_takes_no_name_that_is_taken(tmp_path: Path) -> None:
    with open_directory(tmp_path) as directory:
        assert create_in(directory, "a", b"one")
        assert not create_in(directory, "a", b"two")
    assert [path.read_bytes() for path in tmp_path.iterdir()] == [b"one"]


@pytest.mark.parametrize("number", [errno.EPERM, errno.ENOTSUP, errno.ENOSYS, errno.EMLINK])
def test_a_new_file_is_written_where_there_are_no_hard_links(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, number: int
) -> None:
    def link(*_: object) -> None:
        raise OSError(number, os.strerror(number))

    monkeypatch.setattr(Directory, "link", link)
    with open_directory(tmp_path) as directory:
        assert create_in(directory, "a", b"one")
        assert not create_in(directory, "a", b"two")
    assert [path.read_bytes() for path in tmp_path.iterdir()] == [b"one"]


def test_another_error_of_the_disk_is_one(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def link(*_: object) -> None:
        raise OSError(errno.EIO, os.strerror(errno.EIO))

    monkeypatch.setattr(Directory, "link", link)
    with open_directory(tmp_path) as directory, pytest.raises(OSError, match="Input/output"):
        create_in(directory, "a", b"one")
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize(
    ("make", "said"),
    [
        (lambda path: path.symlink_to("other"), "a symbolic link, and below a results directory"),
        (lambda path: path.mkdir(), r"^cannot write .*/x: a directory is there; remove it$"),
        (os.mkfifo, r"^cannot write .*/x: a named pipe is there; remove it$"),
    ],
)
def test_what_is_no_file_of_a_results_directory_is_refused_and_stays(
    tmp_path: Path, make: object, said: str
) -> None:
    assert callable(make)
    make(tmp_path / "x")
    before = (tmp_path / "x").lstat()
    with pytest.raises(StoreError, match=said):
        write_text(tmp_path / "x", "new", tmp_path)
    assert (tmp_path / "x").lstat().st_ino == before.st_ino
    assert [path.name for path in tmp_path.iterdir()] == ["x"]


def test_what_the_user_names_and_is_no_file_is_written_to(tmp_path: Path) -> None:
    (tmp_path / "link").symlink_to("target")
    write_bytes(tmp_path / "link", b"one")
    assert (tmp_path / "link").is_symlink()
    assert (tmp_path / "target").read_bytes() == b"one"
    with pytest.raises(StoreError, match=r"^cannot write .* \(Is a directory\)"):
        write_bytes(tmp_path, b"one")


def test_a_reader_of_a_device_who_has_enough_is_no_error(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def write(*_: object) -> None:
        raise BrokenPipeError

    (tmp_path / "link").symlink_to("target")
    monkeypatch.setattr(Path, "write_bytes", write)
    write_bytes(tmp_path / "link", b"one")


def gone() -> Owner:
    """A process that has ended."""
    said = "from runner.model.ownership import Owner; print(Owner.current().mark)"
    done = subprocess.run(
        [sys.executable, "-c", said], capture_output=True, text=True, check=True, timeout=60
    )
    owner = Owner.marked(f".x.{done.stdout.strip()}.tmp")
    assert owner is not None
    return owner


def test_what_a_killed_writer_left_goes_and_nothing_else(tmp_path: Path) -> None:
    dead, alive = gone().mark, Owner.current().mark
    old = time.time() - LEFT_OVER_AFTER_S - 5
    names = {
        f".x.json.{dead}.0a1b.tmp": False,
        f".x.json.{alive}.0a1b.tmp": True,
        ".young.json.0a1b.tmp": True,
        ".old.json.0a1b.tmp": False,
        "old.json.0a1b.tmp": True,
        ".old.json": True,
        ".old.json.0a1b.tmp.json": True,
    }
    for name in names:
        (tmp_path / name).touch()
        if "old" in name:
            os.utime(tmp_path / name, (old, old))
    (tmp_path / ".link.old.tmp").symlink_to(".old.json")
    os.utime(tmp_path / ".link.old.tmp", (old, old), follow_symlinks=False)
    (tmp_path / ".directory.old.tmp").mkdir()
    os.utime(tmp_path / ".directory.old.tmp", (old, old))
    remove_left_overs(tmp_path / "none", tmp_path)
    remove_left_overs(tmp_path, tmp_path)
    left = {path.name for path in tmp_path.iterdir()}
    stays = {name for name, stays in names.items() if stays}
    assert left == stays | {".link.old.tmp", ".directory.old.tmp"}


def test_only_in_a_results_directory_are_left_overs_looked_for_by_a_writer(tmp_path: Path) -> None:
    old = time.time() - LEFT_OVER_AFTER_S - 5
    for below, stays in ((None, True), (tmp_path, False)):
        (tmp_path / ".old.json.0a1b.tmp").touch()
        os.utime(tmp_path / ".old.json.0a1b.tmp", (old, old))
        write_text(tmp_path / "a", "x", below)
        assert (tmp_path / ".old.json.0a1b.tmp").exists() is stays


def test_two_that_remove_left_overs_are_not_in_each_others_way(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def remove(_: Directory, name: str) -> None:
        raise FileNotFoundError(name)

    (tmp_path / ".x.json.0a1b.tmp").touch()
    os.utime(tmp_path / ".x.json.0a1b.tmp", (1, 1))
    monkeypatch.setattr(Directory, "remove", remove)
    write_text(tmp_path / "b", "x", tmp_path)
