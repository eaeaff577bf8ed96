"""The builds of a trial: a chain of scenarios, each on the cache that the one before it left."""

from __future__ import annotations

import secrets
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from runner.dockerfile.document import DockerfileError, Document
from runner.engine.built_images import remove_built
from runner.engine.port import Builder, Engine
from runner.model.deadline import Deadline
from runner.model.engine import BuilderName, BuildRequest, BuildResult, BuildStep
from runner.model.errors import StoreError
from runner.model.progress import Progress
from runner.model.record import LayerRecord, ScenarioRecord, Status
from runner.model.redact import redacted
from runner.recipe.packing import PackedContext
from runner.trial.cache_mounts import with_own_ids
from runner.trial.failures import build_ended, ended
from runner.trial.findings import Found
from runner.trial.hidden_errors import hidden_failure, went_on
from runner.trial.index_answer import ANSWERS, IndexState, index_of, index_state
from runner.trial.log import write_log
from runner.trial.plan import TrialPlan
from runner.trial.scenario import Prepared, Scenario, Start


@dataclass
class Chain:
    """Builds one scenario after the other; what it finds it puts into `found`."""

    plan: TrialPlan
    engine: Engine
    builder: Builder
    log_path: Path
    progress: Progress
    deadline: Deadline
    found: Found
    finished: list[tuple[str, BuildResult]] = field(default_factory=list)
    index: IndexState = ANSWERS
    """How the package index answered after the last build."""
    context: PackedContext | None = None
    """What the build before has sent, and the next one begins with."""

    def build(self, scenario: Scenario) -> BuildResult | None:
        """Build a scenario and prove that it started from the state it should; None if it does not
        apply to the variant. Raises `TrialEnded` for a build that fails, and for a time that would
        be that of something else."""
        prepared = self._prepared(scenario)
        if prepared is None:
            return None
        result = self._built(scenario, prepared)
        if why := self._again(prepared, result):
            # Made ready anew: what the first build left in the cache is not what this one may find.
            self.progress.note(f"{why}: building once more")
            prepared = self._prepared(scenario)
            assert prepared is not None, "it was not left out before"
            result = self._built(scenario, prepared)
        if self.found.context is None:
            self.found.context = prepared.context.record()
            self.found.image_id = result.image_id
        self._keep_log()
        self._require_success(scenario, prepared, result)
        if not self.found.scenarios and (hidden := hidden_failure(result.log)):
            self.found.notes += (went_on(hidden),)
        steps = tuple(map(_without_secrets, result.steps))
        edited = prepared.edited
        self.found.scenarios += (
            ScenarioRecord(scenario.name, result.duration_s, steps, edited=edited),
        )
        if scenario.stays:
            self.context = prepared.context
        return result

    def _prepared(self, scenario: Scenario) -> Prepared | None:
        """The build of a scenario, with a fresh nonce; None, and told, if it does not apply."""
        prepared = scenario.prepare(self._start())
        if isinstance(prepared, Prepared):
            return prepared
        self.found.left_out[scenario.name] = prepared.reason
        if prepared.is_told:
            self.found.notes += (f"{scenario.name} left out: {prepared.reason}",)
        return None

    def _built(self, scenario: Scenario, prepared: Prepared) -> BuildResult:
        self.progress.detail(f"{scenario.name}: sending the build context")
        result = self.builder.build(self._request(prepared), self._on_step)
        self.finished.append((scenario.name, result))
        self.index = self._index(result)
        return result

    def _again(self, prepared: Prepared, result: BuildResult) -> str:
        """Why a build has to be made a second time; empty if it need not. One without a cache was,
        if the engine was silent through it: that is the same build at any time."""
        if self.index.recovered:
            return "the package index answers again"
        has_time = self.deadline.left_s > 2 * result.duration_s
        if result.silent_s and result.failure is None and not prepared.no_cache and has_time:
            return f"the engine did not answer for {result.silent_s:.0f} s"
        return ""

    def _index(self, result: BuildResult) -> IndexState:
        """How the index answers for a package that the build did not find there, also where a step
        went on after that."""
        log: Sequence[str] = ()
        if result.failure is not None and result.failure.exit_code is not None:
            log = result.failure.log_tail or result.log
        elif result.failure is None and (hidden := hidden_failure(result.log)):
            log = hidden.log_tail
        return index_state(log, index_of(self.plan.variant.levels))

    def remove(self) -> None:
        """Remove the images of all builds, but for one that is to be kept: the cold build's."""
        for _, result in self.finished:
            if not (self.plan.keep_image and result.image_id == self.found.image_id):
                remove_built(self.engine, result)

    def _require_success(self, scenario: Scenario, prepared: Prepared, result: BuildResult) -> None:
        if result.failure is not None:
            raise build_ended(result, self.index.fault)
        if result.silent_s:
            self.found.notes += (unsteady(scenario.name, result.silent_s),)
        classic = self.builder.name is BuilderName.classic
        if problem := prepared.violation(result.steps, classic=classic):
            raise ended(Status.measure_failed, f"scenario: {scenario.name}", problem, result.log)

    def _start(self) -> Start:
        if self.context is None:
            self.progress.detail("listing the build context")
            self.context = self._first_context()
        return Start(
            context=self.context,
            dockerfile=self.context.own[self.context.dockerfile],
            project=self.plan.project,
            levels=self.plan.variant.levels,
            root=self.plan.variant.recipe.context,
            nonce=secrets.token_hex(8),
        )

    def _first_context(self) -> PackedContext:
        """As it is sent by the cold build: cache mounts of an engine that is not ours get ids of
        our own, since a cold build empties them."""
        context = self.plan.packed(self.builder.name)
        if self.engine.info().kind == "embedded":
            return context
        try:
            text = with_own_ids(Document(context.own[context.dockerfile])).text
        except DockerfileError:
            return context  # the builder will say what is wrong with it
        return context.edited({}, {context.dockerfile: text})

    def _request(self, prepared: Prepared) -> BuildRequest:
        """The first build gives the variant's image its name; no later one takes it away."""
        return self.plan.request(
            prepared.context,
            tag=self.plan.tag if self.found.context is None else "",
            no_cache=prepared.no_cache,
            timeout_s=self.deadline.limit_s(self.plan.build_timeout_s),
        )

    def _on_step(self, step: BuildStep) -> None:
        if step.started_s is not None and step.completed_s is None:
            self.progress.detail(redacted(step.name))

    def _keep_log(self) -> None:
        """A log that cannot be written is told, and costs nothing else."""
        try:
            write_log(self.log_path, self.plan, self.finished)
        except StoreError as error:
            self.progress.note(f"the build log was not written: {error}")


def unsteady(scenario: str, silent_s: float) -> str:
    """What a reader has to know of a build that was measured twice, both times in vain."""
    return (
        f"{scenario} build: the engine did not answer for {silent_s:.0f} s, its time is longer than"
        " the build took"
    )


def repush_bytes(before: Iterable[LayerRecord], after: Iterable[LayerRecord]) -> int:
    """Compressed bytes of the layers that the image before does not have, by diff_id: what every
    deploy uploads and every host downloads again. A layer that is there twice is sent once."""
    known = {layer.diff_id for layer in before}
    sent = {layer.diff_id: layer.compressed_bytes for layer in after}
    return sum(size for diff_id, size in sent.items() if diff_id not in known)


def _without_secrets(step: BuildStep) -> BuildStep:
    return BuildStep(
        redacted(step.name),
        step.started_s,
        step.completed_s,
        step.cached,
        redacted(step.error),
    )
