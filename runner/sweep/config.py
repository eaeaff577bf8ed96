"""The configuration's schema: what `configs/` may say, checked by Hydra key by key.

The root is stored as `config_schema` and comes first in the defaults of `configs/config.yaml`, so
that a wrong key, type or option is reported with its file and key. It is open at its root alone: a
group of the user's own, which is a factor of his own, has its place there.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from copy import deepcopy
from dataclasses import dataclass, field, fields, is_dataclass
from enum import Enum
from typing import Any

from hydra.core.config_store import ConfigStore
from omegaconf import DictConfig, OmegaConf
from omegaconf.errors import OmegaConfBaseException

from runner.model.engine import BuilderName
from runner.model.errors import ConfigError
from runner.model.levels import FACTORS, REQUIRED, Levels, OwnLevel
from runner.model.network import NetworkMode
from runner.model.project import Project
from runner.sweep.hydra_errors import unknown_key, words_of
from runner.trial.scenario import CHAIN

LONGEST_S = 86_400
"""No limit of time is longer than a day."""
MOST_TRIALS = 1000
_DIRECTORY = re.compile(r"""[^\x00-\x1f\x7f\ud800-\udfff\\"'*?<>|]+""")

MOST_NAME_BYTES = 200
"""Of a directory's name; a file system takes 255, and names of files are made of it."""


class EnginePreference(Enum):
    """Which engine to use: the one that answers, else our own; or only one of the two."""

    auto = "auto"
    existing = "existing"
    embedded = "embedded"


@dataclass
class PathStep:
    """One step of a path: what it changes in addition to all that the steps before it changed."""

    name: str = REQUIRED
    about: str = REQUIRED
    set: dict[str, str] = field(default_factory=dict)
    """Override (a factor, or a key such as base.image) → value."""
    original_bytes: int | None = None
    """What the post that we replay measured here, where it says."""


@dataclass
class ListedVariant:
    """One variant of a list: what it changes, whatever the others change."""

    name: str = REQUIRED
    about: str = ""
    set: dict[str, str] = field(default_factory=dict)
    """As in a step."""


_Rules = list[dict[str, Any]]
_Listed = list[ListedVariant]


@dataclass
class Experiment:
    """What is asked: a path of cumulative steps, a grid or a list of variants, or nothing but the
    levels on the command line."""

    name: str = "${hydra:runtime.choices.experiment}"
    about: str = ""
    path: list[PathStep] = field(default_factory=list)
    grid: dict[str, Any] = field(default_factory=dict)
    """Override → its values: a list, or what Hydra sweeps over (`range(1,4)`)."""
    exclude: _Rules = field(default_factory=list)
    """Combinations that are left out: factor → level or key → value, a list for any of several; a
    rule holds where all of its values are those of the composed configuration."""
    list: _Listed = field(default_factory=list)
    """Variants that are listed one by one."""


@dataclass
class Engine:
    """Which container engine is used."""

    prefer: EnginePreference = EnginePreference.auto


@dataclass
class Run:
    """How the experiment is run and where its results go."""

    results: str = "results/${directory_name:${experiment.name}}"
    """Result directory, relative to the current one."""
    trials: int = 1
    """How often each variant is measured."""
    fresh: bool = False
    """Measure again what this engine has measured before."""
    dry: bool = False
    """Say what there is to measure, in which order and about how long it takes, and stop."""
    shuffle: bool = True
    """Draw the order within each block of trials from the seed; false keeps the order given."""
    seed: int = 0
    build_timeout_s: float = 1800.0
    wait_s: float = 3600.0
    """How long a trial waits for its turn on the engine while another run measures there."""
    keep_images: bool = False
    """Leave the variants' images on the engine."""
    floor: bool = True
    """Run each check a second time, to see which files are opened."""
    objective: list[str] = field(default_factory=list)
    """Metrics that a job returns to a sweeper that optimises, in its order of directions."""


@dataclass
class Job:
    """Which trial of which variant a job is: written by the sweeper."""

    trial: int = 0
    step: int | None = None
    """Position in the experiment's path or list."""
    varied: list[str] = field(default_factory=list)
    """Keys of which the sweep has several values: they are in the names of its variants."""
    by_file: list[str] = field(default_factory=list)
    """Keys that files of the user's own set, noted after composing: in the names as overrides."""


@dataclass
class Config(Levels):
    """The whole configuration: a level for every factor, a project, an experiment."""

    project: Project = field(default_factory=Project)
    experiment: Experiment = field(default_factory=Experiment)
    builder: BuilderName = BuilderName.buildkit
    scenarios: list[str] = field(default_factory=lambda: ["cold"])
    """What is timed in each trial."""
    network: NetworkMode = NetworkMode.auto
    """Whether builds fetch packages through the caching proxy: with auto, where times are compared
    (several trials, or more scenarios than a cold build)."""
    tags: list[str] = field(default_factory=list)
    """Words of the user's own that go into every record and table."""
    engine: Engine = field(default_factory=Engine)
    run: Run = field(default_factory=Run)
    job: Job = field(default_factory=Job)

    def __post_init__(self) -> None:
        """Refuse values that no experiment can have."""
        self._check_numbers()
        directory_name(self.experiment.name)
        known = [scenario.name for scenario in CHAIN]
        for name in self.scenarios:
            if name not in known:
                raise ConfigError(
                    f"scenarios: there is no scenario {name}; choose from {', '.join(known)}"
                )
        if not self.scenarios:
            raise ConfigError(f"scenarios is empty; choose from {', '.join(known)}")
        self._check_experiment()

    def _check_numbers(self) -> None:
        run, check = self.run, self.project.check
        bounds = (
            ("run.build_timeout_s", run.build_timeout_s, 1, LONGEST_S),
            ("run.wait_s", run.wait_s, 0, LONGEST_S),
            ("run.trials", run.trials, 1, MOST_TRIALS),
            ("job.trial", self.job.trial, 0, MOST_TRIALS),
        )
        for key, value, least, most in bounds:
            if not least <= value <= most:
                raise ConfigError(f"{key}={value:g} is not between {least} and {most}")
        if not 0 < check.timeout_s <= LONGEST_S:
            raise ConfigError(
                f"project.check.timeout_s={check.timeout_s:g} is not above 0 and at most"
                f" {LONGEST_S}"
            )

    def _check_experiment(self) -> None:
        asked = self.experiment
        kinds = [kind for kind in ("path", "grid", "list") if getattr(asked, kind)]
        if len(kinds) > 1:
            raise ConfigError(
                f"experiment={asked.name} has a {' and a '.join(kinds)}: give one of them"
            )
        for kind, names in (
            ("path", [step.name for step in asked.path]),
            ("list", [entry.name for entry in asked.list]),
        ):
            twice = sorted({name for name in names if names.count(name) > 1})
            if twice:
                what = "step name" if kind == "path" else "name"
                raise ConfigError(f"experiment.{kind}: {what} {twice[0]!r} is used twice")

    def levels(self) -> Levels:
        """The levels alone."""
        return Levels(**{factor: getattr(self, factor) for factor in (*FACTORS, "own")})


def directory_name(name: str) -> str:
    """The name of an experiment, which names its result directory.

    Raises `ConfigError` for one that would lead out of `results`.
    """
    parts = name.split("/")
    if _DIRECTORY.fullmatch(name) is None or {"", ".", ".."} & {part.strip() for part in parts}:
        raise ConfigError(
            f"experiment.name={name!a}: not the name of a directory below results; take letters,"
            " digits and . _ -"
        )
    long = next((part for part in parts if len(part.encode()) > MOST_NAME_BYTES), "")
    if long:
        raise ConfigError(
            f"experiment.name={long[:20]!a}…: the name of a directory has at most"
            f" {MOST_NAME_BYTES} bytes, this one {len(long.encode())}"
        )
    return name


def register() -> None:
    """Make the schema, and the resolver that guards the result directory, known to Hydra."""
    schema = OmegaConf.structured(Config)
    root = {key: deepcopy(schema._get_node(key)) for key in schema if key != "own"}
    ConfigStore.instance().store(name="config_schema", node=OmegaConf.create(root))
    OmegaConf.register_new_resolver("directory_name", directory_name, replace=True)


def as_config(composed: DictConfig) -> Config:
    """The composed configuration as plain objects.

    Raises `ConfigError` for what is missing, and for keys that `+key=value` made up.
    """
    values = OmegaConf.to_object(composed)
    known = {item.name for item in fields(Config)} - {"own"}
    if not isinstance(values, dict) or not known <= values.keys():
        raise ConfigError("configs/config.yaml: its defaults must list config_schema first")
    added = {str(key): value for key, value in values.items() if key not in known}
    own = {key: _own_level(key, value, known) for key, value in added.items()}
    config = Config(**{key: values[key] for key in known}, own=own)
    for made_up, choices in unknown_keys(config):
        raise ConfigError(unknown_key(made_up, choices))
    return config


def _own_level(factor: str, values: object, known: set[str]) -> OwnLevel:
    """What a group that dockbench does not have says, as a level of a factor of the user's."""
    if not isinstance(values, Mapping) or "level" not in values:
        raise ConfigError(unknown_key(factor, known))
    try:
        merged = OmegaConf.merge(OmegaConf.structured(OwnLevel), OmegaConf.create(dict(values)))
        level = OmegaConf.to_object(merged)
    except OmegaConfBaseException as error:
        where = f"{factor}/{values.get('level')}.yaml"
        raise ConfigError(f"{where}: {words_of(error)}") from error
    assert isinstance(level, OwnLevel)
    return level


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
