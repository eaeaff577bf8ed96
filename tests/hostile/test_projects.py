"""A project that somebody found may hold anything: nothing of the host is read, run or written."""

from __future__ import annotations

import os
import signal
import stat
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import msgspec
import pytest
import yaml

from runner.model.engine import BuilderName
from runner.model.errors import DockbenchError
from runner.model.levels import Deps
from runner.project.materialise import materialise
from runner.recipe.packing import pack_context
from runner.recipe.render import render
from runner.sweep.compare import refuse_much
from runner.sweep.understood import own_dockerfiles, understand
from tests.hostile.projects import APP, CASES, SECRET, SERVED, TOKEN, TOKEN_NAME, Canaries
from tests.unit.levels_from_yaml import load_levels

LIMIT_S = 10
"""Far more than any of them needs, also on a busy machine."""
CHOICES: tuple[dict[str, str], ...] = (
    {"context": "ignored", "stages": "single"},
    {"context": "ignored", "stages": "multi", "bytecode": "none", "prune": "trimmed"},
)


@pytest.fixture
def canaries(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Canaries:
    """What a project goes for: a file beside it, a token in the environment, a marker."""
    monkeypatch.setenv(TOKEN_NAME, TOKEN)
    outside = tmp_path / "outside"
    outside.mkdir()
    (outside / "secret").write_text(f"{SECRET}\n")
    return Canaries(outside, tmp_path / "marker")


@pytest.fixture
def project(tmp_path: Path) -> Iterator[Path]:
    """A service that can be packaged as it is; removed afterwards, however deep it has become."""
    root = tmp_path / "shop"
    root.mkdir()
    (root / "app.py").write_text(APP)
    (root / "requirements.txt").write_text(SERVED)
    yield root
    subprocess.run(["rm", "-rf", root], check=True)  # also what lies too deep for Python


@contextmanager
def limited(seconds: int) -> Iterator[None]:
    """Fail what takes longer."""

    def fail(*_: object) -> None:
        raise TimeoutError(f"not done within {seconds} s")

    before = signal.signal(signal.SIGALRM, fail)
    signal.alarm(seconds)
    try:
        yield
    finally:
        signal.alarm(0)
        signal.signal(signal.SIGALRM, before)


def everything_said(project: Path, work: Path) -> str:
    """All that compare makes of a project before it builds anything: what it tells, the resolved
    configuration, each Dockerfile and .dockerignore, and what is sent."""
    own = own_dockerfiles(project, ())
    found = understand(project, own)
    refuse_much(found.project)
    said = [*found.evidence, yaml.safe_dump(msgspec.to_builtins(found.project)), found.python]
    said += [text for item in own for text in (item.dockerfile.text, item.dockerignore)]
    deps = Deps(level=next(iter(found.project.dependencies), "none"), about="found")
    root = materialise(found.project, project, work).root
    for choice in CHOICES:
        levels = load_levels(**choice)
        levels.deps = deps
        recipe = render(levels, found.project, BuilderName.buildkit, "apt")
        said += [recipe.dockerfile, recipe.dockerignore]
        context = pack_context(root / recipe.context, recipe.dockerignore, recipe.dockerfile)
        said.append(b"".join(context.blocks()).decode(errors="replace"))
    return "\n".join(said)


@pytest.mark.parametrize("name", CASES)
def test_a_hostile_project_reaches_nothing(
    name: str, project: Path, canaries: Canaries, tmp_path: Path
) -> None:
    CASES[name](project, canaries)
    refused = ""
    with limited(LIMIT_S):
        try:
            said = everything_said(project, tmp_path / "work")
        except DockbenchError as error:
            said = refused = str(error)
    assert "\n" not in refused
    assert "\x1b" not in refused
    assert len(refused) < 4000
    assert TOKEN not in said
    assert SECRET not in said
    assert not canaries.marker.exists()
    assert [path.name for path in canaries.outside.iterdir()] == ["secret"]
    assert not [path for path in tmp_path.iterdir() if path.name not in KNOWN]


KNOWN = {"shop", "outside", "work"}


@pytest.mark.parametrize(
    "name", [name for name in CASES if name.startswith(("link_", "relative_", "elsewhere_"))]
)
def test_what_leads_out_of_a_project_is_refused_with_its_name(
    name: str, project: Path, canaries: Canaries, tmp_path: Path
) -> None:
    CASES[name](project, canaries)
    with limited(LIMIT_S), pytest.raises(DockbenchError):
        everything_said(project, tmp_path / "work")


def test_there_are_many() -> None:
    assert len(CASES) >= 120


def test_no_plain_project_is_refused(project: Path, tmp_path: Path) -> None:
    (project / "linked.txt").symlink_to("app.py")
    said = everything_said(project, tmp_path / "work")
    assert "gunicorn --bind 0.0.0.0:8000 app:app" in said


@pytest.mark.xfail
def test_a_work_copy_is_for_its_owner_alone(project: Path, tmp_path: Path) -> None:
    everything_said(project, tmp_path / "work")
    folders = [tmp_path / "work", *(tmp_path / "work").iterdir()]
    for folder in folders:
        if folder.is_dir():
            assert stat.S_IMODE(folder.stat().st_mode) == 0o700, os.fspath(folder)
