"""The sample service as an image of exactly what it opens: found, built, checked, remembered."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from runner.dockerfile.edits.traced import LIST
from runner.engine.bases.images import describe_base
from runner.engine.built_images import remove_built
from runner.engine.docker.engine import DockerEngine
from runner.model import labels
from runner.model.engine import BaseImage, BuilderName
from runner.model.errors import ConstraintError
from runner.model.levels import FACTORS, Provider
from runner.model.paths import CachePaths, ResultPaths
from runner.model.record import Record, Status
from runner.sweep import tracing
from runner.sweep.config import Config, Experiment
from runner.sweep.measure import measure, prepared
from runner.sweep.plan import PlannedVariant
from runner.sweep.prepare import ReadyVariant, write_dockerfile
from runner.sweep.process import Process
from runner.sweep.progress import SilentSweep
from runner.sweep.session import Session
from runner.sweep.tracing import opened_unpruned
from tests.engine import needs
from tests.engine.bases import provided, stand_in
from tests.engine.caches import own_cache
from tests.engine.contexts import build_image
from tests.unit.levels_from_yaml import load_levels, load_project

SITE = "/opt/venv/lib/python3.11/site-packages"
PARTLY_COMPILED = """\
FROM {}
RUN python -m compileall -q /usr/local/lib/python3.11/site-packages/pip
"""
"""Byte code of what Python starts with, too. Without that of pip each start compiles all of it."""
TRACED = {"deps": "trimmed", "stages": "multi", "bytecode": "none", "prune": "traced"}


@pytest.fixture(scope="module")
def slim(engine: DockerEngine, tmp_path_factory: pytest.TempPathFactory) -> Iterator[BaseImage]:
    """The stand-in for python:3.11-slim, as somebody's base that has byte code of a part of it."""
    needs.watched(engine)
    dockerfile = PARTLY_COMPILED.format(provided(engine, "slim").reference)
    tag = "dockbench/test:partly-compiled"
    result = build_image(engine, tmp_path_factory.mktemp("base"), dockerfile, tag)
    yield describe_base(engine, tag, Provider.engine, "made for these tests")
    remove_built(engine, result)


def new_cache(folder: Path) -> CachePaths:
    """A cache in which nothing is known but what the sample project looks like."""
    return own_cache(folder / "cache", "work")


@pytest.fixture(scope="module")
def shared(tmp_path_factory: pytest.TempPathFactory) -> CachePaths:
    """The cache of most tests here."""
    return new_cache(tmp_path_factory.mktemp("shared"))


def planned(**names: str) -> PlannedVariant:
    """The sample service with these levels."""
    levels = load_levels(**{**TRACED, **names})
    levels.base = replace(stand_in("slim"), image="python:3.11-slim")
    config = Config(
        **{factor: getattr(levels, factor) for factor in FACTORS},
        project=load_project(),
        experiment=Experiment("test", "a test"),
    )
    return PlannedVariant("traced", "a test", config)


class Standing(Session):
    """A session on the tests' engine, whose only base is there already."""

    def __init__(self, engine: DockerEngine, image: BaseImage, cache: CachePaths) -> None:
        super().__init__(engine, SilentSweep(), cache)
        self.image = image

    def base(self, base: object) -> BaseImage:  # noqa: ARG002 - there is only one
        return self.image


def trial(item: ReadyVariant, session: Session, results: Path) -> Record:
    """A trial of a variant, its record left in `results`."""
    item.planned.config.run.results = str(results)
    return measure(item, session, Process(SilentSweep(), session.cache))


@pytest.fixture(scope="module")
def item(engine: DockerEngine, slim: BaseImage, shared: CachePaths) -> ReadyVariant:
    """The traced variant, ready to be built."""
    found = prepared(Standing(engine, slim, shared), planned())
    assert found.end is None
    return found


@pytest.fixture(scope="module")
def listed(item: ReadyVariant) -> list[str]:
    """The paths on its list."""
    lines = item.variant.recipe.files[LIST].splitlines()
    return [line.removeprefix(".") for line in lines]


@pytest.fixture(scope="module")
def record(
    engine: DockerEngine,
    slim: BaseImage,
    shared: CachePaths,
    item: ReadyVariant,
    tmp_path_factory: pytest.TempPathFactory,
) -> Record:
    """Its trial."""
    return trial(item, Standing(engine, slim, shared), tmp_path_factory.mktemp("results"))


def test_what_serves_the_check_is_on_the_list_and_the_installer_is_not(listed: list[str]) -> None:
    assert f"{SITE}/flask/__init__.py" in listed
    assert "/app/famous_ner/people.tsv" in listed
    assert {"/usr/local/bin/python3.11", "/opt/venv/bin/python", "/tmp", "/etc/passwd"} <= {*listed}
    assert "/usr/local/lib/python3.11/os.py" in listed, "kept: it is looked for, never opened"
    assert not [path for path in listed if "/pip" in path or "/tests/" in path]
    assert "/usr/local/lib/python3.11/encodings/__init__.py" in listed, "opened as byte code"
    assert not [path for path in listed if path.endswith(".pyc")]
    assert "/bin/sh" not in listed


def test_it_passes_its_check_and_is_as_small_as_promised(record: Record) -> None:
    assert record.failure is None
    assert record.status is Status.ok
    assert record.sizes is not None
    assert record.sizes.unpacked_bytes <= 25_000_000


def test_nothing_is_in_it_but_what_it_opens_and_what_is_kept(
    record: Record, listed: list[str]
) -> None:
    assert record.floor is not None, record.notes
    assert record.sizes is not None
    assert set(record.floor.files) <= set(listed)
    assert record.sizes.unpacked_bytes - record.floor.bytes < 200_000


def test_the_list_is_remembered(
    engine: DockerEngine,
    slim: BaseImage,
    shared: CachePaths,
    listed: list[str],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """It is used again also where nothing can be watched, and only for what it was made for."""
    monkeypatch.setattr(tracing, "cannot_watch", lambda _: "this user is not root")
    session = Session(engine, SilentSweep(), shared)
    (file,) = shared.traces.iterdir()
    assert json.loads(file.read_text())["paths"] == listed
    assert list(opened_unpruned(planned(), slim, session).paths) == listed
    others = [planned(deps="locked"), planned()]
    others[1].config.prune.keep.append("etc/os-release")
    for other in others:
        with pytest.raises(ConstraintError, match="prune=traced contradicts this engine: this us"):
            opened_unpruned(other, slim, session)


def test_where_nothing_can_be_watched_the_variant_is_refused_with_the_reason(
    engine: DockerEngine, slim: BaseImage, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(tracing, "cannot_watch", lambda _: "this user is not root")
    session = Standing(engine, slim, new_cache(tmp_path))
    with pytest.raises(ConstraintError, match="this user is not root"):
        prepared(session, planned())
    assert prepared(session, planned(prune="none")).end is None


def test_a_service_that_does_not_work_unpruned_is_a_failed_variant(
    engine: DockerEngine, slim: BaseImage, shared: CachePaths, tmp_path: Path
) -> None:
    broken = planned()
    broken.config.project.command = ["python", "-c", "raise SystemExit('no such service')"]
    session = Standing(engine, slim, shared)
    found = prepared(session, broken)
    record = trial(found, session, tmp_path)
    assert record.status is Status.check_failed
    assert record.failure is not None
    assert record.failure.log_tail == ("no such service",)
    assert record.levels["prune"] == "traced"
    assert record.sizes is None
    marked: dict[str, str | list[str] | bool] = {"label": f"{labels.OWNER}=variant"}
    tags = [tag for image in engine.client.images.list(filters=marked) for tag in image.tags]
    assert not [tag for tag in tags if found.variant_id in tag]


def test_dockerfile_and_list_are_left_side_by_side(item: ReadyVariant, tmp_path: Path) -> None:
    folder = write_dockerfile(item, ResultPaths(tmp_path))
    assert {path.name for path in folder.iterdir()} >= {"Dockerfile", LIST}
    assert (folder / LIST).read_text() == item.variant.recipe.files[LIST]


def test_traced_again_and_by_the_classic_builder_it_is_the_same(
    engine: DockerEngine, slim: BaseImage, listed: list[str], record: Record, tmp_path: Path
) -> None:
    """With a cache in which nothing is known."""
    classic = planned()
    classic.config.builder = BuilderName.classic
    classic.config.run.floor = False
    session = Standing(engine, slim, new_cache(tmp_path))
    found = prepared(session, classic)
    assert found.variant.recipe.files[LIST].splitlines() == [f".{path}" for path in listed]
    made = trial(found, session, tmp_path)
    assert made.status is Status.ok, made.failure
    assert made.provenance.builder == "classic"
    assert made.sizes is not None
    assert record.sizes is not None
    assert made.sizes.unpacked_bytes == record.sizes.unpacked_bytes
