"""What commands that read images write, in processes of their own: all of it, or an error."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import platformdirs
import pytest

from runner.model.paths import CachePaths
from tests.unit.archives import Image, file, tarball

FULL = Path("/dev/full")


def dockbench(*arguments: str, stdout: int = subprocess.PIPE) -> subprocess.CompletedProcess[bytes]:
    command = [sys.executable, "-m", "runner", *arguments]
    return subprocess.run(command, stdout=stdout, stderr=subprocess.PIPE, check=False)


def archive(folder: Path) -> str:
    path = folder / "app.tar"
    path.write_bytes(Image([tarball(file("a", b"12345"))]).docker_archive())
    return str(path)


def test_all_of_a_document_comes_through_a_pipe(tmp_path: Path) -> None:
    done = dockbench("inspect", "--json", "-", archive(tmp_path))
    assert (done.returncode, done.stderr) == (0, b"")
    assert json.loads(done.stdout)["image"]["live_bytes"] == 5


def test_what_is_not_there_ends_with_one_line_and_2(tmp_path: Path) -> None:
    done = dockbench("inspect", f"{tmp_path}/nothing.tar", "--engine", "existing")
    assert (done.returncode, done.stdout, done.stderr.count(b"\n")) == (2, b"", 1)


@pytest.mark.skipif(not FULL.exists(), reason="no device that is always full")
def test_what_cannot_be_written_is_not_kept_quiet(tmp_path: Path) -> None:
    with FULL.open("wb") as full:
        done = dockbench("inspect", "--json", "-", archive(tmp_path), stdout=full.fileno())
    assert done.returncode
    assert b"No space left" in done.stderr


@pytest.mark.parametrize("cache", [None, "", " ", "/c/d", "relative"])
@pytest.mark.parametrize("home", ["/h", "", "relative"])
def test_the_cache_is_where_platformdirs_has_it(
    monkeypatch: pytest.MonkeyPatch, cache: str | None, home: str
) -> None:
    monkeypatch.setenv("HOME", home)
    if cache is None:
        monkeypatch.delenv("XDG_CACHE_HOME", raising=False)
    else:
        monkeypatch.setenv("XDG_CACHE_HOME", cache)
    told = platformdirs.user_cache_path("dockbench", appauthor=False)
    assert CachePaths.default().root == told
