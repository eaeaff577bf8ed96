"""The list of files that a variant with prune.trace is built from, found once and remembered."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Sequence
from dataclasses import replace

import msgspec

from runner.dockerfile.facts import Opened
from runner.engine.linux.file_access import cannot_watch
from runner.model.engine import BaseImage
from runner.model.errors import ConstraintError
from runner.model.levels import Prune
from runner.store.atomic import write_text
from runner.sweep.plan import PlannedVariant
from runner.sweep.prepare import ReadyVariant, ready
from runner.sweep.session import Session, project_check
from runner.trial.plan import TrialPlan
from runner.trial.trace import RUNS, trace

UNPRUNED = Prune(level="none", about="the base's interpreter as it is")
_FORMAT = 4
"""Part of what lists are remembered by: another number makes older lists unknown."""


def opened_unpruned(planned: PlannedVariant, base: BaseImage, session: Session) -> Opened:
    """What a variant with prune.trace opens without it; raises as `opened` does."""
    whole = ready(unpruned(planned), base, session)
    return opened(whole, planned.config.prune.keep, session, planned.config.prune.level)


def opened(
    whole: ReadyVariant, keep: Sequence[str], session: Session, level: str = "traced"
) -> Opened:
    """What a variant opens while its check runs, from the cache or from a trace.

    Raises `ConstraintError` on an engine whose containers cannot be watched, `TrialEnded` if the
    variant does not pass, and what reading the project raises.
    """
    config = whole.planned.config
    path = session.cache.trace(_key(whole, keep))
    if path.is_file():
        return msgspec.json.decode(path.read_bytes(), type=Opened)
    if reason := cannot_watch(session.engine):
        raise ConstraintError(
            f"prune={level} contradicts this engine: {reason}; run as root with an engine of this"
            " machine (engine.prefer=embedded)"
        )
    found = trace(
        TrialPlan(
            variant=whole.variant,
            variant_id=whole.variant_id,
            experiment=config.experiment.name,
            project=config.project,
            repository=session.project(config.project).root,
            base=whole.base,
            build_timeout_s=config.run.build_timeout_s,
        ),
        keep,
        session.engine,
        session.builder(config.builder),
        session.cache,
        session.progress,
    )
    path.parent.mkdir(parents=True, exist_ok=True)
    write_text(path, msgspec.json.format(msgspec.json.encode(found), indent=0).decode())
    return found


def unpruned(planned: PlannedVariant) -> PlannedVariant:
    """The same variant without pruning."""
    config = replace(planned.config, prune=UNPRUNED)
    return replace(planned, name=f"{planned.name}: tracing", config=config)


def _key(whole: ReadyVariant, keep: Sequence[str]) -> str:
    """By what decides which files are opened: image, check and what else is kept."""
    config = whole.planned.config
    told = {
        "format": _FORMAT,
        "runs": RUNS,
        "variant": whole.variant_id,
        "base": whole.base.digest,
        "builder": config.builder.value,
        "check": project_check(config.project).digest,
        "keep": list(keep),
    }
    return hashlib.sha256(json.dumps(told, sort_keys=True).encode()).hexdigest()[:12]
