"""What a whole sweep measures, skips, reports and leaves; no engine is asked.

Hydra, bases and trials are played; everything between them is real.
"""

from __future__ import annotations

import itertools
import shutil
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any, cast

import pytest
import yaml

from runner.analysis.findings import find
from runner.engine.port import Builder, Engine
from runner.model.engine import BaseImage
from runner.model.errors import BaseError, ConstraintError, EngineError, EngineLostError
from runner.model.levels import Base, Provider
from runner.model.network import Network
from runner.model.paths import CachePaths, ResultPaths
from runner.model.progress import Silent
from runner.model.record import Record, Status
from runner.network.proxy import Endpoints
from runner.store.records import RecordStore
from runner.sweep.network import POETRY_GOES_DIRECT, UV_GOES_DIRECT, Proxied
from runner.sweep.process import Process
from runner.sweep.sweep import Sweep
from runner.sweep.warmed import Warmed
from runner.trial.check_plan import read_check
from runner.trial.plan import TrialPlan
from tests.property.played_sweep import E2E, Heard, Played, PlayedHydra
from tests.property.test_trial_parts import holder
from tests.unit.records import ENGINE, PROVENANCE, failing, record

MISSING = "registry.example/missing:1"
LOGIN = "registry.example/login:1"


@dataclass
class Stage:
    """A working folder with a project in it, and what happened on it."""

    folder: Path
    asked: list[str] = field(default_factory=list)
    """Images that were asked for, by their references."""
    trials: list[str] = field(default_factory=list)
    """Names of the variants that were measured."""
    fails: set[str] = field(default_factory=set)
    """Names of the variants whose trials fail."""
    lost: str = ""
    """Name of the variant in whose trial the engine dies."""
    heard: Heard = field(default_factory=Heard)
    hydra: PlayedHydra | None = None
    clock: itertools.count[int] = field(default_factory=itertools.count)

    @property
    def page(self) -> Path:
        return self.folder / "page"

    @property
    def results(self) -> ResultPaths:
        return ResultPaths(self.folder / "results")

    @property
    def records(self) -> list[Record]:
        return RecordStore(self.results).read_all()

    @property
    def rows(self) -> list[dict[str, object]]:
        frame = find(self.records).frame
        return [{str(key): value for key, value in row.items()} for row in frame.to_dict("records")]

    @property
    def names(self) -> list[str]:
        """What the rows are called, beside the project."""
        return sorted(self.short(str(row["name"])) for row in self.rows)

    def short(self, name: str) -> str:
        return name.replace("project=page project.folder=page", "").strip() or "defaults"

    def bench(self, *overrides: str, **played: Any) -> Process:
        """What `dockbench bench` does, up to the tables, in the order given."""
        self.heard, self.trials = Heard(), []
        process = Played(self.heard, CachePaths(self.folder / "cache"))
        usual = ["project=page", f"project.folder={self.page}", f"run.results={self.results.root}"]
        given = [*usual, "run.shuffle=false", *overrides]
        self.hydra = PlayedHydra(process, **played)
        Sweep(self.hydra, process).run([text for text in given if text != "-m"], {})
        return process

    def provide(self, base: Base, *_: object) -> BaseImage:
        self.asked.append(base.image)
        if base.image in (MISSING, LOGIN):
            raise BaseError(f"the registry has no {base.image}")
        digest = f"sha256:{base.image}"
        return BaseImage(base.image, digest, digest, Provider.registry, (digest,), "apt")

    def run_trial(self, plan: TrialPlan, builder: Builder, **_: object) -> Record:
        """A good record of the trial, as far as sweeps look at it."""
        name = self.short(plan.variant.name)
        if name == self.lost:
            raise EngineLostError("the engine is gone: start it again")
        self.trials.append(name)
        project = plan.project
        check = read_check(project.check, project.port, plan.experiment_folder)
        good = record(plan.variant.name, levels=plan.variant.levels.names(), step=plan.variant.step)
        measured = replace(
            good,
            variant_id=plan.variant_id,
            trial=plan.trial,
            varied=plan.variant.varied,
            tags=plan.tags,
            experiment=plan.experiment,
            changed=plan.variant.changed,
            base=replace(good.base, digest=plan.base.digest),
            check_digest=check.digest,
            elapsed_s=10.0,
            provenance=replace(
                PROVENANCE,
                builder=builder.name.value,
                started_at=f"2099-01-01T00:{next(self.clock):02}:00Z",
            ),
        )
        return failing(measured) if name in self.fails else measured


@pytest.fixture
def stage(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Stage:
    """An empty working folder and a copy of the end-to-end tests' project."""
    shutil.copytree(E2E / "page", tmp_path / "page")
    found = Stage(tmp_path)
    monkeypatch.setattr("runner.sweep.session.provide", found.provide)
    monkeypatch.setattr("runner.sweep.measure.run_trial", found.run_trial)
    return found


def edit(path: Path, old: str, new: str) -> None:
    text = path.read_text()
    assert old in text
    path.write_text(text.replace(old, new))


def test_a_changed_check_is_run_again(stage: Stage) -> None:
    stage.bench("-m", "base=slim,full")
    stage.bench("-m", "base=slim,full")
    assert stage.trials == []
    assert any("2 of 2 measured on this engine before" in note for note in stage.heard.notes)

    edit(stage.page / "check" / "answer.json", "42", "43")
    stage.fails = {"base=slim"}
    bench = stage.bench("-m", "base=slim,full")
    assert stage.trials == ["base=slim", "base=full"]
    assert [stage.short(item.name) for item in bench.failed] == ["base=slim"]
    assert {row["base"]: row["status"] for row in stage.rows} == {
        "slim": "check_failed",
        "full": "ok",
    }
    digests = [item.check_digest for item in stage.records]
    assert digests[0] == digests[1] != digests[2] == digests[3]


def test_a_check_that_is_put_back_is_run_again_too(stage: Stage) -> None:
    answer = stage.page / "check" / "answer.json"
    stage.bench()
    edit(answer, "42", "43")
    stage.fails = {"defaults"}
    stage.bench()
    edit(answer, "43", "42")
    stage.fails = set()
    stage.bench()
    assert stage.trials == ["defaults"]
    assert [row["status"] for row in stage.rows] == ["ok"]


def test_more_time_for_the_check_measures_nothing_again(stage: Stage) -> None:
    stage.bench("base=slim")
    stage.bench("base=slim", "project.check.timeout_s=90")
    assert stage.trials == []


def test_each_builder_has_a_row_and_a_name(stage: Stage) -> None:
    stage.bench("-m", "builder=buildkit,classic")
    assert stage.names == ["builder=buildkit", "builder=classic"]
    assert sorted(str(row["builder"]) for row in stage.rows) == ["buildkit", "classic"]
    assert len({row["variant_id"] for row in stage.rows}) == 1


def test_each_project_has_a_row_and_a_name(stage: Stage) -> None:
    other = stage.folder / "other"
    shutil.copytree(stage.page, other)
    edit(other / "repository" / "backend" / "page" / "app.py", "import", "import this\nimport")
    stage.bench("-m", f"project.folder={stage.page},{other}")
    assert [str(row["name"]).rpartition("=")[2] for row in stage.rows] == ["other", "page"]
    texts = [path.read_text() for path in stage.results.records.iterdir()]
    assert not any(str(stage.folder) in text for text in texts), "absolute paths stay at home"


def test_one_variant_has_one_row_that_is_named_by_what_tells_it_apart(stage: Stage) -> None:
    stage.bench()
    assert stage.names == ["defaults"]
    stage.bench("-m", "base=slim,full")
    assert stage.trials == ["base=full"]
    assert stage.names == ["base=full", "base=slim"]
    stage.bench("cache=keep")
    assert stage.names == ["base=full cache=flags", "base=slim cache=flags", "base=slim cache=keep"]


@pytest.mark.parametrize("fresh", ["true", "false"])
def test_the_order_of_the_overrides_makes_no_other_variant(stage: Stage, fresh: str) -> None:
    stage.bench("base=slim", "cache=keep")
    stage.bench("cache=keep", "base=slim", f"run.fresh={fresh}")
    assert stage.names == ["cache=keep"]
    assert {item.name for item in stage.records} == {stage.records[0].name}


def test_a_variant_by_another_name_replaces_it_and_so_does_its_new_content(stage: Stage) -> None:
    stage.bench()
    stage.bench("base=slim", "run.fresh=true")
    assert len(stage.records) == 2
    assert stage.names == ["defaults"], "a name is what was composed, however that was asked for"
    edit(stage.page / "repository" / "backend" / "page" / "app.py", "import", "import this\nimport")
    stage.bench()
    assert len({item.variant_id for item in stage.records}) == 2
    assert stage.names == ["defaults"]


def test_the_same_variant_twice_in_a_sweep_is_measured_once(stage: Stage) -> None:
    stage.bench("-m", "base=slim", "base.provider=auto,registry", "run.fresh=true")
    assert stage.trials == ["base.provider=auto"]
    (note,) = [note for note in stage.heard.notes if "is the same variant as" in note]
    assert "base.provider=registry" in note.partition(" is the same")[0]


def test_only_what_is_sent_makes_another_variant(stage: Stage) -> None:
    frontend = stage.page / "repository" / "frontend"
    frontend.mkdir()
    stage.bench("-m", "context=repo,backend,ignored")
    (frontend / "page.html").write_text("<p>")
    stage.bench("-m", "context=repo,backend,ignored")
    assert stage.trials == ["context=repo"]
    tests = stage.page / "repository" / "backend" / "tests"
    tests.mkdir()
    (tests / "test_page.py").write_text("")
    stage.bench("-m", "context=repo,backend,ignored")
    assert stage.trials == ["context=repo", "context=backend"], "ignored leaves the tests out"


def test_a_base_that_cannot_be_had_is_a_row_and_the_others_are_measured(stage: Stage) -> None:
    bench = stage.bench("-m", f"base.image={MISSING},a:1", "cache=keep,flags")
    assert len(stage.trials) == 2
    assert [item.status for item in bench.failed] == [Status.base_failed] * 2
    assert stage.asked.count(MISSING) == 1, "it is not tried again for every variant"
    rows = {stage.short(str(row["name"])): row for row in stage.rows}
    assert len(rows) == 4
    row = rows[f"base.image={MISSING} cache=keep"]
    assert row["status"] == "base_failed"
    assert row["failing_step"] == f"FROM {MISSING}"
    assert row["failure"] == f"the registry has no {MISSING}"
    assert rows["base.image=a:1 cache=keep"]["status"] == "ok"
    (told, _) = [note for note in stage.heard.notes if "base failed" in note]
    assert f"the registry has no {MISSING}" in told


def test_a_step_whose_base_cannot_be_had_ends_no_path(stage: Stage) -> None:
    step = "{name: %s, about: x, set: {base.image: %s}}"
    path = ", ".join(step % pair for pair in (("one", "a:1"), ("two", MISSING), ("three", "b:1")))
    bench = stage.bench(f"experiment.path=[{path}]")
    assert stage.trials == ["one", "three"]
    assert [item.name for item in bench.failed] == ["two"]
    assert [row["status"] for row in stage.rows] == ["ok", "base_failed", "ok"]


def test_what_was_measured_before_counts_as_something_measured(stage: Stage) -> None:
    stage.bench("base.image=a:1")
    bench = stage.bench("-m", f"base.image=a:1,{MISSING}")
    assert stage.trials == []
    assert len(bench.failed) == 1
    assert len(stage.records) == 2


@pytest.mark.parametrize(
    ("overrides", "says"),
    [
        ([f"base.image={MISSING}"], f"the registry has no {MISSING}"),
        ([f"base.image={MISSING}", "cache=keep,flags"], f"the registry has no {MISSING}"),
        ([f"base.image={MISSING},{LOGIN}"], f"no base of 2 variants can be had; .*{MISSING}"),
    ],
)
def test_without_any_base_nothing_is_written(
    stage: Stage, overrides: Sequence[str], says: str
) -> None:
    stage.bench("base=slim")
    before = contents(stage.results.root)
    with pytest.raises(BaseError, match=says):
        stage.bench("-m", *overrides)
    assert contents(stage.results.root) == before


def test_a_contradiction_beside_a_missing_base_leaves_the_error_of_the_base(stage: Stage) -> None:
    with pytest.raises(BaseError, match="the registry has no"):
        stage.bench("-m", f"base.image={MISSING}", "prune=none,trimmed")
    assert any(note.startswith("skipped ") for note in stage.heard.notes)
    with pytest.raises(ConstraintError, match="all 2 combinations"):
        stage.bench("-m", f"base.image={MISSING}", "prune=minimal,trimmed")


def test_a_lost_engine_ends_the_sweep_and_keeps_what_is_measured(stage: Stage) -> None:
    stage.lost = "base=full"
    with pytest.raises(EngineLostError):
        stage.bench("-m", "base=slim,full,alpine")
    assert stage.trials == ["base=slim"]
    assert len(stage.records) == 1


def test_how_long_a_sweep_waits_for_another_run_is_a_key_of_the_configuration(
    stage: Stage,
) -> None:
    """The other one is named, nothing is measured, and no variant is to blame."""
    other = holder(stage.folder / "cache", 600, ENGINE.id)
    try:
        with pytest.raises(EngineError, match=rf"within 1 s: it is held by process {other.pid},"):
            stage.bench("base=slim", "run.wait_s=1")
    finally:
        other.kill()
        other.wait()
    assert (stage.trials, stage.records) == ([], [])
    stage.bench("base=slim", "run.wait_s=1")
    assert len(stage.records) == 1


def test_the_whole_sweep_is_counted_and_estimated(stage: Stage) -> None:
    stage.bench("-m", "base=slim,full", "cache=keep,flags")
    name = stage.results.root.name
    assert stage.heard.whole == [(name, done, 4, None) for done in range(4)]
    stage.bench("-m", "base=slim,full", "cache=keep,flags", "run.fresh=true")
    assert stage.heard.whole == [(name, done, 4, 40.0 - 10 * done) for done in range(4)]
    stage.bench("-m", "base=slim,full", "cache=keep,flags,purge")
    assert stage.heard.whole == [(name, 0, 2, None), (name, 1, 2, None)]


def test_a_dry_run_tells_the_order_in_which_variants_run(stage: Stage) -> None:
    """Also where some of them turn out to be the same, which only an engine can tell."""
    asked = ("-m", "base=slim,full,alpine", "cache=keep,flags", "base.provider=auto,registry")
    heading, *plan, total = stage.bench(*asked, "run.shuffle=true", "run.dry=true").plan
    assert heading == "in this order:"
    assert total.startswith("12 builds")
    told = [[word for word in line.split() if "=" in word] for line in plan]
    stage.bench(*asked, "run.shuffle=true")
    measured = [name.split() for name in stage.trials]
    assert len(measured) == 6
    assert [variant for variant in told if variant in measured] == measured


@pytest.mark.parametrize(
    ("installer", "plugin", "reason"),
    [
        ("pip", "", ""),
        ("uv", "", ""),
        ("poetry", "poetry-plugin-pypi-mirror==0.6.5", ""),
        ("poetry", "", POETRY_GOES_DIRECT),
    ],
)
def test_the_record_says_what_goes_past_the_proxy(
    stage: Stage, monkeypatch: pytest.MonkeyPatch, installer: str, plugin: str, reason: str
) -> None:
    endpoints = Endpoints("http://127.0.0.1:1/simple", "", "")
    monkeypatch.setattr(Proxied, "_endpoints", lambda _: endpoints)
    monkeypatch.setattr("runner.sweep.network.with_environment", lambda base, *_: base)
    monkeypatch.setattr(Warmed, "has", lambda *_: True)
    had: list[Network] = []

    def run_trial(plan: TrialPlan, **others: Any) -> Record:
        had.append(plan.network)
        return stage.run_trial(plan, **others)

    monkeypatch.setattr("runner.sweep.measure.run_trial", run_trial)
    for name in (files := ["pyproject.toml", "poetry.lock"]):
        (stage.page / "repository" / "backend" / name).touch()
    locked = ("project.dependencies.locked.poetry=true", f"project.dependency_files={files}")
    tool = (f"installer={installer}", f"installer.plugin='{plugin}'")
    stage.bench("base=full", *tool, "run.trials=2", *locked)
    assert [(one.mode, one.reason) for one in had] == 2 * [("cached", reason)]


@pytest.mark.parametrize(
    ("command", "told"),
    [("uv pip install flask", True), ("uv sync --locked", False), ("pip install flask", True)],
)
def test_uv_asks_the_index_of_its_lock(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, command: str, told: bool
) -> None:
    """With another index in a variable, uv takes its lock for out of date."""
    had: list[dict[str, str]] = []

    def with_environment(base: BaseImage, values: dict[str, str], _: object) -> BaseImage:
        had.append(values)
        return base

    endpoints = Endpoints("http://127.0.0.1:1/simple", "", "")
    monkeypatch.setattr(Proxied, "_endpoints", lambda _: endpoints)
    monkeypatch.setattr("runner.sweep.network.with_environment", with_environment)
    base = BaseImage("x", "", "", Provider.archive, (), "")
    proxied = Proxied(cast("Engine", None), CachePaths(tmp_path), Silent())
    network = proxied.network(base, f"FROM x\nRUN {command}\n")
    assert ("UV_DEFAULT_INDEX" in had[0]) is told
    assert "PIP_INDEX_URL" in had[0]
    assert network.reason == ("" if told else UV_GOES_DIRECT)


def test_a_trial_in_which_the_proxy_died_is_measured_again(
    stage: Stage, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It is no fault of the variant; one that fails with a proxy that lives is its own."""
    died = [True]
    monkeypatch.setattr(Proxied, "network", lambda *_: Network("cached"))
    monkeypatch.setattr(Warmed, "has", lambda *_: True)
    monkeypatch.setattr(Proxied, "died", lambda _: died.pop() if died else False)
    stage.fails = {"base=full"}
    stage.bench("base=full", "run.trials=2")
    assert stage.trials == 3 * ["base=full"]
    assert [record.trial for record in stage.records] == [0, 1]


def test_experiment_yaml_tells_all_jobs(stage: Stage) -> None:
    stage.bench("-m", "base=full,slim", "cache=keep")
    told = yaml.safe_load(stage.results.experiment.read_text())
    assert told["base"]["level"] == "full"
    assert told["experiment"]["name"] == "variants"
    assert [[text for text in job if "project" not in text] for job in told["sweep"]] == [
        [f"run.results={stage.results.root}", "run.shuffle=false", "base=full", "cache=keep"],
        [f"run.results={stage.results.root}", "run.shuffle=false", "base=slim", "cache=keep"],
    ]
    stage.bench("base=slim")
    told = yaml.safe_load(stage.results.experiment.read_text())
    assert told["base"]["level"] == "slim"
    assert "sweep" not in told


def contents(folder: Path) -> dict[str, bytes]:
    """Every file below the folder."""
    return {str(path): path.read_bytes() for path in folder.rglob("*") if path.is_file()}
