"""Trials on a real engine: one that works, and every way in which one can fail."""

from __future__ import annotations

import time
from dataclasses import replace
from pathlib import Path

import pytest

from runner.engine.builders import builder_for
from runner.engine.built_images import remove_image
from runner.engine.docker.engine import DockerEngine
from runner.engine.port import Builder, StepListener
from runner.model import labels
from runner.model.amounts import size
from runner.model.engine import BuilderName, BuildRequest, BuildResult
from runner.model.errors import ProjectError
from runner.model.record import Record, Status, from_json, to_json
from runner.trial.plan import Reference
from tests.engine.trials import GOOD, SERVE, base_of, plan_of, run, run_with, write_project
from tests.engine.unreadable import Unreadable
from tests.property.played_sweep import Heard

HEAD = "ARG BASE_IMAGE\nFROM ${BASE_IMAGE}\n"
WASTEFUL = f"{HEAD}COPY www /www\nRUN rm /www/more && echo well > /www/health\n{SERVE}"


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    write_project(tmp_path)
    return tmp_path


def remains(engine: DockerEngine, variant: str) -> list[str]:
    """Containers and images of a variant that are still on the engine."""
    marked: dict[str, str | list[str] | bool] = {"label": f"{labels.VARIANT}={variant}"}
    containers = engine.client.containers.list(all=True, filters=marked)
    images = engine.client.images.list(filters=marked)
    return [str(found.id) for found in [*containers, *images]]


def failing(
    engine: DockerEngine, folder: Path, tiny: str, dockerfile: str, **other: float
) -> Record:
    """The record of a variant that fails: complete, without sizes, and nothing left behind."""
    (folder / "Dockerfile").write_text(dockerfile)
    plan = plan_of(engine, folder, tiny, timeout_s=other.get("timeout_s", 20.0))
    record = run(engine, replace(plan, build_timeout_s=other.get("build_timeout_s", 60.0)), folder)
    assert record.status is not Status.ok
    assert record.failure is not None
    assert record.sizes is None, "what does not pass its check has no size"
    assert remains(engine, record.variant_id) == []
    assert from_json(to_json(record)) == record
    return record


@pytest.mark.parametrize("base_is_known", [False, True])
def test_waste_is_recorded_where_layer_folders_cannot_be_read(
    engine: DockerEngine,
    tiny: str,
    folder: Path,
    base_is_known: bool,
) -> None:
    """From the export that the sizes are from, layers included whose sizes were known before."""
    write_project(folder, WASTEFUL)
    (folder / "repository" / "www" / "more").write_bytes(b"x" * 70_000)
    elsewhere, unreadable = folder / "elsewhere", Unreadable(engine)
    if base_is_known:
        run(unreadable, plan_of(engine, folder, tiny), elsewhere)
    sizes = [
        run(one, plan_of(engine, folder, tiny), place).sizes
        for one, place in ((engine, folder), (unreadable, elsewhere))
    ]
    wasted = [found.wasted_bytes for found in sizes if found is not None]
    assert wasted == [70_000, 70_000]


LATE = 'CMD ["sh", "-c", "sleep 1; exec httpd -f -p 8000 -h /www"]\n'
SLOW = f"{HEAD}COPY www /www\nRUN echo well > /www/health\n{LATE}"


def test_a_slow_start_is_tried_again_next_to_a_quick_one(
    engine: DockerEngine, tiny: str, folder: Path
) -> None:
    (folder / "Dockerfile").write_text(SLOW)
    plan = plan_of(engine, folder, tiny)
    alone = run(engine, plan, folder)
    beside = [
        run(engine, replace(plan, reference=Reference("own", 1, healthy_s)), folder)
        for healthy_s in (0.1, 60.0)
    ]
    assert [[note for note in record.notes if "starts" in note] for record in (alone, *beside)] == [
        [],
        ["healthy after: the quickest of 5 starts, as the first was slow"],
        [],
    ]
    assert all(record.check and record.check.healthy_s >= 1 for record in (alone, *beside))


def test_a_size_is_said_before_the_rest_of_its_trial(
    engine: DockerEngine, tiny: str, folder: Path
) -> None:
    plan = plan_of(engine, folder, tiny)
    quiet, heard = Heard(), Heard()
    run(engine, plan, folder, progress=quiet)
    record = run(engine, replace(plan, tells_early=True), folder, progress=heard)
    assert record.sizes is not None
    (said,) = set(heard.notes) - set(quiet.notes)
    assert said.startswith(f"{plan.variant.name} passed its check: ")
    assert f"{size(record.sizes.unpacked_bytes)} unpacked" in said
    assert said.endswith("; what follows: floor")


@pytest.mark.parametrize("builder", ["buildkit", "classic"])
def test_a_variant_that_works(engine: DockerEngine, tiny: str, folder: Path, builder: str) -> None:
    record = run(engine, plan_of(engine, folder, tiny), folder, builder)
    assert record.failure is None
    assert record.status is Status.ok
    assert record.provenance.builder == builder
    assert record.context is not None
    assert record.context.files == 1
    (cold,) = record.scenarios
    assert cold.name == "cold"
    assert 0 < cold.duration_s < record.elapsed_s
    ran = [step for step in cold.steps if "] COPY" in step.name or "] RUN" in step.name]
    assert [step.cached for step in ran] == [False, False]
    assert record.check is not None
    assert 0 < record.check.healthy_s < 10
    assert record.sizes is not None
    base, own = (
        [layer for layer in record.sizes.layers if layer.is_base is wanted]
        for wanted in (True, False)
    )
    assert [layer.diff_id for layer in base] == list(base_of(engine, tiny).diff_ids)
    assert record.base.unpacked_bytes == sum(layer.unpacked_bytes for layer in base)
    assert [layer.created_by.partition(" ")[0] for layer in own] == ["COPY", "RUN"]
    assert own[1].unpacked_bytes == len("well\n")
    assert record.sizes.wasted_bytes == 0
    assert remains(engine, record.variant_id) == []
    (log,) = (folder / "results" / "logs").iterdir()
    assert "cold" in log.read_text()
    assert not (folder / "cache" / "work").exists(), "the context is packed while it is sent"


def test_the_image_can_be_kept(engine: DockerEngine, tiny: str, folder: Path) -> None:
    plan = replace(plan_of(engine, folder, tiny), keep_image=True)
    record = run(engine, plan, folder)
    assert record.status is Status.ok
    image = engine.client.images.get(plan.tag)
    assert image.labels[labels.OWNER] == "variant"
    assert image.labels[labels.VARIANT] == plan.variant_id
    engine.client.images.remove(plan.tag)


def test_a_second_cold_build_uses_no_cache(engine: DockerEngine, tiny: str, folder: Path) -> None:
    (folder / "Dockerfile").write_text(GOOD.replace("RUN echo", "RUN sleep 0.5; echo"))
    plan = plan_of(engine, folder, tiny)
    for trial in range(2):
        record = run(engine, replace(plan, trial=trial), folder)
        assert record.status is Status.ok
        assert record.scenarios[0].duration_s > 0.5


def test_a_copy_of_the_same_content_is_no_cache_of_another_build(
    engine: DockerEngine, tiny: str, folder: Path
) -> None:
    text = (
        "ARG BASE_IMAGE\nFROM ${BASE_IMAGE} AS base\nWORKDIR /www\n"
        f"FROM base AS tests\nCOPY www/answer.json www/note ./\nRUN echo {folder}\n"
        "FROM base\nCOPY --from=tests /www/answer.json /www/note ./\n"
        f"RUN echo well > /www/health\n{SERVE}"
    )
    (folder / "Dockerfile").write_text(text)
    (folder / "repository" / "www" / "note").write_text(str(folder))
    record = run(engine, plan_of(engine, folder, tiny), folder)
    assert record.failure is None


class Careless:
    """A builder that uses the cache whatever it is told."""

    def __init__(self, builder: Builder) -> None:
        self.builder = builder
        self.name = builder.name

    def build(self, request: BuildRequest, on_step: StepListener | None = None) -> BuildResult:
        return self.builder.build(replace(request, no_cache=False), on_step)


@pytest.mark.parametrize("builder", ["buildkit", "classic"])
def test_a_build_that_was_not_cold_is_not_measured(
    engine: DockerEngine, tiny: str, folder: Path, builder: str
) -> None:
    long = "".join(f"RUN echo {folder} {number} > /www/note\n" for number in range(8))
    (folder / "Dockerfile").write_text(GOOD + long)
    (folder / "repository" / "www" / "new").write_text(str(folder))
    plan = replace(plan_of(engine, folder, tiny), keep_image=True)
    careless = Careless(builder_for(BuilderName(builder), engine))
    first, second = (run_with(engine, careless, plan, folder) for _ in range(2))
    remove_image(engine, plan.tag)
    assert first.status is Status.ok
    assert second.status is Status.measure_failed
    assert second.failure is not None
    assert second.failure.step == "scenario: cold"
    assert " of the steps came from the cache, first: [" in second.failure.message
    assert second.failure.message.endswith("COPY www /www")
    assert second.scenarios == ()
    assert second.sizes is None


@pytest.mark.parametrize("builder", ["buildkit", "classic"])
def test_a_command_that_fails(engine: DockerEngine, tiny: str, folder: Path, builder: str) -> None:
    text = f"{HEAD}RUN echo before the fall; exit 7\n{SERVE}"
    (folder / "Dockerfile").write_text(text)
    record = run(engine, plan_of(engine, folder, tiny), folder, builder)
    assert record.status is Status.build_failed
    assert record.failure is not None
    assert "exit 7" in record.failure.step
    assert record.failure.exit_code == 7
    assert "before the fall" in record.failure.log_tail[-1]
    assert remains(engine, record.variant_id) == []


def test_a_dockerfile_that_cannot_be_parsed(engine: DockerEngine, tiny: str, folder: Path) -> None:
    record = failing(engine, folder, tiny, f"{HEAD}COOPY www /www\n")
    assert record.status is Status.build_failed
    assert record.failure is not None
    assert "COOPY" in record.failure.message.upper()


def test_a_file_that_is_not_in_the_context(engine: DockerEngine, tiny: str, folder: Path) -> None:
    record = failing(engine, folder, tiny, f"{HEAD}COPY missing.txt /\n{SERVE}")
    assert record.status is Status.build_failed
    assert record.failure is not None
    assert "missing.txt" in record.failure.message


def test_a_build_that_takes_too_long(engine: DockerEngine, tiny: str, folder: Path) -> None:
    begun = time.monotonic()
    record = failing(engine, folder, tiny, f"{HEAD}RUN sleep 300\n", build_timeout_s=2.0)
    assert record.status is Status.build_timeout
    assert time.monotonic() - begun < 30


def test_a_disk_that_is_full_and_not_the_engine_s(
    engine: DockerEngine, tiny: str, folder: Path
) -> None:
    full = f"{HEAD}RUN cat /bin/busybox > /dev/full\n{SERVE}"
    record = failing(engine, folder, tiny, full)
    assert record.status is Status.build_failed
    assert record.failure is not None
    assert record.failure.message.startswith("exit code 1: ")
    assert record.failure.message.endswith("No space left on device")


def test_a_container_that_never_answers(engine: DockerEngine, tiny: str, folder: Path) -> None:
    text = f'{HEAD}CMD ["sh", "-c", "echo waiting for nothing; sleep 300"]\n'
    begun = time.monotonic()
    record = failing(engine, folder, tiny, text, timeout_s=2.0)
    assert record.status is Status.check_timeout
    assert record.failure is not None
    assert record.failure.message == (
        "not healthy within 2 s: it accepted no connection: it listens on no port: have it listen"
        " on 0.0.0.0:8000, or correct the project's port"
    )
    assert record.failure.log_tail == ("waiting for nothing",)
    assert record.scenarios[0].name == "cold", "the build that worked stays in the record"
    assert time.monotonic() - begun < 20


def test_a_container_that_ends(engine: DockerEngine, tiny: str, folder: Path) -> None:
    text = f'{HEAD}CMD ["sh", "-c", "echo no module named flask >&2; exit 3"]\n'
    record = failing(engine, folder, tiny, text)
    assert record.status is Status.check_failed
    assert record.failure is not None
    assert record.failure.exit_code == 3
    assert record.failure.log_tail == ("no module named flask",)


def test_a_container_that_cannot_start(engine: DockerEngine, tiny: str, folder: Path) -> None:
    record = failing(engine, folder, tiny, f'{HEAD}CMD ["no-such-program"]\n')
    assert record.status is Status.check_failed
    assert record.failure is not None
    assert "no-such-program" in record.failure.message


def test_a_container_without_a_health_page(engine: DockerEngine, tiny: str, folder: Path) -> None:
    record = failing(engine, folder, tiny, f"{HEAD}COPY www /www\n{SERVE}", timeout_s=1.5)
    assert record.status is Status.check_timeout
    assert record.failure is not None
    assert "status 404" in record.failure.message


def test_another_answer_than_expected(engine: DockerEngine, tiny: str, folder: Path) -> None:
    (folder / "expected.json").write_text('{"people": {"Ada Lovelace": 3}, "total": 2}')
    record = failing(engine, folder, tiny, GOOD)
    assert record.status is Status.check_failed
    assert record.failure is not None
    assert record.failure.message.endswith('differs at $.people["Ada Lovelace"]: expected 3, got 2')


def test_a_project_without_its_answer_file(engine: DockerEngine, tiny: str, folder: Path) -> None:
    (folder / "expected.json").unlink()
    with pytest.raises(ProjectError, match=r"expected\.json"):
        run(engine, plan_of(engine, folder, tiny), folder)


def test_the_project_is_only_read(engine: DockerEngine, tiny: str, folder: Path) -> None:
    def state() -> list[tuple[str, int]]:
        below = (folder / "repository").rglob("*")
        return [(str(path), path.stat().st_mtime_ns) for path in sorted(below)]

    before = state()
    run(engine, plan_of(engine, folder, tiny), folder)
    assert state() == before
