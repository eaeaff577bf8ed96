"""The build log of a trial as a text file: for people, never read back."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path

from runner.model.engine import BuildResult, BuildStep
from runner.model.redact import redacted
from runner.model.text import printable
from runner.store.atomic import write_bytes
from runner.trial.plan import TrialPlan


def write_log(path: Path, plan: TrialPlan, finished: Sequence[tuple[str, BuildResult]]) -> None:
    """Write or replace `RESULTS/logs/…`, the log of the builds so far, in one step: nothing in it
    moves a cursor. Raises `StoreError`."""
    lines = [f"{plan.variant.name} ({plan.variant_id}), trial {plan.trial}"]
    for name, result in finished:
        lines.extend(("", *_build_lines(name, result)))
    text = "".join(f"{printable(redacted(line).expandtabs())}\n" for line in lines)
    write_bytes(path, text.encode(), below=path.parent.parent)


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
