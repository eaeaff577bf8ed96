"""The stages of a trial, one after the other: context, builds, check, sizes."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from runner.engine.built_images import remove_built
from runner.engine.containers import run_container
from runner.engine.describe import answers
from runner.engine.disk import is_full
from runner.engine.limits import bounded
from runner.engine.port import Builder, Engine
from runner.image.cache import LayerCache
from runner.image.sizes import measure
from runner.model.deadline import Deadline
from runner.model.engine import BuildRequest, BuildResult, BuildStep
from runner.model.errors import EngineError, EngineLostError, ImageError, StoreError
from runner.model.progress import Progress
from runner.model.record import (
    CheckRecord,
    ContextRecord,
    Failure,
    FloorRecord,
    ScenarioRecord,
    Sizes,
    Status,
)
from runner.model.redact import redacted
from runner.recipe.packing import PackedContext, pack_context
from runner.trial.check import CheckPlan, reservations, run_check
from runner.trial.ended import TrialEnded, build_ended, disk_full, ended
from runner.trial.floor import floor_of
from runner.trial.log import write_log
from runner.trial.plan import MEASURE_LIMIT_S, TrialPlan
from runner.trial.scenario import Scenario


@dataclass
class Found:
    """What a trial has found so far; it goes into the record however the trial ends."""

    context: ContextRecord | None = None
    image_id: str = ""
    scenarios: tuple[ScenarioRecord, ...] = ()
    check: CheckRecord | None = None
    sizes: Sizes | None = None
    floor: FloorRecord | None = None
    notes: tuple[str, ...] = ()
    status: Status = Status.ok
    failure: Failure | None = None


@dataclass(frozen=True)
class Stages:
    """One trial's stages, and all that they need."""

    plan: TrialPlan
    engine: Engine
    builder: Builder
    check: CheckPlan
    layers: LayerCache
    log_path: Path
    progress: Progress
    deadline: Deadline
    """By when the whole trial has to be over."""

    def run(self, chain: Sequence[Scenario]) -> Found:
        """All stages, up to the first that fails; nothing stays behind but what is to be kept.

        The check comes before the sizes: an image that does not pass it has none.
        """
        found = Found()
        finished: list[tuple[str, BuildResult]] = []
        try:
            context = self._context()
            self._build(chain, context, found, finished)
            found.check = self._run_check(found.image_id)
            found.notes += reservations(found.check)
            found.sizes = self._measure(found.image_id)
            self._find_floor(found)
        except TrialEnded as end:
            found.status, found.failure = end.status, end.failure
        except EngineLostError:
            if not answers(self.engine.client):
                finished.clear()  # nothing can be removed there: the next run does it
            raise
        finally:
            if not self.plan.keep_image:
                for _, result in finished:
                    remove_built(self.engine, result)
        return found

    def _context(self) -> PackedContext:
        self.progress.detail("listing the build context")
        recipe = self.plan.variant.recipe
        return pack_context(
            self.plan.context_root,
            recipe.dockerignore,
            recipe.dockerfile,
            recipe.files,
            dockerfile_path=recipe.dockerfile_path,
            builder=self.builder.name,
        )

    def _build(
        self,
        chain: Sequence[Scenario],
        context: PackedContext,
        found: Found,
        finished: list[tuple[str, BuildResult]],
    ) -> None:
        """Every scenario of the chain, each put with those that have `finished`; an image counts
        only if its build was what it should be."""
        request = self._request(context)
        for scenario in chain:
            self.progress.detail("sending the build context")
            result = self.builder.build(scenario.request(request), self._on_step)
            found.context = context.record()
            finished.append((scenario.name, result))
            found.image_id = result.image_id or found.image_id
            self._keep_log(finished)
            disk_is_full = is_full(self.engine)
            if result.failure is not None:
                raise build_ended(result, disk_is_full)
            if disk_is_full:
                raise disk_full("the build came to an end, but may have left something out")
            if problem := scenario.violation(result.steps):
                raise ended(
                    Status.measure_failed, f"scenario: {scenario.name}", problem, result.log
                )
            steps = tuple(map(_without_secrets, result.steps))
            found.scenarios += (ScenarioRecord(scenario.name, result.duration_s, steps),)

    def _request(self, context: PackedContext) -> BuildRequest:
        return BuildRequest(
            context=context,
            dockerfile=context.dockerfile,
            tag=self.plan.tag,
            build_args=self.plan.build_args,
            labels=self.plan.labels,
            timeout_s=self.deadline.limit_s(self.plan.build_timeout_s),
        )

    def _run_check(self, image_id: str) -> CheckRecord:
        self.progress.detail("check: starting the container")
        try:
            with run_container(
                self.engine,
                image_id,
                variant=self.plan.variant_id,
                port=self.check.port,
                confinement=self.check.confinement,
            ) as container:
                return run_check(container, self.check, container.started_s)
        except EngineLostError:
            raise
        except EngineError as error:
            raise ended(Status.check_failed, "check: start", str(error)) from error

    def _measure(self, image_id: str) -> Sizes:
        self.progress.detail("measuring the layers")
        try:
            with bounded(self.engine, self.deadline, MEASURE_LIMIT_S):
                return measure(
                    self.engine, image_id, self.plan.base.diff_ids, self.layers, with_waste=True
                )
        except EngineLostError:
            raise
        except (ImageError, EngineError) as error:
            raise ended(Status.measure_failed, "measure", str(error)) from error

    def _find_floor(self, found: Found) -> None:
        """Where it cannot be told which files are opened, or nobody asked, a note says so."""
        reason = "run.floor=false"
        if self.plan.floor:
            self.progress.detail("floor: the check again, watching which files are opened")
            found.floor, reason = floor_of(
                self.engine, found.image_id, self.check, self.plan.variant_id
            )
        if reason:
            found.notes += (f"floor not measured: {reason}",)

    def _on_step(self, step: BuildStep) -> None:
        if step.started_s is not None and step.completed_s is None:
            self.progress.detail(redacted(step.name))

    def _keep_log(self, finished: Sequence[tuple[str, BuildResult]]) -> None:
        """A log that cannot be written is told, and costs nothing else."""
        try:
            write_log(self.log_path, self.plan, finished)
        except StoreError as error:
            self.progress.note(f"the build log was not written: {error}")


def _without_secrets(step: BuildStep) -> BuildStep:
    return BuildStep(
        redacted(step.name),
        step.started_s,
        step.completed_s,
        step.cached,
        redacted(step.error),
    )
