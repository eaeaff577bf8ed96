"""Finds out which files an image of exactly what is needed must hold: prune.trace builds on it.

The variant is built without pruning, outside every clock, and its check is run a few times in
containers that are watched: what one of them opens is on the list.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from importlib.util import source_from_cache
from typing import Any

from runner.dockerfile.facts import BaseConfig, Opened
from runner.engine.built_images import remove_built
from runner.engine.linux.file_access import NotWatchedError
from runner.engine.linux.root_listing import Tree, closure, matching
from runner.engine.port import Builder, Engine
from runner.model.deadline import Deadline
from runner.model.engine import BuildResult
from runner.model.errors import EngineError, EngineLostError
from runner.model.paths import CachePaths
from runner.model.progress import Progress
from runner.model.record import Status
from runner.trial.check_plan import CheckPlan, read_check
from runner.trial.engine_lock import turn
from runner.trial.failures import build_ended, ended
from runner.trial.floor import watched_check
from runner.trial.plan import TrialPlan

RUNS = 3
"""How often the check is watched: what one run happens not to open, another may."""


def trace(
    plan: TrialPlan,
    keep: Sequence[str],
    engine: Engine,
    builder: Builder,
    cache: CachePaths,
    progress: Progress,
) -> Opened:
    """The files that the unpruned variant of `plan` opens while its check runs, with what `keep`
    names (patterns from the root) and the directories and links that lead to them. Sources stand in
    for bytecode.

    Raises `TrialEnded` if the variant does not build, pass its check or let itself be watched, and
    `EngineLostError`. Nothing is left on the engine but the build cache.
    """
    check = read_check(plan.project.check, plan.project.port, plan.experiment_folder)
    with turn(cache, engine.info().id, progress):
        progress.begin(plan.variant.name, plan.expected_s)
        deadline = Deadline.after(plan.limit_s(checks=RUNS))
        try:
            with (
                engine.bounded(deadline),
                _built(plan, engine, builder, progress) as image_id,
            ):
                progress.detail("watching which files are opened")
                return _opened(plan, keep, engine, image_id, check)
        finally:
            progress.end()


def _opened(
    plan: TrialPlan, keep: Sequence[str], engine: Engine, image_id: str, check: CheckPlan
) -> Opened:
    wanted: set[str] = set()
    try:
        for _ in range(RUNS):
            found = watched_check(engine, image_id, check, plan.variant_id)
            wanted |= found.files | found.folders
    except EngineLostError:
        raise
    except (NotWatchedError, EngineError) as error:
        raise ended(Status.check_failed, "trace", str(error)) from error
    paths = closure(found.tree, sources_first(wanted, found.tree) | matching(found.tree, keep))
    settings = engine.images.inspect(image_id).get("Config") or {}
    return Opened(tuple(paths), config_of(settings), can_copy(found.tree))


def config_of(settings: Mapping[str, Any]) -> BaseConfig:
    """How an image is set up, of what the engine says of it."""
    pairs = (str(line).partition("=") for line in settings.get("Env") or ())
    return BaseConfig(
        environment={name: value for name, _, value in pairs},
        entrypoint=tuple(settings.get("Entrypoint") or ()),
        command=tuple(settings.get("Cmd") or ()),
        workdir=settings.get("WorkingDir") or "",
        user=settings.get("User") or "",
        ports=tuple(settings.get("ExposedPorts") or ()),
        volumes=tuple(settings.get("Volumes") or ()),
        stop_signal=settings.get("StopSignal") or "",
    )


def can_copy(tree: Tree) -> bool:
    """Whether an image has what copies the files on a list: a shell and a few programs."""
    needed = ("sh", "mkdir", "chown", "chmod", "stat", "cp")
    return all(f"/bin/{name}" in tree or f"/usr/bin/{name}" in tree for name in needed)


def sources_first(paths: Iterable[str], tree: Tree) -> set[str]:
    """These paths, but sources in place of the bytecode that a base has of them.

    Python opens the bytecode alone, and yet does not load it where its source is missing (PEP
    3147); the source is enough.
    """
    return {source if (source := _source(path)) in tree else path for path in paths}


def _source(path: str) -> str:
    """`/a/b.py` of `/a/__pycache__/b.cpython-311.pyc`; of any other path nothing."""
    try:
        return source_from_cache(path)
    except ValueError:
        return ""


@contextmanager
def _built(plan: TrialPlan, engine: Engine, builder: Builder, progress: Progress) -> Iterator[str]:
    """The variant's image while it is needed; it may come from the build cache."""
    result: BuildResult | None = None
    try:
        progress.detail("building the variant without pruning")
        result = builder.build(plan.request(plan.packed(builder.name), tag=plan.tag))
        if result.failure is not None:
            raise build_ended(result)
        yield result.image_id
    finally:
        if result is not None:
            remove_built(engine, result)
