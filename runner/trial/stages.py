"""The stages of a trial, one after the other: context, builds, check, sizes."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from itertools import chain
from pathlib import Path

from runner.engine.disk import Room
from runner.engine.port import Builder, Engine
from runner.image.cache import LayerCache
from runner.image.contents.secrets import secret_notes
from runner.image.sizes import measure
from runner.model.deadline import Deadline
from runner.model.errors import EngineError, EngineLostError, ImageError
from runner.model.progress import Progress
from runner.model.project import Proof
from runner.model.record import (
    CheckRecord,
    Sizes,
    Status,
)
from runner.model.start_time import slow
from runner.trial.chain import Chain, repush_bytes
from runner.trial.check import reservations, run_check, started
from runner.trial.check_plan import CheckPlan
from runner.trial.failures import TrialEnded, ended, values_in, without_values
from runner.trial.findings import Found
from runner.trial.floor import floor_of
from runner.trial.healthcheck import healthcheck
from runner.trial.hidden_errors import with_hidden
from runner.trial.outcome import outcome
from runner.trial.plan import MEASURE_LIMIT_S, TrialPlan
from runner.trial.scenario import Scenario
from runner.trial.structure import check_structure

MOST_STARTS = 5
STARTS_S = 15.0
"""How often a container is started whose start seems slow, and for how long at most: on a busy
machine one start says little."""


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

    def run(self, scenarios: Sequence[Scenario]) -> Found:
        """All stages, up to the first that fails; nothing stays behind but what is to be kept.

        The check comes before the sizes: an image that does not pass it has none, and no further
        scenario is built of it. Neither has one of whose scenarios a measurement fails.
        """
        found = Found()
        chain = Chain(
            plan=self.plan,
            engine=self.engine,
            builder=self.builder,
            log_path=self.log_path,
            progress=self.progress,
            deadline=self.deadline,
            found=found,
        )
        try:
            first, *others = scenarios
            chain.build(first)
            found.check = self._run_checks(found)
            found.notes += reservations(found.check)
            sizes = self._measure(found.image_id, with_waste=True)
            found.notes += secret_notes(sizes.secrets)
            self._tell(replace(found, sizes=sizes), others)
            self._build(others, chain, sizes)
            found.sizes = sizes
            self._find_floor(found)
        except TrialEnded as end:
            found.status, found.failure = end.status, end.failure
            if end.status is not Status.measure_failed:
                builds = [result for _, result in chain.finished]
                found.failure = with_hidden(end.failure, builds, chain.index.fault)
        except EngineLostError:
            if not self.engine.answers():
                chain.finished.clear()  # nothing can be removed there: the next run does it
            raise
        finally:
            chain.remove()
        return found

    def _tell(self, found: Found, others: Sequence[Scenario]) -> None:
        """What is known so far, where somebody waits for the first answer."""
        if not self.plan.tells_early or not (others or self.plan.floor):
            return
        came_to = outcome(found, self.plan.reference)
        rest = ", ".join([*(scenario.name for scenario in others), "floor"])
        self.progress.note(
            f"{self.plan.variant.name} passed its check: {came_to}; what follows: {rest}"
        )

    def _build(self, scenarios: Sequence[Scenario], chain: Chain, before: Sizes) -> None:
        """The scenarios after the first, each with what a deploy of its image would send again."""
        for scenario in scenarios:
            result = chain.build(scenario)
            if result is None or not scenario.is_deployed:
                continue
            after = self._measure(result.image_id)
            *others, last = chain.found.scenarios
            sent = repush_bytes(before.layers, after.layers)
            chain.found.scenarios = (*others, replace(last, repush_bytes=sent))
            before = after

    def _run_checks(self, found: Found) -> CheckRecord:
        """The check; where the start is slow next to the reference's, some times more.

        The quickest start counts: other work on the machine makes one longer and never shorter.
        """
        starts = [self._run_check(found.image_id, with_healthcheck=True)]
        quickest = starts[0]
        usual_s = self.plan.reference.healthy_s if self.plan.reference else 0.0
        while (
            slow(quickest.healthy_s, usual_s)
            and len(starts) < MOST_STARTS
            and sum(check.healthy_s for check in starts) < STARTS_S
        ):
            starts.append(self._run_check(found.image_id))
            quickest = min(starts, key=lambda check: check.healthy_s)
        if len(starts) > 1:
            note = f"healthy after: the quickest of {len(starts)} starts, as the first was slow"
            found.notes += (note,)
        return replace(quickest, healthcheck=starts[0].healthcheck)

    def _run_check(self, image_id: str, *, with_healthcheck: bool = False) -> CheckRecord:
        self.progress.detail("check: starting the container")
        room = Room(self.engine)
        try:
            with (
                room,
                started(
                    self.engine, image_id, self.check, variant=self.plan.variant_id
                ) as container,
                room.looked_at_end(),
            ):
                found = run_check(container, self.check, container.started_s)
                if with_healthcheck and self.check.proof is not Proof.exit_code:
                    found = replace(found, healthcheck=healthcheck(container))
            check_structure(self.engine, image_id, self.check.structure)
            return found
        except TrialEnded as end:
            room.require("the check failed", end.failure.words)
            files = self.check.secrets.values()
            told = [*self.check.environment.values(), *files, *chain(*map(values_in, files))]
            raise without_values(end, told) from end
        except EngineLostError:
            raise
        except EngineError as error:
            raise ended(Status.check_failed, "check: start", str(error)) from error

    def _measure(self, image_id: str, *, with_waste: bool = False) -> Sizes:
        self.progress.detail("measuring the layers")
        try:
            with self.engine.bounded(self.deadline, MEASURE_LIMIT_S):
                return measure(
                    self.engine,
                    image_id,
                    self.plan.base.diff_ids,
                    self.layers,
                    with_waste=with_waste,
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
