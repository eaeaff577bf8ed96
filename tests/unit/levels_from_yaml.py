"""Loads level files as Hydra does: the group's dataclass is the schema, the file has the values."""

from __future__ import annotations

from copy import deepcopy
from dataclasses import fields
from functools import cache
from pathlib import Path
from typing import Any, cast

from omegaconf import OmegaConf

from runner.model.levels import FACTORS, Level, Levels
from runner.model.paths import data_root
from runner.model.project import Project

CONFIGS = data_root() / "configs"
DEFAULTS: dict[str, str] = {
    "base": "slim",
    "deps": "locked",
    "installer": "pip",
    "context": "backend",
    "order": "deps_first",
    "cache": "flags",
    "toolchain": "none",
    "layers": "split",
    "stages": "single",
    "bytecode": "write",
    "prune": "none",
    "mirror": "official",
}


def level_files(factor: str) -> list[Path]:
    """The level files of a factor, in the order of their names."""
    return sorted((CONFIGS / factor).glob("*.yaml"))


def level_names(factor: str) -> list[str]:
    """The names of a factor's levels."""
    return [path.stem for path in level_files(factor)]


def load_level(factor: str, name: str, **values: Any) -> Level:
    """One level, with some of its values replaced; a fresh one at every call."""
    return deepcopy(_level(factor, name)) if not values else _merged(factor, name, values)


@cache
def _level(factor: str, name: str) -> Level:
    return _merged(factor, name, {})


def _merged(factor: str, name: str, values: dict[str, Any]) -> Level:
    schema = next(item.default_factory for item in fields(Levels) if item.name == factor)
    merged = OmegaConf.merge(
        OmegaConf.structured(schema),
        OmegaConf.load(CONFIGS / factor / f"{name}.yaml"),
        OmegaConf.create(values),
    )
    return cast(Level, OmegaConf.to_object(merged))


def load_levels(**names: str) -> Levels:
    """One level for every factor: those named, and a careful engineer's choice for the others."""
    chosen = DEFAULTS | names
    levels = Levels()
    for factor in FACTORS:
        setattr(levels, factor, load_level(factor, chosen[factor]))
    return levels


def load_project(name: str = "famous_ner") -> Project:
    """A project of `configs/project`; a fresh one at every call."""
    return deepcopy(_project(name))


@cache
def _project(name: str) -> Project:
    merged = OmegaConf.merge(
        OmegaConf.structured(Project), OmegaConf.load(CONFIGS / "project" / f"{name}.yaml")
    )
    return cast(Project, OmegaConf.to_object(merged))
