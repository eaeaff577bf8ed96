"""Contexts and .dockerignore files of a project that nobody trusts."""

from __future__ import annotations

import subprocess
import time
from pathlib import Path

import pytest

from runner.model.errors import ProjectError
from runner.recipe.context import list_context

LONG = "a" * 250
BACKTRACKING = ["*a" * 60 + "b", "**/" * 60 + "b", "a**" * 60 + "b", "[a-z]*" * 60 + "0", "?*" * 99]
BACKTRACKING += ["[a-z]{0,9}" * 99 + "0*", "**/?{0,999}0*", "\\B" * 99 + "*\\b0*"]


@pytest.mark.parametrize("pattern", BACKTRACKING)
def test_no_pattern_takes_exponential_time(tmp_path: Path, pattern: str) -> None:
    deep = tmp_path / LONG / LONG
    deep.mkdir(parents=True)
    for number in range(20):
        (deep / f"{LONG}{number}").touch()
    begun = time.monotonic()
    list_context(tmp_path, f"{pattern}\n!{pattern}\n")

    assert time.monotonic() - begun < 5


def test_a_tree_deeper_than_pythons_stack_is_walked(tmp_path: Path) -> None:
    deep = tmp_path
    for _ in range(1900):
        deep = deep / "d"
    path = str(tmp_path)
    for _ in range(1900):
        path += "/d"
        if len(path) > 3900:
            break
        Path(path).mkdir()
    Path(f"{path}/f").touch()

    try:
        assert len(list_context(tmp_path, "*\n!**/f\n")) > 1800
    finally:  # pytest cannot remove what is deeper than Python's stack
        subprocess.run(["rm", "-rf", str(tmp_path / "d")], check=True)


@pytest.mark.parametrize("target", ["/", "..", "../..", "/proc/self/root", "."])
def test_nothing_outside_of_the_context_is_listed(tmp_path: Path, target: str) -> None:
    root = tmp_path / "root"
    root.mkdir()
    (tmp_path / "canary").touch()
    (root / "out").symlink_to(target)

    assert [
        entry.path for entry in list_context(root, "*\n!out/**\n!../canary\n!/../canary\n")
    ] in (
        [],
        ["out"],
    )


@pytest.mark.parametrize("line", ["[", "a\\", "![", "*{2}", "*\\p", "[[:canary:]]", "[z-a]*", "!"])
def test_a_pattern_that_is_not_understood_is_refused_in_one_line(tmp_path: Path, line: str) -> None:
    (tmp_path / "x").touch()
    with pytest.raises(ProjectError) as refused:
        list_context(tmp_path, f"{line}\n*\n{line}\n")

    assert "\n" not in str(refused.value)
    assert ".dockerignore" in str(refused.value)
