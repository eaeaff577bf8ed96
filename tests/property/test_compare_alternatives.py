"""The alternatives for a project, composed and rendered; what is refused before an engine is asked.

Composing takes Hydra a while: these are no unit tests."""

from __future__ import annotations

from pathlib import Path

import pytest

from runner.compare.comparison import Comparison
from runner.compare.ladder import alternatives
from runner.compare.own_dockerfiles import own_dockerfiles
from runner.compare.project_discovery import understand
from runner.compare.request import EXPERIMENT, Request
from runner.model.errors import DockbenchError
from runner.model.paths import ResultPaths
from runner.recipe.render import render
from runner.sweep.app import composer
from runner.sweep.plan import PlannedVariant
from runner.sweep.progress import SilentSweep

APP = "from flask import Flask\napp = Flask(__name__)\n"
ONE = "experiment.path=[{name:slim,about:plain,set:{base:slim}}]"


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A Flask service that needs no description."""
    root = tmp_path / "shop"
    root.mkdir()
    (root / "app.py").write_text(APP)
    (root / "requirements.txt").write_text("flask\ngunicorn\n")
    return root


def planned(folder: Path, *overrides: str) -> list[PlannedVariant]:
    """The alternatives for the project in the folder."""
    results = ResultPaths(Path("results"))
    with composer() as compose:
        understood = understand(folder, own_dockerfiles(folder, ()))
        return alternatives(understood, results, [EXPERIMENT, *overrides], compose)


def test_every_alternative_can_be_rendered_and_differs_from_the_others(folder: Path) -> None:
    found = planned(folder)
    texts = set()
    for item in found:
        config = item.config
        recipe = render(config.levels(), config.project, config.builder, "")
        texts.add(recipe.dockerfile)
        assert "requirements.txt" in recipe.dockerfile
        assert "dockbench.yaml" in recipe.dockerignore
    assert len(texts) == len(found) == 2
    assert found[0].changed == {}
    assert found[-1].changed["base"] == "alpine"
    assert {item.step for item in found} == {None}


def test_the_projects_python_and_keys_of_the_configuration_hold_for_every_alternative(
    folder: Path,
) -> None:
    (folder / ".python-version").write_text("3.12\n")
    found = planned(folder, "builder=classic")
    bases = {item.config.base.image: item.config.base.standin for item in found}
    assert bases == {
        "python:3.12-slim": "python3.12-slim",
        "python:3.12-alpine": "python3.12-alpine",
    }
    assert {item.config.builder.value for item in found} == {"classic"}


@pytest.mark.parametrize(
    ("asked", "said"),
    [
        (("--out", "inside"), "nothing is ever written there"),
        (("port: 99999\n",), r"^dockbench.yaml: port: 99999 is not valid"),
        (("check: {answer_file: gone.json}\n",), "check.answer_file=gone.json: cannot read"),
        (("environment: {A: $(x)}\n",), r"^dockbench.yaml: environment.A: "),
        (("package: ../x\n",), r"/dockbench.yaml: package: '../x' leads out of "),
    ],
    ids=str,
)
def test_what_cannot_be_measured_is_refused_before_any_engine_is_asked(
    folder: Path, asked: tuple[str, ...], said: str
) -> None:
    if asked[0] == "--out":
        request = Request(folder, results=str(folder / "results"))
    else:
        (folder / "dockbench.yaml").write_text(asked[0])
        request = Request(folder, overrides=[ONE])
    comparison = Comparison(request, SilentSweep())
    with pytest.raises(DockbenchError, match=said):
        comparison.run()
    assert comparison.process.sessions == {}
