"""Runs an experiment: its variants one after the other, skipping what this engine has measured.

One `Bench` lives as long as the command: with `-m` Hydra hands it one job after the other, and they
share the engine, the base images and the materialised project.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from runner.engine.connect import Preference
from runner.model.errors import ConstraintError
from runner.model.paths import CachePaths, ResultPaths
from runner.model.project import Project
from runner.model.record import Record, Status
from runner.recipe import constraints
from runner.store.atomic import write_text
from runner.store.records import RecordStore
from runner.sweep.app import Job
from runner.sweep.plan import PlannedVariant, plan
from runner.sweep.progress import SweepProgress
from runner.sweep.ready import ReadyVariant, ready, write_dockerfile
from runner.sweep.tracing import traced_paths
from runner.sweep.workshop import Workshop, project_check, project_source
from runner.trial.ended import TrialEnded
from runner.trial.run import TrialPlan, record_of_end, run_trial

TAIL_LINES = 10
"""How much of a failed variant's log is shown at once; its record has more."""


@dataclass(frozen=True)
class Refusal:
    """A variant whose levels contradict each other."""

    name: str
    reason: str


class Bench:
    """Measures what it is asked to, and remembers how that ended."""

    def __init__(self, progress: SweepProgress, cache: CachePaths | None = None) -> None:
        self.progress = progress
        self.cache = cache or CachePaths.default()
        self.workshop: Workshop | None = None
        self.touched: list[ResultPaths] = []
        self.refused: list[Refusal] = []
        self.failed: list[Record] = []
        self._told = 0

    def run(self, job: Job) -> None:
        """Measure every variant of one job.

        Levels that contradict each other are refused and remembered; with `-m` the other variants
        of the product go on. Raises `DockbenchError` for what makes going on pointless.
        """
        config = job.config
        planned = plan(config, job.overrides, job.compose)
        if refusal := first_refusal(planned):
            self.refused.append(refusal)
            return
        for variant in planned:
            check_project(variant.config.project)
        workshop = self.open(config.engine.prefer.value)
        self.tell_refusals()
        results = ResultPaths(Path(config.run.results))
        store = RecordStore(results)
        write_text(results.experiment, job.resolved_yaml)
        variants = self.prepare(workshop, planned)
        if variants and results not in self.touched:
            self.touched.append(results)
        self.measure(variants, store, results, config.run.fresh)

    def finish(self) -> None:
        """Raise `ConstraintError` if nothing at all could be measured; else tell what was not."""
        if self.refused and not self.touched:
            first, *others = self.refused
            if others:
                raise ConstraintError(
                    f"all {len(self.refused)} combinations contradict themselves; the first,"
                    f" {first.name}: {first.reason}"
                )
            raise ConstraintError(first.reason)
        self.tell_refusals()

    def tell_refusals(self) -> None:
        """Say what is skipped, each once."""
        for refusal in self.refused[self._told :]:
            self.progress.note(f"skipped {refusal.name}: {refusal.reason}")
        self._told = len(self.refused)

    def open(self, prefer: Preference) -> Workshop:
        """The workshop of this command: connects to the engine the first time."""
        if self.workshop is None:
            self.workshop = Workshop.open(self.progress, self.cache, prefer)
        return self.workshop

    def prepare(self, workshop: Workshop, planned: list[PlannedVariant]) -> list[ReadyVariant]:
        """Bases present, project materialised, Dockerfiles rendered: all before any clock.

        A variant that needs a trace where none can be made is refused; the others go on.
        """
        variants = []
        for variant in planned:
            base = workshop.base(variant.config.base)
            project = workshop.project(variant.config.project)
            paths: Sequence[str] = ()
            untraced = None
            if variant.config.prune.trace:
                try:
                    paths = traced_paths(variant, base, workshop)
                except ConstraintError as error:
                    self.refused.append(Refusal(variant.name, str(error)))
                    continue
                except TrialEnded as end:
                    untraced = end
            item = ready(variant, base, project.digest, paths)
            variants.append(replace(item, untraced=untraced))
        self.tell_refusals()
        return variants

    def measure(
        self,
        variants: list[ReadyVariant],
        store: RecordStore,
        results: ResultPaths,
        fresh: bool,
    ) -> None:
        """Run a trial of each variant that is not done yet; every record is written at once."""
        assert self.workshop is not None
        todo = [item for item in variants if fresh or not self.is_done(item, store)]
        if len(todo) < len(variants):
            self.progress.note(
                f"{len(variants) - len(todo)} of {len(variants)} measured on this engine before;"
                " run.fresh=true measures them again"
            )
        expected_s = {item.variant.name: store.typical_s(item.variant.name) for item in todo}
        for index, item in enumerate(todo):
            left = [expected_s[later.variant.name] for later in todo[index:]]
            left_s = sum(filter(None, left)) if all(left) else None
            self.progress.overall(results.root.name, index, len(todo), left_s)
            record = self.trial(item, results, expected_s[item.variant.name])
            store.write(record)
            if record.status is not Status.ok:
                self.failed.append(record)
                self.tell_failure(record, results)

    def tell_failure(self, record: Record, results: ResultPaths) -> None:
        """Say at once how a variant failed, with the last lines that it printed."""
        failure = record.failure
        assert failure is not None
        status = record.status.value.replace("_", " ")
        self.progress.note(f"{record.name}: {status} in {failure.step}: {failure.message}")
        for line in failure.log_tail[-TAIL_LINES:]:
            self.progress.note(f"  | {line}")
        log = results.build_log(record.variant_id, record.provenance.engine.id, record.trial)
        if log.is_file():
            self.progress.note(f"  whole build log: {log}")

    def is_done(self, item: ReadyVariant, store: RecordStore) -> bool:
        """Whether this engine has measured the variant, on this base, with this builder."""
        assert self.workshop is not None
        return store.has(
            variant_id=item.variant_id,
            engine_id=self.workshop.info.id,
            base_digest=item.base.digest,
            builder=item.planned.config.builder.value,
        )

    def trial(self, item: ReadyVariant, results: ResultPaths, expected_s: float | None) -> Record:
        """One trial, with its Dockerfile left in the result folder."""
        assert self.workshop is not None
        write_dockerfile(item, results)
        config = item.planned.config
        engine, builder = self.workshop.engine, self.workshop.builder(config.builder)
        plan = TrialPlan(
            variant=item.variant,
            variant_id=item.variant_id,
            experiment=config.experiment.name,
            project=config.project,
            repository=self.workshop.project(config.project).root,
            base=item.base,
            seed=config.run.seed,
            build_timeout_s=config.run.build_timeout_s,
            keep_image=config.run.keep_images,
            expected_s=expected_s,
        )
        if item.untraced is not None:
            return record_of_end(plan, engine, builder, item.untraced)
        return run_trial(plan, engine, builder, results, self.cache, self.progress)

    def close(self) -> None:
        """Let go of the engine; an embedded one keeps running for the next command."""
        if self.workshop is not None:
            self.workshop.close()


def first_refusal(planned: Sequence[PlannedVariant]) -> Refusal | None:
    """The first variant whose levels contradict each other; raises `ConfigError` for bad values."""
    for variant in planned:
        config = variant.config
        try:
            constraints.check(config.levels(), config.project, config.builder)
        except ConstraintError as error:
            step = f"step {variant.name}: " if variant.step is not None else ""
            return Refusal(variant.name, f"{step}{error}")
    return None


def check_project(project: Project) -> None:
    """Raise `ProjectError` for a project that lacks its sources or its check, before any work."""
    project_source(project)
    project_check(project)
