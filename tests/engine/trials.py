"""Trials of a tiny service, busybox's httpd, for tests; as a program it runs one and writes it.

`python -m tests.engine.trials FOLDER IMAGE` runs the trial of the project in FOLDER with IMAGE as
its base, and leaves everything below FOLDER.
"""

from __future__ import annotations

import sys
from dataclasses import replace
from pathlib import Path

from runner.engine.builders import builder_for
from runner.engine.connect import connect
from runner.engine.docker.engine import DockerEngine
from runner.engine.port import Builder
from runner.model.engine import BaseImage, BuilderName
from runner.model.levels import Levels, Provider
from runner.model.paths import CachePaths, ResultPaths
from runner.model.progress import Progress, Silent
from runner.model.project import Check, Project
from runner.model.record import Record
from runner.model.variant import Recipe, Variant, variant_id
from runner.store.records import RecordStore
from runner.sweep.progress import LinesOnStderr
from runner.trial.engine_lock import turn
from runner.trial.run import TrialPlan, run_trial

ANSWER = '{"people": {"Ada Lovelace": 2}, "total": 2}\n'
SERVE = 'CMD ["httpd", "-f", "-p", "8000", "-h", "/www"]\n'
GOOD = (
    "ARG BASE_IMAGE=nowhere/none\nFROM ${BASE_IMAGE}\nCOPY www /www\n"
    f"RUN echo well > /www/health\n{SERVE}"
)


def write_project(folder: Path, dockerfile: str = GOOD, expected: str = ANSWER) -> None:
    """A project whose repository is `folder`/repository and whose answer lies beside it."""
    www = folder / "repository" / "www"
    www.mkdir(parents=True, exist_ok=True)
    (www / "answer.json").write_text(ANSWER)
    (folder / "Dockerfile").write_text(dockerfile)
    (folder / "expected.json").write_text(expected)


def base_of(engine: DockerEngine, image: str) -> BaseImage:
    """A base image as a provider would describe it."""
    found = engine.client.images.get(image)
    diff_ids = tuple(found.attrs["RootFS"]["Layers"])
    return BaseImage(image, str(found.id), str(found.id), Provider.archive, diff_ids, "")


def plan_of(engine: DockerEngine, folder: Path, image: str, timeout_s: float = 30.0) -> TrialPlan:
    """The plan for the project in this folder."""
    recipe = Recipe((folder / "Dockerfile").read_text(), "", ".", image)
    levels = Levels()
    return TrialPlan(
        variant=Variant(folder.name, levels, recipe),
        variant_id=variant_id(recipe, levels, str(folder)),
        experiment="test",
        project=Project(
            name="tiny",
            about="a page",
            folder=str(folder.absolute()),
            package="www",
            port=8000,
            check=Check(
                request_method="GET",
                request_path="/answer.json",
                answer_file="expected.json",
                timeout_s=timeout_s,
            ),
        ),
        repository=folder / "repository",
        base=base_of(engine, image),
        build_timeout_s=120.0,
    )


def run(
    engine: DockerEngine,
    plan: TrialPlan,
    folder: Path,
    builder: str = "buildkit",
    progress: Progress | None = None,
) -> Record:
    """The trial's record; logs and cache lie below `folder`."""
    return run_with(engine, builder_for(BuilderName(builder), engine), plan, folder, progress)


def run_with(
    engine: DockerEngine,
    builder: Builder,
    plan: TrialPlan,
    folder: Path,
    progress: Progress | None = None,
) -> Record:
    """The trial's record, with a builder of the test's own."""
    results, cache = ResultPaths(folder / "results"), CachePaths(folder / "cache")
    return run_trial(plan, engine, builder, results, cache, progress or Silent())


def main(place: str, image: str) -> None:
    """Run one trial that nobody hurries when it is its turn, and write its record; what it waits
    for goes to stderr."""
    folder = Path(place)
    engine = connect(Silent())
    plan = replace(plan_of(engine, folder, image, timeout_s=300.0), trial=7)
    with turn(CachePaths(folder / "cache"), engine.info().id, LinesOnStderr()):
        RecordStore(ResultPaths(folder / "results")).write(run(engine, plan, folder))


if __name__ == "__main__":
    main(*sys.argv[1:])
