"""The build context: what is in it."""

from __future__ import annotations

import json
import os
import socket
from pathlib import Path

import pytest

from runner.model.engine import BuilderName
from runner.model.errors import ProjectError
from runner.recipe.context import list_context
from tests.unit.context_folder import GOLDEN, write_golden, write_project


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


def golden() -> list[tuple[str, dict[str, list[str]] | None]]:
    """Texts of .dockerignore files, and what moby's own code (patternmatcher 0.6 with the walks of
    go-archive and fsutil) left out of the tree below `GOLDEN`; None for a text that it refused."""
    cases = json.loads(GOLDEN.read_text(encoding="utf-8"))["cases"]
    return [
        (
            case["text"],
            None
            if "error" in case
            else {"classic": case["classic"], "buildkit": case.get("buildkit", case["classic"])},
        )
        for case in cases
    ]


@pytest.fixture(scope="module")
def golden_root(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The tree that the golden file is about."""
    return write_golden(tmp_path_factory.mktemp("golden"))


@pytest.mark.parametrize(("text", "left_out"), golden(), ids=repr)
def test_a_dockerignore_means_exactly_what_it_means_to_mobys_own_code(
    golden_root: Path, text: str, left_out: dict[str, list[str]] | None
) -> None:
    if left_out is None:
        with pytest.raises(ProjectError, match=r"\.dockerignore: "):
            list_context(golden_root, text)
        return
    every = {path.relative_to(golden_root).as_posix() for path in golden_root.rglob("*")}
    for builder in (BuilderName.classic, BuilderName.buildkit):
        sent = {entry.path for entry in list_context(golden_root, text, builder)}
        assert sorted(every - sent) == left_out[builder.value]


def test_exceptions_below_an_ignored_directory_are_where_the_builders_differ(root: Path) -> None:
    def sent(builder: BuilderName) -> list[str]:
        return [entry.path for entry in list_context(root, "*\n!**/*.py\n", builder)]

    assert sent(BuilderName.classic) == []
    assert sent(BuilderName.buildkit) == [
        "app",
        "app/main.py",
        "app/tests",
        "app/tests/test_main.py",
    ]


def test_what_is_refused_is_named_with_its_pattern(root: Path) -> None:
    with pytest.raises(ProjectError, match=r"\.dockerignore: '\!app/\[': the brackets"):
        list_context(root, "docs\n!app/[\n")
    with pytest.raises(ProjectError, match=r"'\*\{2\}': \{2\} repeats a repetition"):
        list_context(root, "*{2}\n")
    with pytest.raises(ProjectError, match=r"bin\\\\Release': \\R is not understood"):
        list_context(root, "bin\\Release\n")
    with pytest.raises(ProjectError, match="'!' alone is not a pattern"):
        list_context(root, "*\n!\n")


def test_several_names_of_a_file_are_one_file(root: Path) -> None:
    (root / "copy.bin").hardlink_to(root / "app/data.bin")
    (root / "more.bin").hardlink_to(root / "app/data.bin")
    found = {entry.path: (entry.bytes, entry.same_as) for entry in list_context(root, "")}

    assert found["app/data.bin"] == (1000, None)
    assert found["copy.bin"] == found["more.bin"] == (0, "app/data.bin")
    without = {entry.path: (entry.bytes, entry.same_as) for entry in list_context(root, "app\n")}
    assert without["copy.bin"] == (1000, None)
    assert without["more.bin"] == (0, "copy.bin")


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
    with pytest.raises(ProjectError, match="nowhere: the build context is not a directory"):
        list_context(tmp_path / "nowhere", "")
