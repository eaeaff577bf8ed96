"""The configuration's schema: what `configs/` may say, checked by Hydra key by key.

The root is stored as `config_schema` and stands first in the defaults of `configs/config.yaml`, so
that a wrong key, type or option is reported with its file and key.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field, fields, is_dataclass
from enum import Enum

from hydra.core.config_store import ConfigStore
from omegaconf import DictConfig, OmegaConf

from runner.model.engine import BuilderName
from runner.model.errors import ConfigError
from runner.model.levels import FACTORS, REQUIRED, Levels
from runner.model.project import Project
from runner.sweep.words import unknown_key


class EnginePreference(Enum):
    """Which engine to use: the one that answers, else our own; or only one of the two."""

    auto = "auto"
    existing = "existing"
    embedded = "embedded"


@dataclass
class PathStep:
    """One step of a path: what it changes beside all that the steps before it changed."""

    name: str = REQUIRED
    about: str = REQUIRED
    set: dict[str, str] = field(default_factory=dict)
    """Override (a factor, or a key such as base.image) → value."""
    original_bytes: int | None = None
    """What the post that we replay measured here, where it says."""


@dataclass
class Experiment:
    """What is asked: a path of cumulative steps, or nothing but the levels on the command line."""

    name: str = REQUIRED
    about: str = REQUIRED
    path: list[PathStep] = field(default_factory=list)


@dataclass
class Engine:
    """Which container engine is used."""

    prefer: EnginePreference = EnginePreference.auto


@dataclass
class Run:
    """How the experiment is run and where its results go."""

    results: str = "results/${experiment.name}"
    """Result folder, relative to the current one."""
    fresh: bool = False
    """Measure again what this engine has measured before."""
    seed: int = 0
    build_timeout_s: float = 1800.0
    keep_images: bool = False
    """Leave the variants' images on the engine."""
    floor: bool = True
    """Run each check a second time, to see which files are opened."""


@dataclass
class Config(Levels):
    """The whole configuration: a level for every factor, a project, an experiment."""

    project: Project = field(default_factory=Project)
    experiment: Experiment = field(default_factory=Experiment)
    builder: BuilderName = BuilderName.buildkit
    engine: Engine = field(default_factory=Engine)
    run: Run = field(default_factory=Run)

    def __post_init__(self) -> None:
        """Refuse values that no experiment can have."""
        if not 1 <= self.run.build_timeout_s <= 86_400:
            raise ConfigError(
                f"run.build_timeout_s={self.run.build_timeout_s:g} is not between 1 and 86400"
            )
        if not 0 < self.project.check.timeout_s <= 86_400:
            raise ConfigError(
                f"project.check.timeout_s={self.project.check.timeout_s:g} is not above 0 and at"
                " most 86400"
            )
        names = [step.name for step in self.experiment.path]
        twice = sorted({name for name in names if names.count(name) > 1})
        if twice:
            raise ConfigError(f"experiment.path: step name {twice[0]!r} is used twice")

    def levels(self) -> Levels:
        """The levels alone."""
        return Levels(**{factor: getattr(self, factor) for factor in FACTORS})


def register() -> None:
    """Make the schema known to Hydra."""
    ConfigStore.instance().store(name="config_schema", node=Config)


def as_config(composed: DictConfig) -> Config:
    """The composed configuration as plain objects.

    Raises `ConfigError` for what is missing, and for keys that `+key=value` made up.
    """
    config = OmegaConf.to_object(composed)
    if not isinstance(config, Config):
        raise ConfigError("configs/config.yaml: its defaults must list config_schema first")
    for made_up, choices in unknown_keys(config):
        raise ConfigError(unknown_key(made_up, choices))
    return config


def unknown_keys(value: object, path: str = "") -> Iterator[tuple[str, list[str]]]:
    """Every key that a dataclass does not have, with those that it has."""
    if not is_dataclass(value):
        return
    known = [item.name for item in fields(value)]
    for name, inner in vars(value).items():
        if name in known:
            yield from unknown_keys(inner, f"{path}{name}.")
        else:
            yield f"{path}{name}", known
