"""What is swapped for a link between the look at it and its use leads nowhere.

Whoever may write into a project while it is read (another user of the machine, a job beside) can
put a link in the place of a file or directory at any moment. Here the moment is a certain one:
right after the call with which it was looked at.
"""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path, PurePosixPath
from types import GeneratorType
from typing import Any

import pytest

from runner.analysis.findings import find
from runner.cli import edit
from runner.cli.main import main
from runner.compare import own_dockerfiles
from runner.compare.project_description import read_description
from runner.detect import listing
from runner.model.errors import DockbenchError, ProjectError, StoreError
from runner.model.paths import ResultPaths
from runner.model.project import Check, Project
from runner.project import inside, materialise, tree
from runner.report import write
from runner.sweep.session import project_source
from runner.trial.check_plan import read_check
from tests.unit.records import path_records

CANARY = "canary-of-a-neighbour"
IGNORE = "Dockerfile.dockerignore"
NAMES = ("file.txt", "Dockerfile", IGNORE, "requirements.txt", "ask.json")
Moment = Callable[..., bool]
Swap = Callable[[str], Callable[..., None]]
"""Of a file's name; then of a module and the name of a function in it: when that has been called,
at the moment that its arguments tell, the link is there."""


@pytest.fixture
def outside(tmp_path: Path) -> Path:
    """What must not be read: a directory with a file of each name."""
    folder = tmp_path / "outside"
    folder.mkdir()
    for name in NAMES:
        (folder / name).write_text(f'"{CANARY}"\n')
    return folder


@pytest.fixture
def project(tmp_path: Path) -> Path:
    """A project with a file of each name in a directory, and with what makes it one."""
    root = tmp_path / "project"
    (root / "below" / "node_modules").mkdir(parents=True)
    (root / "below" / "node_modules" / "x.js").write_text("x")
    for name in NAMES:
        (root / "below" / name).write_text('"own"\n')
    (root / "below" / "package.json").write_text("{}")
    (root / "below" / "Dockerfile").write_text("FROM node:20\nCOPY . .\nRUN npm ci\n")
    return root


@pytest.fixture(params=["file", "directory"])
def swap_after(
    request: pytest.FixtureRequest, project: Path, outside: Path, monkeypatch: pytest.MonkeyPatch
) -> Swap:
    """For a file of the project's: puts a link in its place, or in that of its directory."""

    def of(name: str) -> Callable[..., None]:
        directory = project / "below"
        is_file = request.param == "file"
        victim, target = (directory / name, outside / name) if is_file else (directory, outside)

        def install(owner: Any, function: str, when: Moment = lambda *_: True) -> None:
            original = getattr(owner, function)

            def called(*given: Any, **named: Any) -> Any:
                result = original(*given, **named)
                if isinstance(result, GeneratorType):
                    result = list(result)
                if when(victim, *given) and not victim.is_symlink():
                    victim.rename(outside.parent / "aside")
                    victim.symlink_to(target)
                return result

            monkeypatch.setattr(owner, function, called)

        return install

    return of


def test_a_file_of_a_project_is_the_one_that_was_looked_at(project: Path, swap_after: Swap) -> None:
    swap_after("file.txt")(inside, "_resolved")
    with pytest.raises(OSError, match=r"symbolic links|Not a directory"):
        inside.read_inside(project, "below/file.txt", 1000)


def test_a_link_that_stays_inside_is_followed_once_and_not_again(project: Path) -> None:
    (project / "link").symlink_to("below")
    assert inside.read_inside(project, "link/file.txt", 1000) == b'"own"\n'
    with pytest.raises(OSError, match=r"symbolic links|Not a directory"):
        inside.open_below(project, PurePosixPath("link/file.txt"))


def test_detection_reads_no_text_of_elsewhere(project: Path, swap_after: Swap) -> None:
    swap_after("requirements.txt")(listing, "_files")
    found = listing.read_listing(project)
    assert "below/requirements.txt" in found.paths
    assert "below/requirements.txt" not in found.texts
    assert CANARY not in str(found)


def test_a_dockerfile_of_elsewhere_is_not_compared(project: Path, swap_after: Swap) -> None:
    swap_after("Dockerfile")(inside, "_resolved")
    with pytest.raises(ProjectError, match="cannot be read") as raised:
        own_dockerfiles.own_dockerfiles(project, [str(project / "below" / "Dockerfile")])
    assert CANARY not in str(raised.value)


@pytest.mark.parametrize("use", ["copy", "digest"])
def test_nothing_of_elsewhere_is_copied(
    project: Path, tmp_path: Path, swap_after: Swap, use: str
) -> None:
    """It has been listed, and is to be opened: a file, or the directory that holds it."""
    swap_after("file.txt")(tree, "_unchanged", lambda victim, where: Path(where) == victim)
    copy = tmp_path / "copy"
    with pytest.raises(ProjectError, match="became a link while it was read"):
        tree.copy_tree(project, copy, ()) if use == "copy" else tree.digest_tree(project)
    assert not any(CANARY in path.read_text() for path in copy.rglob("*") if path.is_file())


@pytest.fixture
def deep(project: Path, outside: Path) -> Path:
    """A project whose sources lie two directories down, and the same two outside of it."""
    for root in (project, outside):
        (root / "below" / "deep").mkdir(parents=True)
        (root / "below" / "deep" / "file.txt").write_text(f'"{CANARY}"\n')
    (project / "below" / "deep" / "file.txt").write_text('"own"\n')
    return project


@pytest.mark.parametrize("moment", ["digest_source", "copy_tree", "walk"])
def test_a_directory_on_the_way_to_the_sources_is_not_followed_elsewhere(
    deep: Path, outside: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, moment: str
) -> None:
    """`repository: below/deep`, and `below` becomes a link after it was looked at."""
    found = Project(name="x", about="x", folder=str(deep), repository="below/deep", package="x")
    source = project_source(found)
    original = getattr(materialise, moment)

    def swapped(*given: Any, **named: Any) -> Any:
        (deep / "below").rename(tmp_path / "aside")
        (deep / "below").symlink_to(outside / "below")
        return original(*given, **named)

    monkeypatch.setattr(materialise, moment, swapped)
    with pytest.raises(ProjectError, match="became a link while it was read"):
        materialise.materialise(found, source.path, tmp_path / "work", True, source.top)
    left = [path for path in (tmp_path / "work").rglob("*") if path.is_file()]
    assert not any(CANARY in path.read_text() for path in left)


def test_a_repository_that_became_a_link_out_is_refused(deep: Path, outside: Path) -> None:
    """It was looked at when its description was read, and is again before it is copied."""
    found = Project(name="x", about="x", folder=str(deep), repository="below/deep", package="x")
    (deep / "below").rename(outside.parent / "aside")
    (deep / "below").symlink_to(outside / "below")
    with pytest.raises(ProjectError, match="below/deep leads out of the project"):
        project_source(found)


def test_sources_may_lie_behind_a_link_that_stays_inside(deep: Path, tmp_path: Path) -> None:
    (deep / "link").symlink_to("below")
    found = Project(name="x", about="x", folder=str(deep), repository="link/deep", package="x")
    source = project_source(found)
    made = materialise.materialise(found, source.path, tmp_path / "work", True, source.top)
    assert (made.root / "file.txt").read_text() == '"own"\n'


def test_a_link_that_led_inside_of_what_was_swapped_is_not_kept(
    project: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What is above the source counts as inside of it while a link to `/` is in its place."""
    (project / "below" / "up").symlink_to("../../outside/file.txt")
    monkeypatch.setattr(tree, "inside", lambda root, path: inside.inside(Path("/"), root / path))
    copied: list[Path] = []
    original = tree.check_link

    def in_the_copy(root: Path, path: str, target: str) -> None:
        if root != project / "below":
            copied.append(root)
            monkeypatch.setattr(tree, "inside", inside.inside)
        original(root, path, target)

    monkeypatch.setattr(tree, "check_link", in_the_copy)
    with pytest.raises(ProjectError, match="up is a symbolic link to"):
        tree.copy_tree(project / "below", tmp_path / "copy", ())
    assert copied == [tmp_path / "copy"]


def test_what_a_check_asks_is_the_project_s_own(project: Path, swap_after: Swap) -> None:
    swap_after("ask.json")(inside, "_resolved")
    with pytest.raises(ProjectError, match="cannot read") as raised:
        read_check(Check(request_file="below/ask.json"), 8000, project)
    assert CANARY not in str(raised.value)


@pytest.mark.parametrize("key", ["request_file", "answer_file", "structure_test"])
def test_a_description_leads_out_and_in_again_by_no_way(project: Path, key: str) -> None:
    """Such a path would be opened as one that the user named: links in it are followed."""
    named = f"../{project.name}/below/ask.json"
    (project / "dockbench.yaml").write_text(f"check: {{{key}: {named}}}\n")
    with pytest.raises(DockbenchError, match=rf"check\.{key}: '\.\./.* leads out of"):
        read_description(project)


@pytest.mark.parametrize("way", [[], ["--diff"], ["--write"]])
def test_edit_neither_shows_nor_writes_a_dockerignore_of_elsewhere(
    project: Path,
    outside: Path,
    swap_after: Swap,
    capsys: pytest.CaptureFixture[str],
    way: list[str],
) -> None:
    swap_after(IGNORE)(inside, "_resolved")
    named = str(project / "below" / "Dockerfile")
    main(["edit", named, "ignore=unneeded", "--context", str(project), *way])
    assert CANARY not in "".join(capsys.readouterr())
    assert (outside / IGNORE).read_text() == f'"{CANARY}"\n'


def test_edit_writes_into_no_directory_of_elsewhere(
    project: Path, outside: Path, swap_after: Swap, capsys: pytest.CaptureFixture[str]
) -> None:
    """It was read as it should be, and is a link when it is written."""
    swap_after(IGNORE)(edit, "read", lambda _, path, *__: path.name == IGNORE)
    named = str(project / "below" / "Dockerfile")
    main(["edit", named, "ignore=unneeded", "--write", "--context", str(project)])
    assert CANARY not in "".join(capsys.readouterr())
    assert (outside / IGNORE).read_text() == f'"{CANARY}"\n'


def test_a_page_shows_no_figure_of_elsewhere(
    tmp_path: Path, outside: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    results = ResultPaths(tmp_path / "results")
    original = write._write_figures

    def then_swapped(*given: Any) -> Any:
        written = original(*given)
        for svg in written:
            (outside / svg.name).write_text(f"<svg>{CANARY}</svg>")
        results.figures.rename(tmp_path / "aside")
        results.figures.symlink_to(outside)
        return written

    monkeypatch.setattr(write, "_write_figures", then_swapped)
    with pytest.raises(StoreError, match="a symbolic link"):
        write.write_report(results, find(path_records(2)))
    assert not results.page.exists()
    assert os.listdir(outside)  # noqa: PTH208 - the canary was there to be read
