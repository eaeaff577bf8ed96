"""Which variants an experiment asks for, and what each is called: pure, but for composing.

Every variant is composed as if its overrides stood on the command line, so a level or a key that
does not exist is reported as Hydra reports it. Names come from what was composed, so a job in any
process calls its variant what the plan calls it.
"""

from __future__ import annotations

import itertools
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field

from runner.model.errors import ConfigError
from runner.model.variant import variant_name
from runner.sweep.choices import (
    bare_key,
    chosen,
    is_excluded,
    is_of_a_variant,
    refuse_hidden_overrides,
    refuse_level_lists,
    refuse_varied_settings,
    select,
    shown,
    split_override,
    word,
)
from runner.sweep.config import Config, ListedVariant, PathStep

Compose = Callable[[list[str]], Config]
"""Overrides → configuration."""

Values = Callable[[str], list[str]]
"""`key=values` as Hydra reads it → the single overrides that it stands for."""


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
    refuse_varied_settings(map(bare_key, keys))
    told = [f"job.varied=[{','.join(map(bare_key, keys))}]"] if keys else []
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
    given = {bare_key(split_override(text)[0]) for text in overrides}
    return {
        key: [f"{key}={word(one)}" for one in chosen]
        if isinstance(chosen, list)
        else values(f"{key}={word(chosen)}")
        for key, chosen in grid.items()
        if bare_key(key) not in given
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
    varied = {key: shown(select(config, key)) for key in config.job.varied if is_of_a_variant(key)}
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


def refuse_equal_names(variants: Sequence[PlannedVariant]) -> None:
    """Raise `ConfigError` for two variants that only different paths tell apart which end alike:
    of a path, names and tables have the last part alone."""
    known: dict[tuple[str, str], dict[str, str]] = {}
    for item in variants:
        paths = _paths_in(item.overrides)
        other = known.setdefault((item.config.run.results, item.name), paths)
        for key in [key for key in paths if paths[key] != other.get(key, paths[key])]:
            raise ConfigError(
                f"{key}={other[key]} and {key}={paths[key]} would be two variants of one name"
                f" ({item.name}): of a path it has the last part alone; give them different ones"
            )


def _paths_in(overrides: Sequence[str]) -> dict[str, str]:
    pairs = map(split_override, overrides)
    return {
        bare_key(key): value.strip("'\"")
        for key, value in pairs
        if value.strip("'\"").startswith("/") and is_of_a_variant(bare_key(key))
    }


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
