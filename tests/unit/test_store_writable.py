"""Whether results can be written is told before anything is built, with what to do about it."""

from __future__ import annotations

import errno
import os
from pathlib import Path
from types import SimpleNamespace

import pytest

from runner.model.errors import StoreError
from runner.store.atomic import explained, require_writable

PATH = Path("out/records")


@pytest.mark.parametrize(
    ("number", "said"),
    [
        (errno.ENOSPC, f"no space left to write {PATH}: free some and run the same command again"),
        (errno.EDQUOT, f"no space left to write {PATH}: free some and run the same command again"),
        (errno.EROFS, f"cannot write {PATH} (Read-only file system): nothing can be written there:"
         " name a directory elsewhere"),
        (errno.EACCES, f"cannot write {PATH} (Permission denied): make the directory writable"),
    ],
)  # fmt: skip
def test_each_reason_has_a_way_out(number: int, said: str) -> None:
    assert str(explained(PATH, OSError(number, os.strerror(number)))) == said


def test_a_reason_without_a_number_is_given_as_it_is() -> None:
    assert "(odd): make the directory writable" in str(explained(PATH, OSError("odd")))


@pytest.mark.parametrize("number", [errno.ENOTDIR, errno.EEXIST])
def test_the_file_in_the_way_is_named(tmp_path: Path, number: int) -> None:
    (tmp_path / "file").touch()
    for path in (tmp_path / "file" / "records", tmp_path / "file" / "deeper" / "records"):
        said = str(explained(path, OSError(number, os.strerror(number))))
        assert said.endswith(f": {tmp_path / 'file'} is a file: name another directory")
    gone = str(explained(tmp_path / "none" / "x", OSError(number, os.strerror(number))))
    assert gone.endswith(f": {tmp_path / 'none'} is a file: name another directory")


def fails(directory: Path) -> str:
    with pytest.raises(StoreError) as caught:
        require_writable(directory)
    return str(caught.value)


def test_a_file_on_the_way_is_refused(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    said = fails(tmp_path / "file" / "results")
    assert said.startswith(f"cannot write {tmp_path / 'file' / 'results' / 'records'} (Not a dir")
    assert said.endswith(f"{tmp_path / 'file'} is a file: name another directory")


def test_what_can_be_made_and_written_to_is_taken(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    require_writable(tmp_path)
    require_writable(tmp_path / "new" / "deeper")
    monkeypatch.chdir(tmp_path)
    require_writable(Path("results"))
    assert list(tmp_path.iterdir()) == [], "told without writing"


@pytest.mark.parametrize("lacking", [os.W_OK, os.X_OK])
@pytest.mark.parametrize(
    ("flags", "said"),
    [
        (os.ST_RDONLY | os.ST_NOSUID, "name a directory elsewhere"),
        (os.ST_NOSUID, "make the directory writable"),
    ],
)
def test_a_directory_of_somebody_else_and_a_read_only_file_system_have_their_own_way_out(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, lacking: int, flags: int, said: str
) -> None:
    """Root may write anywhere, so the system's answers are put in its mouth."""

    def access(path: Path, mode: int) -> bool:
        assert path == tmp_path, "asked of what is there, not of what is to be made"
        return not mode & lacking

    def statvfs(path: Path) -> SimpleNamespace:
        assert path == tmp_path
        return SimpleNamespace(f_flag=flags)

    monkeypatch.setattr(os, "access", access)
    monkeypatch.setattr(os, "statvfs", statvfs)
    found = fails(tmp_path / "new" / "deeper")
    assert found.startswith(f"cannot write {tmp_path / 'new' / 'deeper' / 'records'} (")
    assert said in found
    monkeypatch.delattr(os, "statvfs")
    assert "make the directory writable" in fails(tmp_path / "new"), "where nobody can be asked"
