"""Temporary things of killed runs go with the next one; those of others stay."""

from __future__ import annotations

import os
import re
import subprocess
import sys
import tempfile
from pathlib import Path

import pytest
from filelock import FileLock

import runner
from runner.engine.files import atomic_file
from runner.engine.scratch import scratch_directory, sweep_scratch
from runner.image.cache import LayerCache
from runner.model.ownership import Owner
from runner.model.paths import CachePaths
from runner.store.atomic import TEMPORARY
from runner.store.cache_cleanup import sweep_cache

KILLED = """
import os, sys, tempfile
from pathlib import Path
from runner.engine.scratch import scratch_directory
tempfile.tempdir = sys.argv[1]
with scratch_directory() as folder:
    (folder / "file").touch()
    print(folder)
    sys.stdout.flush()
    os.kill(os.getpid(), 9)
"""


def dead() -> Owner:
    """A process of this machine that has ended."""
    script = "from runner.model.ownership import Owner; print(Owner.current())"
    asked = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True)
    owner = Owner.parse(asked.stdout.strip())
    assert owner is not None
    return owner


def test_the_mark_of_a_process_is_found_in_a_name() -> None:
    owner = Owner.current()
    for name in (f"dockbench-{owner.mark}-x1_y", f".a.json.{owner.mark}.k{TEMPORARY}"):
        assert Owner.marked(name) == owner
    assert Owner.marked("a.json") is None
    assert not owner.is_gone(local=True)
    assert dead().is_gone(local=True)


def test_a_killed_runs_directory_goes_and_a_living_ones_stays(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
    asked = subprocess.run(
        [sys.executable, "-c", KILLED, str(tmp_path)], stdout=subprocess.PIPE, text=True
    )
    left = Path(asked.stdout.strip())
    assert left.is_dir()
    with scratch_directory() as mine:
        assert sweep_scratch() == [left]
        assert not left.exists()
        assert mine.is_dir()
    assert list(tmp_path.iterdir()) == []


def test_what_only_has_such_a_name_stays(tmp_path: Path) -> None:
    mark = dead().mark
    target = tmp_path / "users"
    target.mkdir()
    (target / "file").touch()
    (tmp_path / f"dockbench-{mark}-link").symlink_to(target)
    (tmp_path / f"dockbench-{mark}-file").touch()
    (tmp_path / "dockbench-mine").mkdir()
    (tmp_path / "dockbench-0-1-2-elsewhere").mkdir()
    if os.geteuid() == 0:
        other = tmp_path / f"dockbench-{mark}-other"
        other.mkdir()
        os.chown(other, 12345, 12345)
    before = sorted(tmp_path.rglob("*"))
    assert sweep_scratch(tmp_path) == []
    assert sorted(tmp_path.rglob("*")) == before


def test_half_written_files_of_the_cache(tmp_path: Path) -> None:
    cache, gone, here = CachePaths(tmp_path), dead().mark, Owner.current().mark
    for folder in (cache.layers, cache.traces, cache.bases, cache.work, cache.built("e")):
        folder.mkdir(parents=True)
    LayerCache(cache)
    left = [
        cache.layers / f".a.json.{gone}.abc{TEMPORARY}",
        cache.traces / f".a.json.{gone}.abc{TEMPORARY}",
        cache.built("e") / f"1.building.{gone}.partial",
        cache.bases / "context.tar.1-2-3.partial",
        cache.work / ".shop-12.partial" / "file",
    ]
    stay = [
        cache.layers / "a.json",
        cache.layers / f".a.json.{here}.abc{TEMPORARY}",
        cache.built("e") / f"1.building.{here}.partial",
        cache.work / ".held-12.partial" / "file",
        cache.work / "shop-12" / "file",
    ]
    for path in (*left, *stay):
        path.parent.mkdir(exist_ok=True)
        path.touch()
    for name in (cache.bases / "lock", cache.work / "shop-12.lock", cache.work / "held-12.lock"):
        name.touch()
    with FileLock(cache.work / "held-12.lock"):
        sweep_cache(cache)
    assert [path for path in left if path.exists()] == []
    assert [path for path in stay if not path.exists()] == []


def test_a_file_that_is_being_written_names_its_writer(tmp_path: Path) -> None:
    with atomic_file(tmp_path / "a") as file:
        file.write(b"x")
        (unfinished,) = tmp_path.iterdir()
        assert Owner.marked(unfinished.name) == Owner.current()
    assert (tmp_path / "a").read_bytes() == b"x"


NAMED = {"engine/scratch.py", "engine/standins/build_context.py"}
"""Modules that make temporary directories, under names that the next run knows; a TemporaryFile has
no name that could stay."""


def test_no_other_module_makes_temporary_things() -> None:
    root = Path(runner.__file__).parent
    made = re.compile(r"tempfile(?:\.| import )(?!gettempdir|TemporaryFile$)", re.MULTILINE)
    found = {
        path.relative_to(root).as_posix()
        for path in root.rglob("*.py")
        if made.search(path.read_text(encoding="utf-8"))
    }
    assert found == NAMED
