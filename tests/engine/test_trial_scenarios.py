"""The chain of scenarios on a real engine: what is cached, what runs, what a deploy sends again."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from runner.engine.builders import builder_for
from runner.engine.docker.engine import DockerEngine
from runner.engine.port import Builder, StepListener
from runner.model.engine import BuilderName, BuildRequest, BuildResult
from runner.model.paths import CachePaths, ResultPaths
from runner.model.progress import Silent
from runner.model.project import Edits
from runner.model.record import Record, ScenarioRecord, Status, from_json, to_json
from runner.trial.plan import TrialPlan
from runner.trial.run import run_trial
from runner.trial.scenario import CHAIN, Scenario
from tests.engine.test_trial_run import remains
from tests.engine.trials import SERVE, plan_of, write_project

HEAD = "ARG BASE_IMAGE=nowhere/none\nFROM ${BASE_IMAGE}"
ORDERED = (
    f"{HEAD}\nENV A=b\nWORKDIR /srv\nCOPY requirements.txt ./\nRUN cp requirements.txt installed\n"
    f"COPY . /srv/app\nRUN mkdir /www && echo well > /www/health && cp app/www/answer.json /www\n"
    f"{SERVE}"
)
STAGES = (
    f"{HEAD} AS build\nCOPY requirements.txt /deps/\n"
    "RUN cp /deps/requirements.txt /deps/installed\n"
    "FROM ${BASE_IMAGE} AS unused\nCOPY . /all\n"
    "FROM ${BASE_IMAGE}\nCOPY --from=build /deps/installed /deps/\n"
    f"COPY www /www\nRUN echo well > /www/health\n{SERVE}"
)
SOURCES_FIRST = (
    f"{HEAD}\nCOPY . /srv\nRUN cp /srv/requirements.txt /srv/installed\n"
    f"RUN mkdir /www && echo well > /www/health && cp /srv/www/answer.json /www\n{SERVE}"
)
MOUNTED = (
    f"{HEAD}\nCOPY www /www\n"
    "RUN --mount=type=cache,id=dockbench-test-scenarios,target=/cache"
    " if [ -e /cache/it ]; then echo warm > /www/health; else echo cold > /www/health; fi;"
    f" touch /cache/it; cat /www/health\n{SERVE}"
)


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    write_project(tmp_path)
    repository = tmp_path / "repository"
    # Of this test alone: others that run on the engine share its cache by content.
    (repository / "www" / "app.py").write_text(f"print('{tmp_path}')")
    (repository / "requirements.txt").write_text(f"flask\n# {tmp_path}\n")
    return tmp_path


def plan(engine: DockerEngine, folder: Path, tiny: str, dockerfile: str) -> TrialPlan:
    (folder / "Dockerfile").write_text(dockerfile)
    made = plan_of(engine, folder, tiny)
    project = replace(made.project, backend=".", package=".")
    return replace(made, project=project, floor=False)


def run(
    engine: DockerEngine,
    plan: TrialPlan,
    folder: Path,
    builder: str | Builder = "buildkit",
    chain: tuple[Scenario, ...] = CHAIN,
) -> Record:
    results, cache = ResultPaths(folder / "results"), CachePaths(folder / "cache")
    made = builder_for(BuilderName(builder), engine) if isinstance(builder, str) else builder
    record = run_trial(plan, engine, made, results, cache, Silent(), chain)
    assert from_json(to_json(record)) == record
    assert remains(engine, record.variant_id) == []
    return record


def of(record: Record, name: str) -> ScenarioRecord:
    assert record.failure is None
    (found,) = [item for item in record.scenarios if item.name == name]
    return found


def ran(scenario: ScenarioRecord) -> list[str]:
    """What ran of RUN and COPY, by its first word and its last, sorted."""
    work = [step for step in scenario.steps if "] COPY" in step.name or "] RUN" in step.name]
    instructions = (step.name.partition("] ")[2] for step in work if not step.cached)
    return sorted(f"{text.split()[0]} {text.split()[-1]}" for text in instructions)


@pytest.mark.parametrize("builder", ["buildkit", "classic"])
@pytest.mark.parametrize("trial", range(2))
def test_dependencies_before_sources(
    engine: DockerEngine, tiny: str, folder: Path, builder: str, trial: int
) -> None:
    record = run(engine, replace(plan(engine, folder, tiny, ORDERED), trial=trial), folder, builder)
    names = [item.name for item in record.scenarios]
    assert names == ["cold", "noop", "source_edit", "deps_edit"]
    assert set(record.left_out) == {"mounts_warm"}
    last = ["COPY /srv/app", "RUN /www"]
    assert ran(of(record, "cold")) == sorted(["COPY ./", "RUN installed", *last])
    assert ran(of(record, "noop")) == []
    assert ran(of(record, "source_edit")) == last
    assert ran(of(record, "deps_edit")) == sorted(["COPY ./", "RUN installed", *last])
    assert of(record, "source_edit").edited == "www/app.py: a comment is appended"
    assert "requirements.txt" in of(record, "deps_edit").edited


@pytest.mark.parametrize("builder", ["buildkit", "classic"])
def test_what_a_deploy_sends_again(
    engine: DockerEngine, tiny: str, folder: Path, builder: str
) -> None:
    """The layers of what ran, as they are measured of the image; nothing where nothing changed."""
    (folder / "repository" / "large.bin").write_bytes(bytes(range(256)) * 4000)
    record = run(engine, plan(engine, folder, tiny, ORDERED), folder, builder)
    assert record.sizes is not None
    sent = {item.name: item.repush_bytes for item in record.scenarios}
    assert sent["cold"] is None
    assert sent["noop"] == 0
    own = [layer.compressed_bytes for layer in record.sizes.layers if not layer.is_base]
    source, deps = sent["source_edit"], sent["deps_edit"]
    assert source is not None
    assert deps is not None
    assert 0.8 * sum(own[-2:]) < source < 1.2 * sum(own[-2:])
    assert source < deps < 1.2 * sum(own)


@pytest.mark.parametrize("builder", ["buildkit", "classic"])
def test_stages(engine: DockerEngine, tiny: str, folder: Path, builder: str) -> None:
    record = run(engine, plan(engine, folder, tiny, STAGES), folder, builder)
    source, deps = ran(of(record, "source_edit")), ran(of(record, "deps_edit"))
    assert [text for text in source if text != "COPY /all"] == ["COPY /www", "RUN /www/health"]
    assert "RUN /deps/installed" in deps


def test_sources_before_dependencies_run_everything(
    engine: DockerEngine, tiny: str, folder: Path
) -> None:
    record = run(engine, plan(engine, folder, tiny, SOURCES_FIRST), folder)
    assert len(ran(of(record, "source_edit"))) == 3
    assert len(ran(of(record, "deps_edit"))) == 3


def test_warm_mounts_are_kept_and_no_layer_is(
    engine: DockerEngine, tiny: str, folder: Path
) -> None:
    record = run(engine, plan(engine, folder, tiny, MOUNTED), folder)
    assert [item.name for item in record.scenarios] == [
        "cold",
        "noop",
        "source_edit",
        "mounts_warm",
    ]
    assert len(ran(of(record, "mounts_warm"))) == 3, "the nonce's COPY and both instructions"
    assert "deps_edit left out: no step of its Dockerfile reads requirements.txt" in record.notes
    (log,) = (folder / "results" / "logs").iterdir()
    cold, _, _, warm = log.read_text().split("\n== ")[1:]
    assert "\ncold\n" in cold
    assert "\nwarm\n" in warm


def test_nothing_of_the_project_is_changed(engine: DockerEngine, tiny: str, folder: Path) -> None:
    before = {path: path.read_bytes() for path in folder.rglob("repository/**/*") if path.is_file()}
    run(engine, plan(engine, folder, tiny, ORDERED), folder)
    after = {path: path.read_bytes() for path in folder.rglob("repository/**/*") if path.is_file()}
    assert after == before


def test_the_image_that_is_kept_is_the_cold_one(
    engine: DockerEngine, tiny: str, folder: Path
) -> None:
    (folder / "Dockerfile").write_text(ORDERED)
    kept = replace(plan(engine, folder, tiny, ORDERED), keep_image=True)
    results, cache = ResultPaths(folder / "results"), CachePaths(folder / "cache")
    builder = builder_for(BuilderName.buildkit, engine)
    record = run_trial(kept, engine, builder, results, cache, Silent(), CHAIN)
    assert record.sizes is not None
    image = engine.client.images.get(kept.tag)
    layers = image.attrs["RootFS"]["Layers"]
    engine.client.images.remove(kept.tag)
    assert layers == [layer.diff_id for layer in record.sizes.layers]
    assert remains(engine, record.variant_id) == []


def test_one_scenario_alone_stands_on_a_cold_build(
    engine: DockerEngine, tiny: str, folder: Path
) -> None:
    chain = tuple(item for item in CHAIN if item.name == "source_edit")
    record = run(engine, plan(engine, folder, tiny, ORDERED), folder, chain=chain)
    assert [item.name for item in record.scenarios] == ["cold", "source_edit"]


def test_without_files_to_edit_the_scenarios_are_left_out(
    engine: DockerEngine, tiny: str, folder: Path
) -> None:
    (folder / "repository" / "requirements.txt").unlink()
    (folder / "repository" / "www" / "app.py").unlink()
    dockerfile = f"{HEAD}\nCOPY www /www\nRUN echo well > /www/health\n{SERVE}"
    record = run(engine, plan(engine, folder, tiny, dockerfile), folder)
    assert record.status is Status.ok
    assert [item.name for item in record.scenarios] == ["cold", "noop"]
    assert set(record.left_out) == {"source_edit", "deps_edit", "mounts_warm"}
    assert any(note.startswith("source_edit left out: no source file") for note in record.notes)
    assert any(note.startswith("deps_edit left out: no dependency file") for note in record.notes)


class Forgetful:
    """A builder that never uses the cache, whatever it is told."""

    def __init__(self, builder: Builder) -> None:
        self.builder = builder
        self.name = builder.name

    def build(self, request: BuildRequest, on_step: StepListener | None = None) -> BuildResult:
        return self.builder.build(replace(request, no_cache=True), on_step)


@pytest.mark.parametrize("builder", ["buildkit", "classic"])
@pytest.mark.parametrize("name", ["noop", "source_edit"])
def test_a_scenario_that_starts_from_another_state_is_no_time(
    engine: DockerEngine, tiny: str, folder: Path, builder: str, name: str
) -> None:
    forgetful = Forgetful(builder_for(BuilderName(builder), engine))
    chain = tuple(item for item in CHAIN if item.name in ("cold", name))
    record = run(engine, plan(engine, folder, tiny, ORDERED), folder, forgetful, chain)
    assert record.status is Status.measure_failed
    assert record.failure is not None
    assert record.failure.step == f"scenario: {name}"
    assert "ran, and should have come from the cache" in record.failure.message
    assert [item.name for item in record.scenarios] == ["cold"]
    assert record.sizes is None


class Silenced:
    """A builder whose engine seems silent through the first of its builds that use the cache."""

    def __init__(self, builder: Builder) -> None:
        self.builder = builder
        self.name = builder.name
        self.built = 0

    def build(self, request: BuildRequest, on_step: StepListener | None = None) -> BuildResult:
        result = self.builder.build(request, on_step)
        self.built += 1
        is_first = not request.no_cache and self.built == 2
        return replace(result, silent_s=7.0) if is_first else result


def test_a_build_that_is_made_again_does_not_find_what_the_first_left(
    engine: DockerEngine, tiny: str, folder: Path
) -> None:
    silenced = Silenced(builder_for(BuilderName.buildkit, engine))
    chain = tuple(item for item in CHAIN if item.name in ("cold", "source_edit"))
    record = run(engine, plan(engine, folder, tiny, ORDERED), folder, silenced, chain)
    assert silenced.built == 3
    assert ran(of(record, "source_edit")) == ["COPY /srv/app", "RUN /www"]
    assert not any("did not answer" in note for note in record.notes)


def test_the_project_says_what_is_edited(engine: DockerEngine, tiny: str, folder: Path) -> None:
    (folder / "repository" / "www" / "other.txt").write_text("text\n")
    (folder / "repository" / "list.cfg").write_text("a\n")
    dockerfile = ORDERED.replace("requirements.txt", "list.cfg")
    made = plan(engine, folder, tiny, dockerfile)
    edits = Edits("www/other.txt", "changed {}", "list.cfg", "b")
    record = run(engine, replace(made, project=replace(made.project, edits=edits)), folder)
    assert of(record, "source_edit").edited == "www/other.txt: a comment is appended"
    assert of(record, "deps_edit").edited == "list.cfg: a line is appended"
