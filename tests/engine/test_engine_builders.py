"""Both builders on a real engine: success, failure, time-out, cache, labels, a cancelled build."""

from __future__ import annotations

import time
import uuid
from collections.abc import Iterator
from pathlib import Path

import pytest

from runner.engine.builders import builder_for
from runner.engine.built_images import remove_built
from runner.engine.docker.build_stream import build_messages
from runner.engine.docker.engine import DockerEngine
from runner.engine.port import Builder
from runner.model import labels
from runner.model.engine import BuilderName, BuildRequest, BuildResult, BuildStep
from tests.engine.contexts import write_context
from tests.engine.processes import processes_with, wait_until_gone

MARKS = {labels.OWNER: "test"}


@pytest.fixture(params=list(BuilderName), ids=lambda name: name.value)
def builder(request: pytest.FixtureRequest, engine: DockerEngine) -> Builder:
    """Each builder in turn."""
    return builder_for(request.param, engine)


@pytest.fixture
def nonce() -> str:
    """Makes a step new to every cache."""
    return uuid.uuid4().hex


@pytest.fixture
def built(engine: DockerEngine) -> Iterator[list[BuildResult]]:
    """Results put in here are removed from the engine after the test."""
    results: list[BuildResult] = []
    yield results
    for result in results:
        remove_built(engine, result)


def step_named(result: BuildResult, text: str) -> BuildStep:
    return next(step for step in result.steps if text in step.name)


def test_a_build_gives_image_labels_steps_times_and_log(
    builder: Builder,
    engine: DockerEngine,
    tiny: str,
    nonce: str,
    tmp_path: Path,
    built: list[BuildResult],
) -> None:
    dockerfile = (
        f"FROM {tiny}\nARG WORD\nRUN echo first-{nonce}; sleep 0.4\n"
        "RUN echo said-$WORD; echo on-stderr >&2\n"
    )
    context = write_context(tmp_path / "context.tar", dockerfile)
    heard: list[BuildStep] = []
    request = BuildRequest(context, labels=MARKS, build_args={"WORD": "hello world"})
    result = builder.build(request, heard.append)
    built.append(result)
    assert result.failure is None
    image = engine.client.images.get(result.image_id)
    assert image.labels[labels.OWNER] == "test"
    assert {"said-hello world", "on-stderr", f"first-{nonce}"} <= set(result.log)
    slept = step_named(result, "sleep 0.4")
    assert slept.started_s is not None
    assert slept.completed_s is not None
    assert 0.4 <= slept.completed_s - slept.started_s < 5
    assert 0 <= slept.started_s < slept.completed_s <= result.duration_s
    assert not slept.cached
    assert next(step.completed_s for step in heard if step.name == slept.name) is None
    assert heard[-1].completed_s is not None


def test_the_second_build_is_cached_and_no_cache_runs_it_again(
    builder: Builder, tiny: str, nonce: str, tmp_path: Path, built: list[BuildResult]
) -> None:
    dockerfile = f"FROM {tiny}\nRUN echo {nonce} > /made\n"
    context = write_context(tmp_path / "context.tar", dockerfile)
    outcomes = []
    for no_cache in (False, False, True):
        result = builder.build(BuildRequest(context, labels=MARKS, no_cache=no_cache))
        built.append(result)
        outcomes.append(step_named(result, nonce).cached)
    assert outcomes == [False, True, False]


def test_a_failing_step_is_named_with_exit_code_and_tail(
    builder: Builder, tiny: str, nonce: str, tmp_path: Path
) -> None:
    dockerfile = (
        f"FROM {tiny}\nRUN echo fine\nRUN echo {nonce}; echo the reason; exit 42\nRUN echo never\n"
    )
    context = write_context(tmp_path / "context.tar", dockerfile)
    result = builder.build(BuildRequest(context, tag=f"dockbench/test:{nonce}", labels=MARKS))
    assert result.image_id == ""
    assert result.failure is not None
    assert "exit 42" in result.failure.step
    assert result.failure.exit_code == 42
    assert result.failure.log_tail[-1] == "the reason"
    assert not result.failure.timed_out
    assert "\n" not in result.failure.message
    assert step_named(result, "exit 42").error
    assert not any("never" in step.name and step.completed_s for step in result.steps)


def test_a_dockerfile_that_cannot_be_parsed_is_a_failure(builder: Builder, tmp_path: Path) -> None:
    context = write_context(tmp_path / "context.tar", "FRUM scratch\n")
    result = builder.build(BuildRequest(context, labels=MARKS))
    assert result.failure is not None
    assert "FRUM" in result.failure.message


def test_a_build_that_takes_too_long_is_stopped(
    builder: Builder, tiny: str, nonce: str, tmp_path: Path, engine: DockerEngine
) -> None:
    seconds = f"{int(nonce[:6], 16) % 9000 + 1000}.25"
    dockerfile = f"FROM {tiny}\nRUN echo waiting; sleep {seconds}\n"
    context = write_context(tmp_path / "context.tar", dockerfile)
    begun = time.monotonic()
    result = builder.build(BuildRequest(context, labels=MARKS, timeout_s=2.0))
    assert time.monotonic() - begun < 6
    assert result.failure is not None
    assert result.failure.timed_out
    assert f"sleep {seconds}" in result.failure.step
    assert result.failure.log_tail == ("waiting",)
    assert "2 s" in result.failure.message
    assert wait_until_gone(seconds) == []
    assert engine.client.ping()


def test_an_abandoned_build_ends_on_the_engine(
    builder: Builder, tiny: str, nonce: str, tmp_path: Path, engine: DockerEngine
) -> None:
    seconds = f"{int(nonce[:6], 16) % 9000 + 1000}.5"
    ticks = "(while true; do echo tick; sleep 0.2; done) &"
    dockerfile = f"FROM {tiny}\nRUN {ticks} sleep {seconds}\n"
    context = write_context(tmp_path / "context.tar", dockerfile)
    version = "2" if builder.name is BuilderName.buildkit else "1"
    messages = build_messages(engine, BuildRequest(context, labels=MARKS), {"version": version})
    for _ in messages:
        if processes_with(seconds):
            break
    messages.close()
    assert wait_until_gone(seconds) == []


def test_stages_of_buildkit_overlap(
    engine: DockerEngine, tiny: str, nonce: str, tmp_path: Path, built: list[BuildResult]
) -> None:
    dockerfile = (
        f"FROM {tiny} AS one\nRUN echo {nonce} > /one; sleep 0.8\n"
        f"FROM {tiny} AS two\nRUN echo {nonce} > /two; sleep 0.9\n"
        f"FROM {tiny}\nCOPY --from=one /one /\nCOPY --from=two /two /\n"
    )
    context = write_context(tmp_path / "context.tar", dockerfile)
    result = builder_for(BuilderName.buildkit, engine).build(BuildRequest(context, labels=MARKS))
    built.append(result)
    one, two = step_named(result, "sleep 0.8"), step_named(result, "sleep 0.9")
    assert one.started_s is not None
    assert one.completed_s is not None
    assert two.started_s is not None
    assert two.completed_s is not None
    assert max(one.started_s, two.started_s) < min(one.completed_s, two.completed_s)


def test_buildkit_keeps_a_cache_mount(
    engine: DockerEngine, tiny: str, nonce: str, tmp_path: Path, built: list[BuildResult]
) -> None:
    """On a busy machine BuildKit lets go of a mount a while after the build's end, and a build that
    wants it sooner gets an empty one: so there is a wait in between, longer each time."""

    def build(mount: str, command: str) -> BuildResult:
        dockerfile = f"FROM {tiny}\nRUN --mount=type=cache,id={mount},target=/kept {command}\n"
        context = write_context(tmp_path / "context.tar", dockerfile)
        result = builder_for(BuilderName.buildkit, engine).build(
            BuildRequest(context, labels=MARKS)
        )
        built.append(result)
        return result

    def lines_after(pause_s: float) -> str:
        mount = f"{nonce}-{pause_s}"
        build(mount, "echo one >> /kept/file")
        time.sleep(pause_s)
        return build(mount, "echo two >> /kept/file; wc -l < /kept/file").log[-1].strip()

    assert "2" in map(lines_after, (0.0, 0.5, 2.0, 8.0))


def test_target_and_tag(
    builder: Builder,
    engine: DockerEngine,
    tiny: str,
    nonce: str,
    tmp_path: Path,
    built: list[BuildResult],
) -> None:
    dockerfile = f"FROM {tiny} AS first\nENV IS={nonce}\nFROM first AS second\nENV IS=second\n"
    context = write_context(tmp_path / "context.tar", dockerfile)
    tag = f"dockbench/test:{nonce}"
    result = builder.build(BuildRequest(context, tag=tag, target="first", labels=MARKS))
    built.append(result)
    image = engine.client.images.get(tag)
    assert image.id == result.image_id
    assert f"IS={nonce}" in image.attrs["Config"]["Env"]
