"""The build log of a trial as a text file: for people, never read back."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path

from runner.engine.files import write_atomically
from runner.model.engine import BuildResult, BuildStep
from runner.model.redact import redacted
from runner.trial.plan import TrialPlan


def write_log(path: Path, plan: TrialPlan, finished: Sequence[tuple[str, BuildResult]]) -> None:
    """Write or replace the log of the builds so far, in one step; raises `OSError`."""
    lines = [f"{plan.variant.name} ({plan.variant_id}), trial {plan.trial}"]
    for name, result in finished:
        lines.extend(("", *_build_lines(name, result)))
    text = "\n".join(map(redacted, lines)) + "\n"
    write_atomically(path, text.encode(errors="replace"))


def _build_lines(name: str, result: BuildResult) -> Iterator[str]:
    yield f"== {name}: {result.duration_s:.2f} s"
    yield from map(_step_line, result.steps)
    yield ""
    yield from result.log
    if result.failure is not None:
        yield ""
        yield f"failed in {result.failure.step or 'the build'}: {result.failure.message}"


def _step_line(step: BuildStep) -> str:
    if step.started_s is None or step.completed_s is None:
        took = "not completed"
    else:
        took = f"{step.completed_s - step.started_s:.2f} s"
    flag = " (cached)" if step.cached else ""
    return f"{took:>13}{flag}  {step.name}"
