"""What the variants of one command share: engine, base images, materialised projects."""

from __future__ import annotations

from pathlib import Path

import msgspec

from runner.engine.bases import provide
from runner.engine.builders import builder_for
from runner.engine.clean import sweep_orphans
from runner.engine.connect import Preference, connect
from runner.engine.lost import clear_if_dead
from runner.engine.port import Builder, Engine
from runner.model.engine import BaseImage, BuilderName, EngineInfo
from runner.model.errors import ProjectError
from runner.model.levels import Base
from runner.model.paths import CachePaths, data_root
from runner.model.progress import Progress
from runner.model.project import Project
from runner.project.materialise import Materialised, materialise
from runner.trial.check import CheckPlan, read_check


class Workshop:
    """Makes each shared thing once, when it is first asked for."""

    def __init__(self, engine: Engine, progress: Progress, cache: CachePaths) -> None:
        self.engine = engine
        self.info: EngineInfo = engine.info()
        self.progress = progress
        self.cache = cache
        self.bases: dict[bytes, BaseImage] = {}
        self.projects: dict[bytes, Materialised] = {}
        self.builders: dict[BuilderName, Builder] = {}

    @classmethod
    def open(cls, progress: Progress, cache: CachePaths, prefer: Preference) -> Workshop:
        """Connect to an engine and remove what a killed run left running on it."""
        engine = connect(progress, prefer)
        workshop = cls(engine, progress, cache)
        info = workshop.info
        progress.note(f"engine: {info.kind} {info.version}, {info.storage_driver}")
        sweep_orphans(engine)
        return workshop

    def base(self, base: Base) -> BaseImage:
        """The base image of this level, present on the engine."""
        key = msgspec.json.encode(base)
        if key not in self.bases:
            image = provide(base, self.engine, self.progress, self.cache)
            self.progress.note(f"base {base.image}: {image.provider.value} ({image.reason})")
            self.bases[key] = image
        return self.bases[key]

    def project(self, project: Project) -> Materialised:
        """The project's work copy."""
        key = msgspec.json.encode(project)
        if key not in self.projects:
            source = project_source(project)
            self.projects[key] = materialise(project, source, self.cache.work)
        return self.projects[key]

    def builder(self, name: BuilderName) -> Builder:
        """The builder of this name on the engine."""
        if name not in self.builders:
            self.builders[name] = builder_for(name, self.engine)
        return self.builders[name]

    def close(self) -> None:
        """Close the connection to the engine; one of ours that died leaves nothing running."""
        clear_if_dead(self.engine)
        self.engine.client.close()


def project_check(project: Project) -> CheckPlan:
    """What the project's check asks and expects; raises `ProjectError` if that cannot be read."""
    return read_check(project.check, project.port, data_root() / "experiments" / project.folder)


def project_source(project: Project) -> Path:
    """The folder of the project's committed part; raises `ProjectError` if it is not there."""
    source = data_root() / "experiments" / project.folder / project.repository
    if not source.is_dir():
        raise ProjectError(
            f"project.folder={project.folder}: {source} is not a folder; give a folder of"
            " experiments/ or an absolute path"
        )
    return source
