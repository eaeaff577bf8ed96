"""What the variants of one command share: engine, base images, materialised projects."""

from __future__ import annotations

import shutil
from contextlib import suppress
from dataclasses import replace
from pathlib import Path, PurePath
from typing import NamedTuple

import msgspec

from runner.dockerfile.facts import BaseConfig
from runner.engine.bases.providers import provide
from runner.engine.builders import builder_for
from runner.engine.built_images import remove_abandoned
from runner.engine.clean import sweep_orphans, sweep_own
from runner.engine.connect import Preference, connect
from runner.engine.ledger import Ledger
from runner.engine.port import Builder, Engine
from runner.engine.reachability import place_of, require_reach
from runner.engine.scratch import own_work, sweep_scratch
from runner.model.deadline import Deadline
from runner.model.engine import BaseImage, BuilderName, EngineInfo
from runner.model.errors import BaseError, EngineError, ProjectError
from runner.model.levels import Base
from runner.model.paths import CachePaths, data_root, real
from runner.model.progress import Progress
from runner.model.project import Project
from runner.model.variant import Recipe
from runner.project.inside import inside, leads_out
from runner.project.materialise import Materialised, materialise
from runner.recipe.packing import pack_context
from runner.store.cache_cleanup import sweep_cache
from runner.sweep.network import Proxied
from runner.sweep.watchdog import Watchdog
from runner.trial.check_plan import CheckPlan, read_check
from runner.trial.trace import config_of

_PATIENCE_S = 10.0
"""How long an engine may take at the end of a run to give up what was not measured."""


class Session:
    """Engine, base images and project copies of one command; each is made at its first use."""

    def __init__(
        self, engine: Engine, progress: Progress, cache: CachePaths, worker: bool = False
    ) -> None:
        self.engine = engine
        self.own_work = own_work(cache)
        """Copies of the user's projects, of this run alone."""
        self.worker = worker
        self.info: EngineInfo = engine.info()
        self.progress = progress
        self.cache = cache
        self.bases: dict[bytes, BaseImage | BaseError] = {}
        self.projects: dict[bytes, Materialised] = {}
        self.contexts: dict[tuple[Path, str, BuilderName], str] = {}
        self.builders: dict[BuilderName, Builder] = {}
        self.ledger = replace(Ledger.of(engine, cache), holding=True, marking=True)
        self.proxied = Proxied(engine, cache, progress)
        self.watchdog: Watchdog | None = None

    @classmethod
    def open(
        cls, progress: Progress, cache: CachePaths, prefer: Preference, worker: bool = False
    ) -> Session:
        """Connect to an engine, remove what a killed run left running on it, and have a watchdog
        remove what this one would leave; a worker of another process says nothing of it.

        Raises `EngineError` if there is none, or one whose containers no check could reach.
        """
        engine = connect(progress, prefer)
        session = cls(engine, progress, cache, worker)
        info = session.info
        session.tell(f"engine: {info.kind} {info.version}, {info.storage_driver}")
        require_reach(engine, place_of(engine))
        for name in [*sweep_orphans(engine, cache), *map(str, sweep_scratch())]:
            progress.note(f"removed what a killed run left: {name}")
        sweep_cache(cache)
        session.watchdog = Watchdog.of(engine, cache, worker)
        return session

    def tell(self, what: str) -> None:
        """Say what was chosen, unless this is a worker, whose command has said it."""
        if not self.worker:
            self.progress.note(what)

    def base(self, base: Base) -> BaseImage:
        """The base image of this level, present on the engine.

        Raises `BaseError`; what could not be had once is not tried again for the next variant.
        """
        key = msgspec.json.encode(base)
        if key not in self.bases:
            self.bases[key] = self._provided(base)
        found = self.bases[key]
        if isinstance(found, BaseError):
            raise found
        return found

    def inherited(self, image: BaseImage) -> BaseConfig:
        """What a stage on a base image has of its configuration."""
        return config_of(self.engine.images.inspect(image.image_id).get("Config") or {})

    def _provided(self, base: Base) -> BaseImage | BaseError:
        try:
            image = provide(base, self.engine, self.progress, self.cache)
        except BaseError as error:
            return error
        self.tell(f"base {base.image}: {image.provider.value} ({image.reason})")
        return image

    def project(self, project: Project) -> Materialised:
        """The project's work copy: of a user's own project one that goes with this run."""
        key = msgspec.json.encode(project)
        if key not in self.projects:
            source = project_source(project)
            is_users = PurePath(project.folder).is_absolute()
            work = self.own_work if is_users else self.cache.work
            self.projects[key] = materialise(project, source.path, work, is_users, source.top)
        return self.projects[key]

    def context_digest(self, project: Project, recipe: Recipe, builder: BuilderName) -> str:
        """The digest of what a recipe sends of the project: files that it leaves out do not count.

        Raises `ProjectError` if they cannot be read.
        """
        root = self.project(project).root / recipe.context
        key = (root, recipe.dockerignore, builder)
        if key not in self.contexts:
            context = pack_context(root, recipe.dockerignore, "", builder=builder)
            self.contexts[key] = context.record().digest
        return self.contexts[key]

    def builder(self, name: BuilderName) -> Builder:
        """The builder of this name on the engine."""
        if name not in self.builders:
            self.builders[name] = builder_for(name, self.engine, self.ledger)
        return self.builders[name]

    def close(self) -> None:
        """Close the connection to the engine, where nothing of this run is left then; one of ours
        that died leaves nothing running. Copies of the user's projects go.

        If Ctrl-C comes in the middle of it, the watchdog does the rest once this process has ended.
        """
        try:
            shutil.rmtree(self.own_work, ignore_errors=True)
            self.engine.clear_if_dead()
            with suppress(EngineError), self.engine.bounded(Deadline.after(_PATIENCE_S)):
                self._remove_broken_off()
            self.engine.close()
        except KeyboardInterrupt:
            self.watchdog = None
            raise
        finally:
            if self.watchdog is not None:
                self.watchdog.dismiss()

    def _remove_broken_off(self) -> None:
        """Remove what a second Ctrl-C left running, and what a trial that was broken off has built,
        here or in a run that was killed."""
        sweep_own(self.engine)
        if self.ledger.open_builds():
            remove_abandoned(self.engine, self.ledger, at_end=True)


def project_check(project: Project) -> CheckPlan:
    """What the project's check asks and expects; raises `ProjectError` if that cannot be read."""
    return read_check(project.check, project.port, data_root() / "experiments" / project.folder)


def check_project(project: Project) -> None:
    """Raise `ProjectError` for a project that lacks its sources or its check, before any work."""
    project_source(project)
    project_check(project)


class SourceDirectory(NamedTuple):
    """Where a project's committed part lies."""

    path: Path
    top: Path
    """A directory above it, or itself, from which no link is followed on the way to it."""


def project_source(project: Project) -> SourceDirectory:
    """The directory of the project's committed part; raises `ProjectError` if it is not there, and
    for a link that leads out of the project's folder."""
    folder = data_root() / "experiments" / project.folder
    source = folder / project.repository
    if not source.is_dir():
        raise ProjectError(
            f"project.folder={project.folder}: {source} is not a directory; give a directory of"
            " experiments/ or an absolute path"
        )
    if leads_out(project.repository):
        return SourceDirectory(real(source), real(source))
    return SourceDirectory(inside(folder, project.repository), real(folder))
