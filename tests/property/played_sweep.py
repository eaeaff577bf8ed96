"""A sweep in one process without Hydra and without an engine: everything between them is real."""

from __future__ import annotations

import itertools
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from typing import Any, cast

import yaml
from omegaconf import OmegaConf

from runner.engine.connect import Preference
from runner.engine.port import Engine
from runner.model.engine import BuilderName, EngineInfo
from runner.model.levels import FACTORS
from runner.model.progress import Silent
from runner.model.project import Project
from runner.model.record import Status
from runner.sweep.choices import split_override
from runner.sweep.config import Config
from runner.sweep.job import JobEnd, VariantFailedError
from runner.sweep.measure import run_one
from runner.sweep.overrides import Request
from runner.sweep.process import Process
from runner.sweep.session import Session
from tests.unit.levels_from_yaml import load_levels
from tests.unit.records import ENGINE

E2E = Path(__file__).parent.parent / "e2e"


class NoEngine:
    """Says what it is, and can do nothing."""

    def info(self) -> EngineInfo:
        return ENGINE


@dataclass
class Heard(Silent):
    """Remembers what was reported, and how far the sweep was."""

    notes: list[str] = field(default_factory=list)
    whole: list[tuple[str, int, int, float | None]] = field(default_factory=list)

    def note(self, text: str) -> None:
        self.notes.append(text)

    def overall(self, what: str, done: int, of: int, left_s: float | None) -> None:
        self.whole.append((what, done, of, left_s))


class Played(Process):
    """A process whose session has no engine."""

    def session(self, prefer: Preference) -> Session:
        if prefer not in self.sessions:
            self.sessions[prefer] = Session(cast(Engine, NoEngine()), self.progress, self.cache)
        return self.sessions[prefer]


@dataclass
class PlayedHydra:
    """Composes and launches as Hydra does, in this process."""

    process: Process
    launched: list[list[str]] = field(default_factory=list)
    """The overrides of each job."""
    before: Callable[[list[str]], None] = lambda _: None
    """What happens before a job."""
    launcher_name: str = "basic"

    def requests(self, arguments: Sequence[str], _: dict[str, str]) -> list[Request]:
        """Every combination, as Hydra's own sweeper makes them."""
        values = [
            [f"{key}={one}" for one in (value.split(",") if "[" not in value else [value])]
            for key, value in map(split_override, arguments)
        ]
        varied = [split_override(one[0])[0] for one in values if len(one) > 1]
        return [Request(list(job), varied) for job in itertools.product(*values)]

    def values(self, override: str) -> list[str]:
        key, value = split_override(override)
        return [f"{key}={one}" for one in value.split(",")]

    def compose(self, overrides: Sequence[str]) -> Config:
        chosen = dict(map(split_override, overrides))
        levels = load_levels(**{key: chosen[key] for key in FACTORS if key in chosen})
        values: dict[str, Any] = {"experiment": {"name": "variants", "about": "a test"}}
        for key, value in chosen.items():
            if "." in key and not key.startswith("hydra."):
                OmegaConf.update(held := OmegaConf.create(values), key, yaml.safe_load(value))
                values = cast(dict[str, Any], OmegaConf.to_container(held))
        merged: Any = OmegaConf.merge(
            OmegaConf.structured(Config(**vars(levels), project=page())), OmegaConf.create(values)
        )
        merged.builder = BuilderName(chosen.get("builder", "buildkit"))
        config = OmegaConf.to_object(merged)
        assert isinstance(config, Config)
        return config

    def resolved(self, overrides: Sequence[str]) -> str:
        """What the tests look at of it: writing all of it takes a while."""
        config = self.compose(overrides)
        levels = {factor: {"level": name} for factor, name in config.names().items()}
        return yaml.safe_dump({**levels, "experiment": {"name": config.experiment.name}})

    def write_multirun(self) -> None:
        """There is no file to write."""

    def launch(self, jobs: Sequence[Sequence[str]], first: int) -> list[JobEnd]:
        assert first == len(self.launched)
        return [self.job(list(overrides)) for overrides in jobs]

    def job(self, overrides: list[str]) -> JobEnd:
        self.launched.append(overrides)
        try:
            self.before(overrides)
            record = run_one(self.compose(overrides), overrides, self.process)
        except Exception as error:  # noqa: BLE001 - as Hydra does
            return JobEnd(error=error)
        failed = record.status is not Status.ok
        return JobEnd(record, VariantFailedError(record) if failed else None)


@cache
def page() -> Project:
    """The end-to-end tests' project."""
    read = OmegaConf.load(E2E / "configs" / "project" / "page.yaml")
    read.folder = "given by each test"
    return cast(Project, OmegaConf.to_object(OmegaConf.merge(OmegaConf.structured(Project), read)))
