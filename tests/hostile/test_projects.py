"""A project that somebody found may hold anything: nothing of the host is read, run or written."""

from __future__ import annotations

import re
import stat
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import msgspec
import pytest
import yaml

from runner.cli.main import main
from runner.compare.own_dockerfiles import own_dockerfiles
from runner.compare.project_discovery import understand
from runner.compare.request import refuse_much
from runner.detect.last_commit import last_commit_day
from runner.engine.scratch import own_work, sweep_work
from runner.model.engine import BuilderName
from runner.model.errors import DockbenchError
from runner.model.levels import Deps
from runner.model.paths import CachePaths
from runner.project.materialise import materialise
from runner.recipe.packing import pack_context
from runner.recipe.render import render
from tests.hostile import projects_of_tools
from tests.hostile.limits import limited, little_memory
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
    with limited(LIMIT_S), little_memory():
        last_commit_day(project)
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
    assert len(CASES) >= 300
    assert projects_of_tools.OWN.startswith("FROM"), "its cases are among them"


def test_no_plain_project_is_refused(project: Path, tmp_path: Path) -> None:
    (project / "linked.txt").symlink_to("app.py")
    said = everything_said(project, tmp_path / "work")
    assert "gunicorn --bind 0.0.0.0:8000 app:app" in said


def test_a_work_copy_is_for_its_owner_alone_and_keeps_the_projects_modes(
    project: Path, tmp_path: Path
) -> None:
    (project / "private").mkdir(mode=0o750)
    (project / "private" / "note").write_text("x")
    (project / "private" / "note").chmod(0o600)
    (project / "app.py").chmod(0o640)
    found = understand(project, ())
    before = {path: path.stat().st_mode for path in project.rglob("*")}
    made = materialise(found.project, project, tmp_path / "work", keep_modes=True)
    for folder in (tmp_path / "work", made.root.parent):
        assert stat.S_IMODE(folder.stat().st_mode) == 0o700
    for path, mode in before.items():
        assert (made.root / path.relative_to(project)).stat().st_mode == mode
    assert materialise(found.project, project, tmp_path / "work", keep_modes=True) == made
    (project / "app.py").chmod(0o644)
    again = materialise(found.project, project, tmp_path / "work", keep_modes=True)
    assert again.digest != made.digest


def test_copies_of_killed_runs_are_swept_and_no_others(tmp_path: Path) -> None:
    cache = CachePaths(tmp_path)
    mine, other = own_work(cache), tmp_path / "work" / "famous_ner-1234"
    code = (
        "import sys, pathlib; from runner.engine.scratch import own_work\n"
        "from runner.model.paths import CachePaths\n"
        "print(own_work(CachePaths(pathlib.Path(sys.argv[1]))))"
    )
    asked = [sys.executable, "-c", code, str(tmp_path)]
    killed = Path(subprocess.run(asked, capture_output=True, text=True, check=True).stdout.strip())
    for folder in (mine, other, killed):
        (folder / "x").mkdir(parents=True)
    sweep_work(cache)
    assert (mine.exists(), other.exists(), killed.exists()) == (True, True, False)


@pytest.mark.parametrize(
    ("given", "says"),
    [
        ((), r"dockbench\.yaml: parts: 2\.0 GB would be generated .*: give --yes if that is meant"),
        (("--yes",), r"no Docker engine answers"),
    ],
)
def test_much_is_generated_only_where_that_is_said_to_be_meant(
    project: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
    given: tuple[str, ...],
    says: str,
) -> None:
    """It is refused before an engine is asked, which is what comes next."""
    (project / "dockbench.yaml").write_text(
        "parts: [{kind: weights, path: model, size_bytes: 2000000000}]\n"
    )
    monkeypatch.setenv("DOCKER_HOST", "unix:///nowhere/docker.sock")
    monkeypatch.chdir(project.parent)
    assert main(["compare", "shop", *given, "--set", "engine.prefer=existing"]) == 2
    (line,) = [text for text in capsys.readouterr().err.splitlines() if "dockbench: " in text]
    assert re.search(says, line)
    assert not (project / "model").exists()


@pytest.mark.parametrize(
    ("check", "key"),
    [
        ('services: {"a b": {image: redis:7}}', "check.services: 'a b'"),
        ('services: {db: {image: redis:7, environment: {"A=B": 1}}}', "check.services.db.environm"),
        ('environment: {"": 1}', "check.environment: ''"),
        ("services: {db: {image: redis:7, port: 70000}}", "check.services.db.port: 70000"),
    ],
)
def test_what_no_container_can_be_given_is_refused_before_an_engine_is_asked(
    project: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
    check: str,
    key: str,
) -> None:
    """The Dockerfile is the project's own, and says nothing of it."""
    (project / "Dockerfile").write_text('FROM python:3.11-slim\nEXPOSE 80\nCMD ["a"]\n')
    (project / "dockbench.yaml").write_text(f"check: {{{check}}}\n")
    monkeypatch.setenv("DOCKER_HOST", "unix:///nowhere/docker.sock")
    monkeypatch.chdir(project.parent)
    path = "experiment.path=[{name: slim, about: plain, set: {base: slim}}]"
    assert main(["compare", "shop", "--set", "engine.prefer=existing", "--set", path]) == 2
    (line,) = [text for text in capsys.readouterr().err.splitlines() if "dockbench: " in text]
    assert key in line
    assert "is not valid; it must be" in line
