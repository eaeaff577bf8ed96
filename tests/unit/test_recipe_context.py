"""The build context: what is in it."""

from __future__ import annotations

import os
import socket
from pathlib import Path

import pytest

from runner.model.errors import ProjectError
from runner.recipe.context import list_context
from tests.unit.context_folder import write_project


@pytest.fixture
def root(tmp_path: Path) -> Path:
    """A small project."""
    return write_project(tmp_path / "project")


def paths(root: Path, dockerignore: str = "") -> list[str]:
    """What would be sent, folders left out."""
    return [entry.path for entry in list_context(root, dockerignore) if not entry.folder]


def test_everything_is_sent_without_a_dockerignore(root: Path) -> None:
    assert paths(root) == sorted(paths(root))
    assert {".git/HEAD", "app/main.py", "latest", "dangling", ".dockerignore"} <= set(paths(root))
    assert "empty" in {entry.path for entry in list_context(root, "") if entry.folder}


@pytest.mark.parametrize(
    ("dockerignore", "gone", "kept"),
    [
        (".git", ".git/HEAD", "app/main.py"),
        ("**/tests", "app/tests/test_main.py", "app/main.py"),
        ("**/*.bin", "app/data.bin", "app/main.py"),
        ("docs\n!docs/keep.md", "docs/index.md", "docs/keep.md"),
        ("# a comment\n\n/docs/", "docs/keep.md", "app/main.py"),
        ("docs/*.md\n", "docs/keep.md", "run.sh"),
        ("*.py", "none.py", "app/main.py"),
        (".dockerignore", ".dockerignore", "run.sh"),
        ("*\n!app/main.py", "run.sh", "app/main.py"),
    ],
)
def test_a_dockerignore_means_what_it_means_to_docker(
    root: Path, dockerignore: str, gone: str, kept: str
) -> None:
    found = paths(root, dockerignore)

    assert gone not in found
    assert kept in found


def test_the_projects_own_dockerignore_is_a_file_like_any_other(root: Path) -> None:
    """Which lines hold is the variant's choice, not the working tree's."""
    assert "app/main.py" in paths(root)


def test_sockets_and_pipes_are_left_out(root: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(root)
    os.mkfifo("pipe")
    with socket.socket(socket.AF_UNIX) as listener:
        listener.bind("socket")

        assert not {"pipe", "socket"} & set(paths(root))


def test_a_missing_folder_is_named(tmp_path: Path) -> None:
    with pytest.raises(ProjectError, match="nowhere: the build context is not a folder"):
        list_context(tmp_path / "nowhere", "")
