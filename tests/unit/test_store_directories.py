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
