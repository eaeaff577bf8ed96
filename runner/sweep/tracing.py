"""The list of files that a variant with prune.trace is built from, found once and remembered."""

from __future__ import annotations

import hashlib
import json
from dataclasses import replace

from runner.engine.linux.file_access import cannot_watch
from runner.model.engine import BaseImage
from runner.model.errors import ConstraintError
from runner.model.levels import Prune
from runner.store.atomic import write_text
from runner.sweep.plan import PlannedVariant
from runner.sweep.prepare import ReadyVariant, ready
from runner.sweep.workshop import Workshop, project_check
from runner.trial.plan import TrialPlan
from runner.trial.trace import RUNS, trace

UNPRUNED = Prune(level="none", about="the base's interpreter as it is")
_FORMAT = 2
"""Part of what lists are remembered by: another number makes older lists unknown."""


def traced_paths(planned: PlannedVariant, base: BaseImage, workshop: Workshop) -> list[str]:
    """What the image of a variant with prune.trace gets, from the cache or from a trace.

    Raises `ConstraintError` on an engine whose containers cannot be watched, `TrialEnded` if the
    variant without pruning does not pass, and what reading the project raises.
    """
    project = workshop.project(planned.config.project)
    whole = ready(unpruned(planned), base, workshop)
    keep = planned.config.prune.keep
    path = workshop.cache.trace(_key(whole, keep))
    if path.is_file():
        remembered: list[str] = json.loads(path.read_text(encoding="utf-8"))
        return remembered
    if reason := cannot_watch(workshop.engine):
        prune = planned.config.prune.level
        raise ConstraintError(
            f"prune={prune} contradicts this engine: {reason}; run as root with an engine of this"
            " machine (engine.prefer=embedded)"
        )
    config = planned.config
    found = trace(
        TrialPlan(
            variant=whole.variant,
            variant_id=whole.variant_id,
            experiment=config.experiment.name,
            project=config.project,
            repository=project.root,
            base=base,
            build_timeout_s=config.run.build_timeout_s,
        ),
        keep,
        workshop.engine,
        workshop.builder(config.builder),
        workshop.cache,
        workshop.progress,
    )
    path.parent.mkdir(parents=True, exist_ok=True)
    write_text(path, json.dumps(found, indent=0))
    return found


def unpruned(planned: PlannedVariant) -> PlannedVariant:
    """The same variant without pruning."""
    config = replace(planned.config, prune=UNPRUNED)
    return replace(planned, name=f"{planned.name}: tracing", config=config)


def _key(whole: ReadyVariant, keep: list[str]) -> str:
    """By what decides which files are opened: image, check and what else is kept."""
    config = whole.planned.config
    told = {
        "format": _FORMAT,
        "runs": RUNS,
        "variant": whole.variant_id,
        "base": whole.base.digest,
        "builder": config.builder.value,
        "check": project_check(config.project).digest,
        "keep": keep,
    }
    return hashlib.sha256(json.dumps(told, sort_keys=True).encode()).hexdigest()[:12]
