"""Both builders' progress on streams recorded from a real engine (20.10.24)."""

from __future__ import annotations

import base64
import json
from pathlib import Path
from typing import Any

import pytest

from runner.engine.builders.buildkit import TraceProgress, clock_shift_s
from runner.engine.builders.classic import ClassicProgress, lost_in_cache
from runner.engine.builders.steps import Steps, exit_code_of
from runner.engine.builders.trace import Status, Vertex
from runner.engine.docker.build_stream import configured_proxies
from runner.model.engine import BuildFailure, BuildStep

STREAMS = Path(__file__).parent / "streams"


def recorded(name: str) -> tuple[float, list[tuple[float, dict[str, Any]]]]:
    """When the request was sent, and each message with the seconds until it arrived."""
    first, *rest = (STREAMS / f"{name}.jsonl").read_text().splitlines()
    messages = [(entry["at_s"], entry["message"]) for entry in map(json.loads, rest)]
    return json.loads(first)["sent_at_s"], messages


def classic(name: str) -> ClassicProgress:
    progress = ClassicProgress(Steps())
    _, messages = recorded(name)
    for at_s, message in messages:
        progress.take(message, at_s)
    progress.end(messages[-1][0])
    return progress


def buildkit(name: str, heard: list[BuildStep] | None = None, lag_s: float = 0.0) -> TraceProgress:
    """The progress of a recorded build; `lag_s`: how far the engine's clock is behind ours."""
    sent_at_s, messages = recorded(name)
    listener = heard.append if heard is not None else None
    progress = TraceProgress(Steps(listener), sent_at_s + lag_s)
    for at_s, message in messages:
        progress.take(message, sent_at_s + lag_s + at_s)
    return progress


def steps_of(progress: TraceProgress | ClassicProgress) -> list[BuildStep]:
    return list(progress.steps.found.values())


def test_classic_steps_are_stamped_on_arrival() -> None:
    progress = classic("classic_ok")
    assert [step.name for step in steps_of(progress)] == [
        "[1/4] FROM dockbench/test:tiny",
        "[2/4] ENV A=1",
        "[3/4] RUN echo out; echo err >&2; sleep 0.3; echo last",
        "[4/4] LABEL io.dockbench=test",
    ]
    run = steps_of(progress)[2]
    assert run.started_s == pytest.approx(0.1971)
    assert run.completed_s == pytest.approx(0.8002)
    assert not any(step.cached for step in steps_of(progress))
    assert progress.failure() is None
    assert progress.image_id.startswith("sha256:5986473327d4")


def test_classic_log_holds_what_steps_printed_and_nothing_else() -> None:
    log = classic("classic_ok").steps.log
    assert log == [f"--- {steps_of(classic('classic_ok'))[2].name}", "out", "err", "last"]


def test_classic_knows_the_images_that_it_made_on_the_way() -> None:
    assert classic("classic_ok").between() == ("3712cf89862c", "db7019c5045b")
    assert classic("classic_cached").between() == ()
    assert classic("classic_failed").between() == ("1856cfd6385f",)


def test_classic_cached_steps() -> None:
    assert [step.cached for step in steps_of(classic("classic_cached"))] == [
        False,
        True,
        True,
        True,
    ]


def test_classic_failure() -> None:
    failure = classic("classic_failed").failure()
    assert failure is not None
    assert failure.step == "[3/5] RUN echo the reason; exit 42"
    assert failure.exit_code == 42
    assert failure.log_tail == ("the reason",)
    assert steps_of(classic("classic_failed"))[-1].error == failure.message


def test_buildkit_steps() -> None:
    heard: list[BuildStep] = []
    progress = buildkit("buildkit_ok", heard)
    assert progress.failure() is None
    assert progress.image_id.startswith("sha256:")
    run = next(step for step in steps_of(progress) if "sleep 0.3" in step.name)
    assert run.name.startswith("[2/2] RUN")
    assert run.started_s is not None
    assert run.completed_s is not None
    assert 0.3 <= run.completed_s - run.started_s < 2
    assert progress.steps.log == [f"--- {run.name}", "out", "err", "last"]
    states = [step for step in heard if step.name == run.name]
    assert states[0].started_s is None or states[0].completed_s is None
    assert states[-1] == run


def test_buildkit_cached_steps() -> None:
    run = next(step for step in steps_of(buildkit("buildkit_cached")) if "sleep 0.3" in step.name)
    assert run.cached
    run = next(step for step in steps_of(buildkit("buildkit_ok")) if "sleep 0.3" in step.name)
    assert not run.cached


def test_buildkit_failure_is_the_step_that_failed_not_the_ones_cancelled_with_it() -> None:
    progress = buildkit("buildkit_failed")
    failure = progress.failure()
    assert failure is not None
    assert failure.step == "[bad 2/2] RUN sleep 0.5; echo the reason; exit 42"
    assert failure.exit_code == 42
    assert failure.log_tail == ("the reason",)
    cancelled = next(step for step in steps_of(progress) if "sleep 30" in step.name)
    assert "context canceled" in cancelled.error


@pytest.mark.parametrize("lag_s", [-86_400.0, 3_600.0])
def test_an_engine_with_another_clock_gives_times_by_ours(lag_s: float) -> None:
    near = next(s for s in steps_of(buildkit("buildkit_ok")) if "sleep 0.3" in s.name)
    far = next(s for s in steps_of(buildkit("buildkit_ok", lag_s=lag_s)) if "sleep 0.3" in s.name)
    assert near.started_s is not None
    assert far.started_s == pytest.approx(near.started_s, abs=0.2)


def test_clocks_that_agree_are_not_shifted() -> None:
    status = Status(vertexes=(Vertex(started_s=100.0, completed_s=100.2),))
    assert clock_shift_s(status, 100.7) == 0.0
    assert clock_shift_s(status, 200.2) == pytest.approx(100.0)
    assert clock_shift_s(Status(), 5.0) is None


def test_a_later_message_may_leave_out_what_an_earlier_one_said() -> None:
    progress = TraceProgress(Steps(), sent_at_s=10.0)
    _, messages = recorded("buildkit_ok")
    trace = next(m for _, m in messages if m.get("id") == "moby.buildkit.trace")
    progress.take(trace, 10.0)
    before = steps_of(progress)
    empty = {"id": "moby.buildkit.trace", "aux": base64.b64encode(b"").decode()}
    progress.take(empty, 10.0)
    assert steps_of(progress) == before


def test_lines_come_in_pieces_and_progress_bars_overwrite_themselves() -> None:
    steps = Steps(found={"a": BuildStep("step a"), "b": BuildStep("step b")})
    steps.say("a", "one li")
    steps.say("b", "other\n")
    steps.say("a", "ne\r\n10%\r50%\r100%\n\x1b[31mred\x1b[0m\nno end")
    steps.finish_lines()
    assert steps.log == [
        "--- step b", "other", "--- step a", "one line", "100%", "red", "no end",
    ]  # fmt: skip
    assert steps.tail("a") == ("one line", "100%", "red", "no end")


def test_the_tail_is_bounded() -> None:
    steps = Steps()
    steps.say("a", "".join(f"{number}\n" for number in range(500)))
    assert steps.tail("a")[-1] == "499"
    assert len(steps.tail("a")) == 40
    assert len(steps.log) == 500


@pytest.mark.parametrize(
    ("message", "code"),
    [
        ('process "/bin/sh -c x" did not complete successfully: exit code: 137', 137),
        ("executor failed running [/bin/sh -c exit 3]: exit code: 3", 3),
        ("The command '/bin/sh -c false' returned a non-zero code: 1", 1),
        ("failed to compute cache key: not found", None),
    ],
)
def test_exit_codes_in_the_words_of_several_engines(message: str, code: int | None) -> None:
    assert exit_code_of(message) == code


def test_proxies_of_the_docker_cli_become_build_arguments() -> None:
    settings = {"proxies": {"default": {"httpProxy": "http://proxy:3128", "noProxy": "inside"}}}
    arguments = configured_proxies(settings)
    assert arguments["http_proxy"] == arguments["HTTP_PROXY"] == "http://proxy:3128"
    assert arguments["no_proxy"] == "inside"
    assert configured_proxies({}) == {}


def test_a_cache_that_lost_an_image_meanwhile_is_not_the_dockerfiles_fault() -> None:
    gone = f'unable to find image "sha256:{"b8" * 32}"'
    assert lost_in_cache(BuildFailure("[2/6] COPY Dockerfile /", gone))
    assert not lost_in_cache(BuildFailure("[1/2] FROM x", 'unable to find image "x"'))
    assert not lost_in_cache(BuildFailure("[2/2] RUN x", f"{gone} said the script"))
    assert not lost_in_cache(None)
