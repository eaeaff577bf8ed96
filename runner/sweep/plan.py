"""Which variants an experiment asks for, and what each is called: pure, but for composing.

Every variant is composed as if its overrides stood on the command line, so a level or a key that
does not exist is reported as Hydra reports it. Names come from what was composed, so a job in any
process calls its variant what the plan calls it.
"""

from __future__ import annotations

import itertools
import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, is_dataclass
from enum import Enum
from functools import cache
from pathlib import PurePath

import yaml

from runner.model.errors import ConfigError
from runner.model.levels import FACTORS
from runner.model.paths import data_root
from runner.model.variant import group_of, in_order, variant_name
from runner.sweep.config import Config, ListedVariant, PathStep
from runner.sweep.hydra_errors import unknown_key

Compose = Callable[[list[str]], Config]
"""Overrides → configuration."""

Values = Callable[[str], list[str]]
"""`key=values` as Hydra reads it → the single overrides that it stands for."""

NOT_OF_A_VARIANT = (
    "run",
    "job",
    "engine",
    "hydra",
    "experiment",
    "scenarios",
    "network",
    "tags",
    "local",
)
"""Keys that do not make one variant differ from another."""

_MISSING = object()


@dataclass(frozen=True)
class PlannedVariant:
    """A variant before its base is known and its Dockerfile rendered."""

    name: str
    about: str
    config: Config
    changed: dict[str, str] = field(default_factory=dict)
    step: int | None = None
    original_bytes: int | None = None
    varied: dict[str, str] = field(default_factory=dict)
    """What a sweep varies in addition to the steps of a path: key → value."""
    overrides: tuple[str, ...] = ()
    """What composes it."""


@dataclass(frozen=True)
class Expansion:
    """The variants of one composed experiment, and how many its rules left out."""

    variants: list[PlannedVariant]
    excluded: int = 0


def expand(
    config: Config,
    overrides: Sequence[str],
    compose: Compose,
    values: Values,
    varied: Sequence[str] = (),
) -> Expansion:
    """The variants that `config` asks for, in the order in which they are listed.

    `overrides` composed it; they hold in every variant. `varied` are the keys of those that a sweep
    varies. Raises `ConfigError` for an override that could have no effect.
    """
    asked = config.experiment
    refuse_level_lists(config, overrides)
    if asked.path or asked.list:
        changes = _steps(asked.path) if asked.path else [entry.set for entry in asked.list]
        refuse_hidden_overrides([*asked.path, *asked.list], overrides)
        choices = [
            [*(f"{key}={value}" for key, value in change.items()), f"job.step={index}"]
            for index, change in enumerate(changes)
        ]
        keys = list(varied)
    else:
        axes = _axes(asked.grid, overrides, values)
        choices = [list(chosen) for chosen in itertools.product(*axes.values())]
        keys = [*varied, *(key for key, axis in axes.items() if len(axis) > 1)]
    told = [f"job.varied=[{','.join(map(_bare, keys))}]"] if keys else []
    every = [[*overrides, *choice, *told] for choice in choices]
    variants = [planned(compose(chosen), chosen) for chosen in every]
    kept = [item for item in variants if not is_excluded(item.config, asked.exclude)]
    if variants and not kept:
        raise ConfigError(f"experiment.exclude leaves nothing of {len(variants)} variants")
    return Expansion(kept, len(variants) - len(kept))


def _steps(path: Sequence[PathStep]) -> list[dict[str, str]]:
    """What each step of a path sets, with all that the steps before it set."""
    held: dict[str, str] = {}
    return [held := {**held, **step.set} for step in path]


def _axes(
    grid: Mapping[str, object], overrides: Sequence[str], values: Values
) -> dict[str, list[str]]:
    """Key → the overrides to combine; one that is overridden has that value, and no other."""
    given = {_bare(split_override(text)[0]) for text in overrides}
    return {
        key: [f"{key}={_word(one)}" for one in chosen]
        if isinstance(chosen, list)
        else values(f"{key}={_word(chosen)}")
        for key, chosen in grid.items()
        if _bare(key) not in given
    }


def planned(config: Config, overrides: Sequence[str]) -> PlannedVariant:
    """What one configuration measures, and how it is called.

    Raises `ConfigError` for one that asks for several variants and does not say which it is.
    """
    asked, step = config.experiment, config.job.step
    refuse_level_lists(config, overrides)
    listed: Sequence[PathStep | ListedVariant] = [*asked.path, *asked.list]
    if not listed:
        changed = chosen(config, overrides)
        about = "; ".join(level.about for key, level in config.every().items() if key in changed)
        name = variant_name(changed)
        usual = about or "the default level of every factor"
        return PlannedVariant(name, usual, config, changed, overrides=tuple(overrides))
    changes = _steps(asked.path) if asked.path else [item.set for item in asked.list]
    # The sweeper writes job.step next to all that the step sets: without, it would be another one.
    if (
        step is None
        or not 0 <= step < len(listed)
        or not {f"{key}={value}" for key, value in changes[step].items()} <= set(overrides)
    ):
        raise ConfigError(
            f"experiment={asked.name} lists {len(listed)} variants, and a single job is none of"
            " them: leave --run, hydra.mode, hydra/sweeper and job.step out"
        )
    entry = listed[step]
    varied = {key: shown(select(config, key)) for key in config.job.varied if _counts(key)}
    return PlannedVariant(
        name=f"{entry.name} {variant_name(varied)}" if varied else entry.name,
        about=entry.about,
        config=config,
        changed={**entry.set, **varied},
        step=step if isinstance(entry, PathStep) else None,
        original_bytes=entry.original_bytes if isinstance(entry, PathStep) else None,
        varied=varied,
        overrides=tuple(overrides),
    )


def short_names(variants: Sequence[PlannedVariant]) -> list[str]:
    """The names without what all variants of a sweep have in common."""
    named = [item for item in variants if item.name == variant_name(item.changed)]
    common = set.intersection(*(set(item.changed.items()) for item in named)) if named else set()
    if len(named) < len(variants) or len(named) == 1:
        common = set()
    return [
        variant_name(
            {key: value for key, value in item.changed.items() if (key, value) not in common}
        )
        if common
        else item.name
        for item in variants
    ]


def chosen(config: Config, overrides: Sequence[str]) -> dict[str, str]:
    """What makes a configuration differ from the defaults: levels by their names, and of other keys
    those that were overridden, as they were composed; and all that the sweep varies."""
    usual = default_levels()
    found = {
        factor: level for factor, level in config.names().items() if level != usual.get(factor)
    }
    if config.project.name != usual["project"]:
        found["project"] = config.project.name
    for text in overrides:
        key = _bare(split_override(text)[0])
        if not _counts(key) or key in (*FACTORS, *config.own, "project"):
            continue
        found[key] = shown(select(config, key))
    found |= {key: shown(select(config, key)) for key in config.job.varied if _counts(key)}
    return dict(in_order(found))


def _counts(key: str) -> bool:
    return group_of(key) not in NOT_OF_A_VARIANT


@cache
def default_levels() -> dict[str, str]:
    """Factor → level, and the project, of `configs/config.yaml`."""
    text = (data_root() / "configs" / "config.yaml").read_text(encoding="utf-8")
    entries = yaml.safe_load(text)["defaults"]
    return {
        str(group): str(level)
        for entry in entries
        if isinstance(entry, dict)
        for group, level in entry.items()
        if " " not in group  # an override of Hydra's own groups, or a file that need not be there
    }


def is_excluded(config: Config, rules: Sequence[Mapping[str, object]]) -> bool:
    """Whether all values of some rule are those of the configuration; a list is any of several.

    Raises `ConfigError` for a key that there is not.
    """
    return any(
        all(_matches(shown(select(config, key)), value) for key, value in rule.items())
        for rule in rules
    )


def _matches(found: str, wanted: object) -> bool:
    options = wanted if isinstance(wanted, list) else [wanted]
    return found in map(shown, options)


def select(config: Config, key: str) -> object:
    """What stands at a key: of a factor its level's name.

    Raises `ConfigError` for a key that there is not.
    """
    if key in config.every():
        return config.every()[key].level
    if key == "project":
        return config.project.name
    value: object = config
    for part in key.split("."):
        if isinstance(value, Config) and part in config.own:
            value = config.own[part]
        elif isinstance(value, Mapping):
            value = value.get(part, _MISSING)
        else:
            value = vars(value).get(part, _MISSING) if is_dataclass(value) else _MISSING
        if value is _MISSING:
            raise ConfigError(unknown_key(key, [*config.every(), "builder", "project"]))
    return value


def shown(value: object) -> str:
    """A composed value as names and tables have it; of an absolute path its last part alone."""
    if isinstance(value, Enum):
        return str(value.value)
    if isinstance(value, bool) or value is None:
        return _word(value)
    if isinstance(value, list):
        return f"[{','.join(map(shown, value))}]"
    if isinstance(value, Mapping):
        return "{" + ",".join(f"{key}:{shown(one)}" for key, one in value.items()) + "}"
    text = str(value)
    return PurePath(text).name or text if text.startswith("/") else text


def _word(value: object) -> str:
    """A value of a file as the text of an override."""
    return (
        "null" if value is None else str(value).lower() if isinstance(value, bool) else str(value)
    )


def refuse_level_lists(config: Config, overrides: Sequence[str]) -> None:
    """Raise `ConfigError` for several levels of one factor in one variant: Hydra merges them, and
    the last would stand for all."""
    for text in overrides:
        key, value = split_override(text)
        if value.startswith("[") and key in (*config.every(), "project", "experiment"):
            levels = value.strip("[] ")
            raise ConfigError(
                f"{text}: a variant has one level of each factor; for a variant of each, write"
                f" {key}={levels.replace(' ', '')}"
            )


def refuse_hidden_overrides(
    path: Sequence[PathStep | ListedVariant],
    overrides: Sequence[str],
    way_out: str = "leave the override out, or leave the experiment out (dockbench bench {0})",
) -> None:
    """Raise `ConfigError` for an override that the experiment's own variants would hide; `way_out`
    has `{0}` where the override goes."""
    setters: dict[str, list[str]] = {}
    for step in path:
        for key in step.set:
            setters.setdefault(key, []).append(step.name)
    for text in overrides:
        key, value = split_override(text)
        if key in setters:
            raise ConfigError(
                f"{key}={value} would have no effect: this experiment sets {key} itself, in"
                f" {', '.join(setters[key])}; {way_out.replace('{0}', f'{key}={value}')}"
            )


def split_override(text: str) -> tuple[str, str]:
    """Key and value of one override (`+key=value` and `++key=value` too)."""
    key, _, value = text.partition("=")
    return key.lstrip("+~"), value


def _bare(key: str) -> str:
    """A key without the signs that add it, or take it away."""
    return re.sub(r"^[+~]+", "", key).partition("@")[0]
