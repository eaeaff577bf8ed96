"""Runs one trial (builds, check, sizes) and makes a record of it, also of one that fails."""

from __future__ import annotations

import hashlib
import time
from collections.abc import Sequence

from runner.engine.connection_loss import cleared_if_lost
from runner.engine.port import Builder, Engine
from runner.image.cache import LayerCache
from runner.model.deadline import Deadline
from runner.model.engine import EngineInfo
from runner.model.paths import CachePaths, ResultPaths
from runner.model.progress import Progress
from runner.model.record import BaseRecord, Provenance, Record
from runner.trial.check_plan import read_check
from runner.trial.failures import TrialEnded
from runner.trial.findings import Found
from runner.trial.outcome import outcome
from runner.trial.plan import TrialPlan
from runner.trial.provenance import provenance
from runner.trial.scenario import COLD_ONLY, Scenario, from_cold
from runner.trial.stages import Stages

__all__ = ["TrialPlan", "run_trial"]


def run_trial(
    plan: TrialPlan,
    engine: Engine,
    builder: Builder,
    results: ResultPaths,
    cache: CachePaths,
    progress: Progress,
    chain: Sequence[Scenario] = COLD_ONLY,
) -> Record:
    """Build, check and measure one variant; the caller holds the engine's lock (`trial.turn`).

    A variant that fails is a record with status and failure. Raises `EngineLostError` when the
    engine is gone, `ProjectError` when files of the project cannot be read. Whatever is raised,
    Ctrl-C included, no container of the trial is left; what an engine leaves that is not ours and
    dies, it has to end itself.
    """
    chain = from_cold(chain)
    check = read_check(plan.project.check, plan.project.port, plan.experiment_folder)
    info = engine.info()
    with cleared_if_lost(engine):
        stages = Stages(
            deadline=Deadline.after(plan.limit_s(builds=len(chain))),
            plan=plan,
            engine=engine,
            builder=builder,
            check=check,
            layers=LayerCache(cache),
            log_path=results.build_log(plan.variant_id, info.id, plan.trial),
            progress=progress,
        )
        return _recorded(plan, info, builder, stages, chain)


def _recorded(
    plan: TrialPlan,
    info: EngineInfo,
    builder: Builder,
    stages: Stages,
    chain: Sequence[Scenario],
) -> Record:
    origin = provenance(info, builder.name.value, plan.seed, plan.network)
    begun = time.monotonic()
    stages.progress.begin(plan.variant.name, plan.expected_s)
    came_to = "no result"
    try:
        with stages.engine.bounded(stages.deadline):
            found = stages.run(chain)
        came_to = outcome(found, plan.reference)
    finally:
        stages.progress.end(came_to)
    return _record(plan, origin, found, time.monotonic() - begun, stages.check.digest)


def record_of_end(plan: TrialPlan, engine: Engine, builder: Builder, end: TrialEnded) -> Record:
    """The record of a variant that failed before its trial could begin."""
    origin = provenance(engine.info(), builder.name.value, plan.seed, plan.network)
    return _record(plan, origin, Found(status=end.status, failure=end.failure))


def _record(
    plan: TrialPlan,
    origin: Provenance,
    found: Found,
    elapsed_s: float = 0.0,
    check_digest: str = "",
) -> Record:
    variant = plan.variant
    return Record(
        variant_id=plan.variant_id,
        name=variant.name,
        experiment=plan.experiment,
        levels=variant.levels.given(),
        status=found.status,
        dockerfile_digest=_digest(variant.recipe.dockerfile),
        base=_base(plan, found),
        provenance=origin,
        trial=plan.trial,
        step=variant.step,
        about=variant.about,
        abouts=variant.levels.abouts(),
        changed=variant.changed,
        varied=variant.varied,
        tags=plan.tags,
        original_bytes=variant.original_bytes,
        ships=variant.levels.prune.ships,
        notes=variant.recipe.notes + found.notes,
        context=found.context,
        scenarios=found.scenarios,
        left_out=found.left_out,
        sizes=found.sizes,
        check=found.check,
        check_digest=check_digest,
        floor=found.floor,
        floor_asked=plan.floor,
        failure=found.failure,
        elapsed_s=elapsed_s,
    )


def _base(plan: TrialPlan, found: Found) -> BaseRecord:
    """The base image; its size is known if the variant stands on all of it."""
    base = plan.base
    own = [layer for layer in found.sizes.layers if layer.is_base] if found.sizes else []
    complete = bool(own) and len(own) == len(base.diff_ids)
    return BaseRecord(
        provider=base.provider.value,
        reference=base.reference,
        digest=base.digest,
        unpacked_bytes=sum(layer.unpacked_bytes for layer in own) if complete else None,
        reason=base.reason,
    )


def _digest(text: str) -> str:
    return f"sha256:{hashlib.sha256(text.encode()).hexdigest()}"
