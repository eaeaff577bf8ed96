"""Runs an experiment: its variants one after the other, skipping what this engine has measured.

One `Bench` lives as long as the command: Hydra hands it one job after the other (several with
`-m`), it plans them, and then measures all as one sweep. They share the engine, the base images and
the materialised projects.
"""

from __future__ import annotations

from collections.abc import Hashable, Sequence

from runner.engine.connect import Preference
from runner.model.errors import BaseError, ConstraintError
from runner.model.paths import CachePaths, ResultPaths
from runner.model.project import Project
from runner.model.record import Record, Status
from runner.store.atomic import write_text
from runner.store.records import RecordStore
from runner.sweep.app import Job
from runner.sweep.plan import PlannedVariant, plan
from runner.sweep.progress import SweepProgress
from runner.sweep.ready import ReadyVariant, ready, without_base, write_dockerfile
from runner.sweep.refusals import Refusal, first_refusal, no_base, nothing_but
from runner.sweep.resolved import PlannedJob, resolved
from runner.sweep.tracing import traced_paths
from runner.sweep.workshop import Workshop, project_check, project_source
from runner.trial.ended import TrialEnded
from runner.trial.run import TrialPlan, record_of_end, run_trial

TAIL_LINES = 10
"""How much of a failed variant's log is shown at once; its record has more."""


class Bench:
    """Measures what it is asked to, and remembers how that ended."""

    def __init__(self, progress: SweepProgress, cache: CachePaths | None = None) -> None:
        self.progress = progress
        self.cache = cache or CachePaths.default()
        self.workshop: Workshop | None = None
        self.jobs: list[PlannedJob] = []
        self.touched: list[ResultPaths] = []
        self.refused: list[Refusal] = []
        self.failed: list[Record] = []
        self._stores: dict[ResultPaths, RecordStore] = {}
        self._told = 0

    def plan(self, job: Job) -> None:
        """Take in what one job asks for; `run` measures it.

        Levels that contradict each other are refused and remembered; with `-m` the other variants
        of the product go on. Raises `ConfigError` and `ProjectError` for what cannot be asked.
        """
        variants = plan(job.config, job.overrides, job.compose)
        if refusal := first_refusal(variants):
            self.refused.append(refusal)
            return
        for variant in variants:
            check_project(variant.config.project)
        self.jobs.append(PlannedJob(job.config, job.overrides, job.resolved_yaml, variants))

    def run(self) -> None:
        """Measure every variant of every job, those that are not done yet.

        Raises `ConstraintError` or `BaseError` if nothing at all could be measured: then nothing is
        written. Raises another `DockbenchError` for what makes going on pointless.
        """
        if self.jobs:
            workshop = self.open(self.jobs[0].config.engine.prefer.value)
            self.tell_refusals()
            variants = [item for job in self.jobs for item in self.prepare(workshop, job.variants)]
            self.measure(self.distinct(variants))
        if self.refused and not self.touched:
            raise nothing_but(self.refused)

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

    def prepare(self, workshop: Workshop, planned: Sequence[PlannedVariant]) -> list[ReadyVariant]:
        """Bases present, project materialised, Dockerfiles rendered: all before any clock.

        A variant that needs a trace where none can be made is refused; the others go on.
        """
        variants = []
        for variant in planned:
            try:
                variants.append(self.prepared(workshop, variant))
            except ConstraintError as error:
                self.refused.append(Refusal(variant.name, str(error)))
        self.tell_refusals()
        return variants

    def prepared(self, workshop: Workshop, variant: PlannedVariant) -> ReadyVariant:
        """One variant, ready to be built, or with what prevents that."""
        try:
            base = workshop.base(variant.config.base)
        except BaseError as error:
            return without_base(variant, workshop, error)
        if not variant.config.prune.trace:
            return ready(variant, base, workshop)
        try:
            return ready(variant, base, workshop, traced_paths(variant, base, workshop))
        except TrialEnded as end:
            return ready(variant, base, workshop, end=end)

    def distinct(self, variants: Sequence[ReadyVariant]) -> list[ReadyVariant]:
        """Each variant once, whatever it is called; steps of a path are all kept."""
        kept: dict[Hashable, ReadyVariant] = {}
        for item in variants:
            step = item.variant.name if item.variant.step is not None else ""
            same = kept.setdefault((item.results, step, item.key), item)
            if same is not item:
                self.progress.note(
                    f"{item.variant.name} is the same variant as {same.variant.name}"
                )
        return list(kept.values())

    def measure(self, variants: Sequence[ReadyVariant]) -> None:
        """Run a trial of each variant that is not done yet; every record is written at once.

        Raises `BaseError` if none of them has a base.
        """
        assert self.workshop is not None
        if error := no_base(variants):
            raise error
        self.write_configurations(variants)
        todo = [item for item in variants if not self.is_done(item)]
        if len(todo) < len(variants):
            self.progress.note(
                f"{len(variants) - len(todo)} of {len(variants)} measured on this engine before;"
                " run.fresh=true measures them again"
            )
        expected_s = [self.expected_s(item) for item in todo]
        for index, item in enumerate(todo):
            known = [left_s for left_s in expected_s[index:] if left_s is not None]
            left_s = sum(known) if len(known) == len(todo) - index else None
            self.progress.overall(item.results.root.name, index, len(todo), left_s)
            record = self.trial(item, item.results, expected_s[index])
            self.store(item.results).write(record)
            self.workshop.ledger.settle()
            if record.status is not Status.ok:
                self.failed.append(record)
                self.tell_failure(record, item.results)

    def write_configurations(self, variants: Sequence[ReadyVariant]) -> None:
        """Leave in each result folder what was asked for."""
        for results in dict.fromkeys(item.results for item in variants):
            jobs = [job for job in self.jobs if job.results == results]
            write_text(results.experiment, resolved(jobs))
            self.touched.append(results)

    def expected_s(self, item: ReadyVariant) -> float | None:
        """How long its trial should take, by those before; None if there was none."""
        if item.end is not None:
            return 0.0
        return self.store(item.results).typical_s(item.variant.name, item.variant_id)

    def store(self, results: ResultPaths) -> RecordStore:
        """The records of a result folder."""
        return self._stores.setdefault(results, RecordStore(results))

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

    def is_done(self, item: ReadyVariant) -> bool:
        """Whether this engine has measured all that is asked of the variant, on this base, with
        this builder and this check, and nobody wants that again."""
        assert self.workshop is not None
        return not item.planned.config.run.fresh and self.store(item.results).has(
            variant_id=item.variant_id,
            engine_id=self.workshop.info.id,
            base_digest=item.base.digest,
            builder=item.planned.config.builder.value,
            check_digest=item.check_digest,
            floor=item.planned.config.run.floor,
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
            floor=config.run.floor,
            expected_s=expected_s,
        )
        if item.end is not None:
            return record_of_end(plan, engine, builder, item.end)
        return run_trial(plan, engine, builder, results, self.cache, self.progress)

    def close(self) -> None:
        """Let go of the engine; an embedded one keeps running for the next command."""
        if self.workshop is not None:
            self.workshop.close()


def check_project(project: Project) -> None:
    """Raise `ProjectError` for a project that lacks its sources or its check, before any work."""
    project_source(project)
    project_check(project)
