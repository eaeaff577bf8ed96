"""An untimed build through the caching proxy, so that no timed one waits for an index."""

from __future__ import annotations

from runner.engine.built_images import remove_built
from runner.engine.port import Builder, Engine
from runner.model.progress import Progress
from runner.trial.plan import TrialPlan


def warm(plan: TrialPlan, engine: Engine, builder: Builder, progress: Progress) -> bool:
    """Build the variant once and throw the image away; whether the build came to its end.

    A failure is not said here: the timed build will fail the same way, and is recorded.
    """
    request = plan.request(plan.packed(builder.name), no_cache=True)
    progress.begin(f"{plan.variant.name}: fetching packages, not timed", plan.expected_s)
    try:
        result = builder.build(request)
    finally:
        progress.end()
    remove_built(engine, result)
    return result.failure is None
