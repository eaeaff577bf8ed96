"""Measures one trial of one variant, unless that is done: below Hydra, for `bench` and `compare`.

What is done is asked under the engine's lock, so two sweeps of the same variants in one directory
share the work.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from contextlib import AbstractContextManager, nullcontext
from dataclasses import replace
from functools import partial
from pathlib import Path

from runner.model.errors import BaseError, ConfigError, ConstraintError, EngineError, StoreError
from runner.model.network import Network
from runner.model.paths import ResultPaths, real
from runner.model.record import Record, Status
from runner.model.redact import redacted
from runner.store.atomic import write_text
from runner.store.records import RecordStore, Wanted
from runner.sweep.config import Config
from runner.sweep.job import failure_line
from runner.sweep.network import is_cached
from runner.sweep.plan import PlannedVariant, planned
from runner.sweep.prepare import ReadyVariant, ready, without_base, write_dockerfile
from runner.sweep.process import Process
from runner.sweep.rejections import first_refusal
from runner.sweep.session import Session, check_project, project_source
from runner.sweep.tracing import opened_unpruned
from runner.trial.engine_lock import turn
from runner.trial.failures import TrialEnded
from runner.trial.plan import TrialPlan
from runner.trial.run import record_of_end, run_trial
from runner.trial.scenario import CHAIN
from runner.trial.warm import warm

TAIL_LINES = 10
"""How much of a failed variant's log is shown at once; its record has more."""


def prepared(session: Session, variant: PlannedVariant) -> ReadyVariant:
    """One variant, its base present, its project materialised, its Dockerfile rendered: ready to
    be built, or with what prevents that.

    Raises `ConstraintError` for one that needs a trace where none can be made.
    """
    try:
        base = session.base(variant.config.base)
    except BaseError as error:
        return without_base(variant, session, error)
    if not variant.config.prune.trace:
        return ready(variant, base, session)
    try:
        return ready(variant, base, session, opened_unpruned(variant, base, session))
    except TrialEnded as end:
        return ready(variant, base, session, end=end)


def wanted(item: ReadyVariant, session: Session, trial: int) -> Wanted:
    """What must have been measured for a trial to be done."""
    config = item.planned.config
    return Wanted(
        variant_id=item.variant_id,
        engine_id=session.info.id,
        base_digest=item.base.digest,
        builder=config.builder.value,
        check_digest=item.check_digest,
        floor=config.run.floor,
        trial=trial,
        scenarios=tuple(config.scenarios),
        network=network_of(item, session).mode,
    )


def is_done(item: ReadyVariant, session: Session, store: RecordStore, trial: int = 0) -> bool:
    """Whether this engine has measured all that is asked of a trial, on this base, with this
    builder and this check, and nobody wants that again; a step has a record of its own."""
    if item.planned.config.run.fresh:
        return False
    done = store.find(wanted(item, session, trial))
    variant = item.variant
    return done is not None and (variant.step is None or done.name == variant.name)


def measure(
    item: ReadyVariant,
    session: Session,
    process: Process,
    trial: int = 0,
    inside: AbstractContextManager[object] | None = None,
) -> Record:
    """The record of a trial: the one that is there, or that of a trial run now and written. What is
    to go on `inside` begins once the engine is ours.

    Raises `EngineError` and `StoreError` for what makes measuring anything pointless; then the
    process remembers it, and every later trial raises it at once.
    """
    if process.fatal is not None:
        raise process.fatal
    config = item.planned.config
    expected_s = process.begin(item.results.root.name)
    store, asked = RecordStore(item.results), wanted(item, session, trial)
    try:
        write_dockerfile(item, item.results)
        process.touch(item.results)
        with (
            turn(process.cache, session.info.id, process.progress, config.run.wait_s),
            inside or nullcontext(),
        ):
            done = None if config.run.fresh else store.find(asked)
            record = (
                _its_own(item, done) if done else _run(item, session, process, trial, expected_s)
            )
            if record is not done:
                store.write(record)
                session.ledger.settle()
    except (EngineError, StoreError) as error:
        process.fatal = error
        raise
    if record.status is not Status.ok:
        _tell_failure(record, item.results, process)
    return record


def run_one(
    config: Config,
    overrides: Sequence[str],
    process: Process,
    describe: Callable[[], str] | None = None,
) -> Record:
    """What one job does: measure the trial that a configuration, composed of these overrides, asks
    for. `describe` gives what is left in the result directory as experiment.yaml.

    Raises `ConstraintError` for levels that contradict each other, and as `measure` does.
    """
    variant = planned(config, overrides)
    if refusal := first_refusal([variant]):
        raise ConstraintError(refusal.reason)
    check_project(config.project)
    results = ResultPaths(Path(config.run.results))
    refuse_results_inside(results, variant)
    session = process.session(config.engine.prefer.value)
    item = prepared(session, variant)
    if describe is not None:
        write_text(results.experiment, redacted(describe()), results.root)
    return measure(item, session, process, config.job.trial)


def _its_own(item: ReadyVariant, done: Record) -> Record:
    """The record itself; of a step of a path that builds the same as another one, a copy with the
    step's name: it is not built twice, and has its row all the same."""
    variant = item.variant
    if variant.step is None or (done.step, done.name) == (variant.step, variant.name):
        return done
    return replace(
        done,
        name=variant.name,
        step=variant.step,
        about=variant.about,
        changed=variant.changed,
        varied=variant.varied,
        original_bytes=variant.original_bytes,
        notes=(*done.notes, f"the same image as {done.name}: not built a second time"),
    )


def _run(
    item: ReadyVariant, session: Session, process: Process, trial: int, expected_s: float | None
) -> Record:
    config = item.planned.config
    engine, builder = session.engine, session.builder(config.builder)
    network = network_of(item, session)
    plan = TrialPlan(
        variant=item.variant,
        variant_id=item.variant_id,
        experiment=config.experiment.name,
        project=config.project,
        repository=session.project(config.project).root,
        base=item.base,
        trial=trial,
        seed=config.run.seed,
        tags=tuple(config.tags),
        network=network,
        build_timeout_s=config.run.build_timeout_s,
        keep_image=config.run.keep_images,
        floor=config.run.floor,
        expected_s=expected_s,
        reference=process.reference,
        tells_early=process.tells_early,
    )
    if item.end is not None:
        return record_of_end(plan, engine, builder, item.end)
    proxied = session.proxied
    unfetched = needs_warming(item, session, network)
    if unfetched and warm(plan, engine, builder, process.progress):
        proxied.warmed.add(item.variant_id, item.base.digest)
    chain = [scenario for scenario in CHAIN if scenario.name in config.scenarios]
    measured = partial(
        run_trial,
        engine=engine,
        builder=builder,
        results=item.results,
        cache=process.cache,
        progress=process.progress,
        chain=chain,
    )
    record = measured(plan)
    if record.status is Status.ok or network.mode != "cached" or not proxied.died():
        return record
    # That the proxy died during it is no fault of the variant.
    return measured(replace(plan, network=network_of(item, session)))


def needs_warming(item: ReadyVariant, session: Session, network: Network) -> bool:
    """Whether an untimed build has to fetch what the variant installs before a timed one."""
    warmed = session.proxied.warmed
    return network.mode == "cached" and not warmed.has(item.variant_id, item.base.digest)


def network_of(item: ReadyVariant, session: Session) -> Network:
    """How the variant's builds reach package indexes."""
    config = item.planned.config
    asked = is_cached(config.network, config.run.trials, tuple(config.scenarios))
    if not asked or item.end is not None or not item.variant.recipe.default_base:
        return Network()
    return session.proxied.network(item.base, item.variant.recipe.dockerfile)


def _tell_failure(record: Record, results: ResultPaths, process: Process) -> None:
    """Say at once how a variant failed, with the last lines that it printed."""
    assert record.failure is not None
    process.progress.note(failure_line(record))
    for line in record.failure.log_tail[-TAIL_LINES:]:
        process.progress.note(f"  | {line}")
    log = results.build_log(record.variant_id, record.provenance.engine.id, record.trial)
    if log.is_file():
        process.progress.note(f"  whole build log: {log}")


def distinct(variants: Sequence[ReadyVariant], process: Process) -> list[ReadyVariant]:
    """Each variant once, whatever it is called; steps of a path are all kept."""
    kept: dict[tuple[object, ...], ReadyVariant] = {}
    for item in variants:
        step = item.variant.name if item.variant.step is not None else ""
        same = kept.setdefault((item.results, step, item.key), item)
        if same is not item:
            process.progress.note(f"{item.variant.name} is the same variant as {same.variant.name}")
    return list(kept.values())


def refuse_results_inside(results: ResultPaths, variant: PlannedVariant) -> None:
    """Raise `ConfigError` for results that would become part of the project that is built."""
    project = variant.config.project
    source = project_source(project).path
    if real(results.root).is_relative_to(source):
        raise ConfigError(
            f"run.results={results.root} lies in the project {project.name}, and would be sent to"
            f" its next build: name another directory (run.results=../results/{project.name})"
        )
