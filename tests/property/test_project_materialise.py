"""Work folders: the same everywhere, whole or absent, made once, and never the user's."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest

from runner.model.errors import ProjectError
from runner.model.project import GeneratedPart, PartKind, Project
from runner.project import materialise as module
from runner.project.materialise import materialise
from runner.project.tree import digest_tree, walk

PROJECT = Project(
    name="sample",
    about="a sample",
    folder="sample",
    package="app",
    parts=[
        GeneratedPart(PartKind.weights, "models/weights.bin", 100_000, 1, 1),
        GeneratedPart(PartKind.git_history, ".git", 50_000, 3, 2),
        GeneratedPart(PartKind.node_modules, "web/node_modules", 60_000, 30, 3),
    ],
)


@pytest.fixture
def source(tmp_path: Path) -> Path:
    """The committed part of a repository."""
    source = tmp_path / "source"
    (source / "app").mkdir(parents=True)
    (source / "app" / "main.py").write_text("print('hello')\n")
    (source / "README.md").write_text("# Sample\n")
    return source


def names(work: Path) -> set[str]:
    """What lies in a work folder, but for locks."""
    return {path.name for path in work.iterdir() if path.suffix != ".lock"}


def test_twice_is_the_same_wherever_it_is(source: Path, tmp_path: Path) -> None:
    one = materialise(PROJECT, source, tmp_path / "one")
    old_mask = os.umask(0o077)
    try:
        two = materialise(PROJECT, source, tmp_path / "deep" / "two")
    finally:
        os.umask(old_mask)
    assert one.root != two.root
    assert (one.digest, one.files, one.bytes) == (two.digest, two.files, two.bytes)
    assert [p.lstat().st_mode for p in walk(one.root)] == [
        p.lstat().st_mode for p in walk(two.root)
    ]


def test_it_holds_the_source_and_the_parts(source: Path, tmp_path: Path) -> None:
    made = materialise(PROJECT, source, tmp_path / "work")
    assert (made.root / "app/main.py").read_text() == "print('hello')\n"
    for part in PROJECT.parts:
        assert (made.root / part.path).exists()
    summary = digest_tree(made.root)
    assert (made.digest, made.files, made.bytes) == (summary.digest, summary.files, summary.bytes)


def test_the_source_is_only_read(source: Path, tmp_path: Path) -> None:
    def state() -> list[tuple[Path, int]]:
        return [(p, p.lstat().st_mtime_ns) for p in [source, *walk(source)]]

    before = state()
    materialise(PROJECT, source, tmp_path / "work")
    assert state() == before


def test_a_whole_folder_is_reused(source: Path, tmp_path: Path) -> None:
    first = materialise(PROJECT, source, tmp_path / "work")
    inode = first.root.stat().st_ino
    assert materialise(PROJECT, source, tmp_path / "work") == first
    assert first.root.stat().st_ino == inode


def test_another_source_is_another_folder(source: Path, tmp_path: Path) -> None:
    first = materialise(PROJECT, source, tmp_path / "work")
    (source / "app" / "main.py").write_text("print('bye')\n")
    second = materialise(PROJECT, source, tmp_path / "work")
    assert second.digest != first.digest
    assert second.root != first.root
    assert first.root.is_dir()


def test_other_parts_are_another_folder(source: Path, tmp_path: Path) -> None:
    first = materialise(PROJECT, source, tmp_path / "work")
    fewer = replace(PROJECT, parts=PROJECT.parts[:1])
    second = materialise(fewer, source, tmp_path / "work")
    assert second.root != first.root
    assert not (second.root / ".git").exists()


def test_caches_in_the_source_change_nothing(source: Path, tmp_path: Path) -> None:
    first = materialise(PROJECT, source, tmp_path / "work")
    (source / "app" / "__pycache__").mkdir()
    (source / "app" / "__pycache__" / "main.cpython-311.pyc").write_bytes(b"x")
    (source / "web" / "node_modules").mkdir(parents=True)
    (source / "web" / "node_modules" / "own.js").write_text("x")
    second = materialise(PROJECT, source, tmp_path / "other")
    assert not (second.root / "app/__pycache__").exists()
    assert not (second.root / "web/node_modules/own.js").exists()
    assert second.digest == first.digest


@pytest.mark.parametrize(
    "damage",
    [
        lambda root: (root / "app/main.py").unlink(),
        lambda root: (root / "app/main.py").write_text("print('hullo')\n"),
        lambda root: (root / "stray").write_text("x"),
        lambda root: (root.parent / "materialised.json").unlink(),
        lambda root: (root.parent / "materialised.json").write_text('{"digest": "half'),
        lambda root: root.rename(root.parent / "elsewhere"),
    ],
    ids=["missing", "edited", "added", "no-receipt", "half-receipt", "no-root"],
)
def test_what_is_not_whole_is_made_again(
    source: Path, tmp_path: Path, damage: Callable[[Path], object]
) -> None:
    first = materialise(PROJECT, source, tmp_path / "work")
    damage(first.root)
    assert materialise(PROJECT, source, tmp_path / "work") == first
    assert digest_tree(first.root).digest == first.digest
    assert names(first.root.parent) == {"repository", "materialised.json"}


def test_a_failure_leaves_nothing(
    source: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(part: GeneratedPart, root: Path) -> None:
        (root / part.path).write_bytes(b"half")
        raise OSError(28, "No space left on device")

    with monkeypatch.context() as patch:
        patch.setattr(module, "generate", full)
        with pytest.raises(ProjectError, match=r"No space left on device.*make room"):
            materialise(PROJECT, source, tmp_path / "work")
    assert names(tmp_path / "work") == set()
    assert materialise(PROJECT, source, tmp_path / "work").root.is_dir()


def test_kill_9_leaves_nothing_under_the_name(source: Path, tmp_path: Path) -> None:
    work = tmp_path / "work"
    program = (
        "import sys; from pathlib import Path\n"
        "from runner.model.project import *\n"
        "from runner.project.materialise import materialise\n"
        "part = GeneratedPart(PartKind.weights, 'weights.bin', 4_000_000_000, 1, 1)\n"
        "project = Project(name='sample', about='', folder='', package='', parts=[part])\n"
        "materialise(project, Path(sys.argv[1]), Path(sys.argv[2]))\n"
    )
    command = [sys.executable, "-c", program, str(source), str(work)]
    process = subprocess.Popen(command, cwd=Path(__file__).parents[2])
    try:
        deadline = time.monotonic() + 20
        while not list(work.glob(".*.partial/repository/weights.bin")):
            assert process.poll() is None, "it ended before it could be killed"
            assert time.monotonic() < deadline, "it never began"
            time.sleep(0.01)
    finally:
        process.send_signal(signal.SIGKILL)
        process.wait()
    (partial,) = names(work)
    assert partial.endswith(".partial")
    small = replace(PROJECT, parts=[])
    made = materialise(small, source, work)
    (work / partial).rename(work / f".{made.root.parent.name}.partial")
    (made.root.parent / "materialised.json").unlink()
    materialise(small, source, work)
    assert names(work) == {made.root.parent.name}


def test_two_at_once_make_one(source: Path, tmp_path: Path) -> None:
    program = (
        "import sys; from pathlib import Path\n"
        "from tests.property.test_project_materialise import PROJECT, materialise\n"
        "print(materialise(PROJECT, Path(sys.argv[1]), Path(sys.argv[2])).digest)\n"
    )
    command = [sys.executable, "-c", program, str(source), str(tmp_path / "work")]
    root = Path(__file__).parents[2]
    both = [
        subprocess.Popen(command, cwd=root, stdout=subprocess.PIPE, text=True) for _ in range(2)
    ]
    digests = {process.communicate(timeout=60)[0].strip() for process in both}
    assert [process.returncode for process in both] == [0, 0]
    assert digests == {materialise(PROJECT, source, tmp_path / "work").digest}
    assert len(names(tmp_path / "work")) == 1


def test_a_missing_source_is_said(tmp_path: Path) -> None:
    with pytest.raises(ProjectError, match=r"project sample: there is no directory .*nowhere"):
        materialise(PROJECT, tmp_path / "nowhere", tmp_path / "work")
    assert not (tmp_path / "work").exists()


@pytest.mark.parametrize("path", ["/etc/weights", "../weights", "a/../../b", "", ".", "a\0b"])
def test_parts_stay_inside(source: Path, tmp_path: Path, path: str) -> None:
    project = replace(PROJECT, parts=[GeneratedPart(PartKind.weights, path, 10)])
    with pytest.raises(ProjectError, match="relative and stay inside the repository"):
        materialise(project, source, tmp_path / "work")


def test_parts_do_not_overlap(source: Path, tmp_path: Path) -> None:
    parts = [GeneratedPart(PartKind.weights, path, 10) for path in ("models", "models/weights")]
    with pytest.raises(ProjectError, match="two parts are generated at models/weights"):
        materialise(replace(PROJECT, parts=parts), source, tmp_path / "work")


@pytest.mark.parametrize(("size_bytes", "files"), [(-1, 1), (10, 0)])
def test_parts_have_a_size(source: Path, tmp_path: Path, size_bytes: int, files: int) -> None:
    part = GeneratedPart(PartKind.node_modules, "web/node_modules", size_bytes, files)
    with pytest.raises(ProjectError, match="size_bytes of at least 0 and files of at least 1"):
        materialise(replace(PROJECT, parts=[part]), source, tmp_path / "work")


def test_a_work_folder_that_cannot_be_made_is_said(source: Path, tmp_path: Path) -> None:
    (tmp_path / "file").write_text("x")
    with pytest.raises(ProjectError, match=r"could not be made .*XDG_CACHE_HOME"):
        materialise(PROJECT, source, tmp_path / "file" / "work")
