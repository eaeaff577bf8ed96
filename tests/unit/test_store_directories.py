"""What is said of a file that is not read, and how much of one is."""

from __future__ import annotations

import os
import socket
from pathlib import Path

import pytest

from runner.model.errors import StoreError
from runner.store.directories import kind_of, open_directory, read_regular


def test_each_kind_of_file_is_called_by_its_name(tmp_path: Path) -> None:
    (tmp_path / "link").symlink_to("file")
    os.mkfifo(tmp_path / "pipe")
    with socket.socket(socket.AF_UNIX) as server:
        server.bind(str(tmp_path / "socket"))
        kinds = {path.name: kind_of(path.lstat().st_mode) for path in tmp_path.iterdir()}
    assert kinds == {"link": "a symbolic link", "pipe": "a named pipe", "socket": "a socket"}
    assert kind_of(tmp_path.stat().st_mode) == "a directory"
    assert kind_of(Path("/dev/null").stat().st_mode) == "a device"


def test_what_is_no_regular_file_is_named_with_its_path(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe")
    with open_directory(tmp_path) as directory, pytest.raises(StoreError) as said:
        directory.read("pipe")
    assert str(said.value) == f"{tmp_path}/pipe: a named pipe, so not read"
    with Path("/dev/null").open("rb") as device, pytest.raises(StoreError) as said:
        read_regular(device.fileno(), Path("x"))
    assert str(said.value) == "x: a device, so not read"


def test_a_file_is_read_up_to_the_limit_and_not_beyond(tmp_path: Path) -> None:
    (tmp_path / "file").write_bytes(b"12345")
    with open_directory(tmp_path) as directory:
        assert directory.read("file", 5) == b"12345"
        with pytest.raises(StoreError, match=r"file: larger than 4 bytes, so not read$"):
            directory.read("file", 4)


def test_a_directory_that_cannot_be_entered_is_named_with_its_whole_path(tmp_path: Path) -> None:
    (tmp_path / "a").mkdir()
    with pytest.raises(FileNotFoundError) as said, open_directory(tmp_path / "a/b", tmp_path):
        pass
    assert said.value.filename == f"{tmp_path}/a/b"
    assert said.value.strerror == os.strerror(said.value.errno or 0)
    (tmp_path / "a/link").symlink_to(tmp_path)
    with (
        pytest.raises(StoreError, match=r"a/link: a symbolic link.* by its absolute path$"),
        open_directory(tmp_path / "a/link/c", tmp_path),
    ):
        pass


@pytest.mark.parametrize("by_descriptor", [True, False])
def test_no_link_is_followed_below_a_root_on_any_system(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, by_descriptor: bool
) -> None:
    monkeypatch.setattr("runner.store.directories._BY_DESCRIPTOR", by_descriptor)
    root = tmp_path / "results"
    for path in (root / "a" / "b", root / "a" / "b", root):
        with open_directory(path, root, make=True) as directory:
            assert directory.path == path
            assert (directory.descriptor is not None) is by_descriptor
            assert path.is_dir()
    (root / "a" / "link").symlink_to(tmp_path)
    (tmp_path / "other").symlink_to(root)
    inside = (root / "a" / "link", root), (root / "a" / "link" / "c", root)
    for path, below in inside:
        with (
            pytest.raises(StoreError, match=rf"^{root}/a/link: a symbolic link"),
            open_directory(path, below, make=True),
        ):
            pass
    for path in (tmp_path, root / ".." / "x", tmp_path / "elsewhere"):
        with (
            pytest.raises(StoreError, match=rf"^{path}: leads out of {root}$"),
            open_directory(path, root, make=True),
        ):
            pass
    with open_directory(root / "a" / "link" / "made", make=True):
        assert (tmp_path / "made").is_dir(), "what the user named may be a link"
    with pytest.raises(FileNotFoundError), open_directory(root / "none", root) as directory:
        directory.names()


@pytest.mark.parametrize("by_descriptor", [True, False])
def test_a_root_that_is_a_link_is_no_root_of_a_project(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, by_descriptor: bool
) -> None:
    """`results` in a directory that somebody found; by its absolute path it is the user's own."""
    monkeypatch.setattr("runner.store.directories._BY_DESCRIPTOR", by_descriptor)
    monkeypatch.chdir(tmp_path)
    (tmp_path / "elsewhere").mkdir()
    (tmp_path / "results").symlink_to("elsewhere")
    with (
        pytest.raises(StoreError, match=r"^results: a symbolic link"),
        open_directory(Path("results/a"), Path("results"), make=True),
    ):
        pass
    assert list((tmp_path / "elsewhere").iterdir()) == []


@pytest.mark.parametrize("by_descriptor", [True, False])
def test_files_of_a_directory_are_handled_alike_on_any_system(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, by_descriptor: bool
) -> None:
    monkeypatch.setattr("runner.store.directories._BY_DESCRIPTOR", by_descriptor)
    with open_directory(tmp_path / "a", tmp_path, make=True) as directory:
        for name in ("b", "a"):
            with os.fdopen(directory.open(name, os.O_WRONLY | os.O_CREAT), "w") as file:
                file.write(name)
        assert directory.names() == ["a", "b"]
        assert (tmp_path / "a" / "a").stat().st_mode & 0o777 == 0o600
        directory.link("a", "c")
        with pytest.raises(FileExistsError):
            directory.link("a", "b")
        directory.rename("a", "b")
        assert (directory.read("b"), directory.read("c")) == (b"a", b"a")
        directory.remove("c")
        directory.flush()
        assert directory.names() == ["b"]
        assert directory.status("c") is None
        status = directory.status("b")
        assert status is not None
        assert status.st_size == 1
        (tmp_path / "a" / "link").symlink_to("b")
        with pytest.raises(StoreError, match="a/link: a symbolic link, so not read"):
            directory.read("link")
        with pytest.raises(OSError, match="symbolic link"):
            directory.open("link", os.O_RDONLY)
        assert directory.is_still_there()
        (tmp_path / "a").rename(tmp_path / "gone")
        assert not directory.is_still_there()


def test_a_relative_root_is_made_where_it_is_missing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    with open_directory(Path("new/results/a"), Path("new/results"), make=True) as directory:
        assert directory.names() == []
    assert (tmp_path / "new" / "results" / "a").is_dir()
    with (
        pytest.raises(FileNotFoundError),
        open_directory(Path("none/results/a"), Path("none/results")),
    ):
        pass
    assert [path.name for path in tmp_path.iterdir()] == ["new"]


def test_a_directory_that_another_writer_made_meanwhile_is_taken(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    made = os.mkdir

    def mkdir(path: str, mode: int = 0o777, *, dir_fd: int | None = None) -> None:
        made(path, mode, dir_fd=dir_fd)
        if dir_fd is not None:
            raise FileExistsError(path)

    monkeypatch.setattr(os, "mkdir", mkdir)
    monkeypatch.setattr("runner.store.directories._BY_DESCRIPTOR", True)
    with open_directory(tmp_path / "a", tmp_path, make=True) as directory:
        assert directory.names() == []


def test_a_pipe_is_not_waited_for(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe")
    with open_directory(tmp_path) as directory:
        os.close(directory.open("pipe", os.O_RDONLY))
