"""Which variants an experiment asks for: composed configurations, each checked by Hydra.

A path's step is composed as if its overrides stood on the command line, so a level or a key that
does not exist is reported as Hydra reports it.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

from runner.model.errors import ConfigError
from runner.model.levels import FACTORS
from runner.model.variant import group_of, in_order, variant_name
from runner.sweep.config import Config, PathStep

Compose = Callable[[list[str]], Config]
"""Overrides → configuration."""

NOT_OF_A_VARIANT = ("run", "engine", "hydra", "experiment")
"""Keys that do not make one variant differ from another."""


@dataclass(frozen=True)
class PlannedVariant:
    """A variant before its base is known and its Dockerfile rendered."""

    name: str
    about: str
    config: Config
    changed: dict[str, str] = field(default_factory=dict)
    step: int | None = None
    original_bytes: int | None = None


def plan(config: Config, overrides: Sequence[str], compose: Compose) -> list[PlannedVariant]:
    """The variants that `config` asks for, in the order in which they are run.

    `overrides` are those of the command line; they hold in every step of a path. Raises
    `ConfigError` if one of them sets what the path's own steps set, since it could have no effect.
    """
    if not config.experiment.path:
        return [single(config, overrides)]
    refuse_hidden_overrides(config.experiment.path, overrides)
    steps = []
    cumulative: dict[str, str] = {}
    for index, step in enumerate(config.experiment.path):
        cumulative |= step.set
        composed = compose([*overrides, *(f"{key}={value}" for key, value in cumulative.items())])
        steps.append(
            PlannedVariant(
                name=step.name,
                about=step.about,
                config=composed,
                changed=dict(step.set),
                step=index,
                original_bytes=step.original_bytes,
            )
        )
    return steps


def single(config: Config, overrides: Sequence[str]) -> PlannedVariant:
    """The one variant of a configuration without a path, named by what was overridden: its name
    does not depend on the order of the overrides."""
    overridden = dict(map(split_override, overrides))
    chosen = {
        key: plain(value)
        for key, value in overridden.items()
        if group_of(key) not in NOT_OF_A_VARIANT
    }
    changed = dict(in_order(chosen))
    about = "; ".join(getattr(config, key).about for key in changed if key in FACTORS)
    return PlannedVariant(
        variant_name(changed), about or "the default level of every factor", config, changed
    )


def refuse_hidden_overrides(path: Sequence[PathStep], overrides: Sequence[str]) -> None:
    """Raise `ConfigError` for an override that the path's steps would hide."""
    setters: dict[str, list[str]] = {}
    for step in path:
        for key in step.set:
            setters.setdefault(key, []).append(step.name)
    for text in overrides:
        key, value = split_override(text)
        if key in setters:
            raise ConfigError(
                f"{key}={value} would have no effect: this experiment sets {key} itself, in"
                f" {', '.join(setters[key])}; leave the override out, or leave the experiment out"
                f" (dockbench bench {key}={value})"
            )


def split_override(text: str) -> tuple[str, str]:
    """Key and value of one override (`+key=value` and `++key=value` too)."""
    key, _, value = text.partition("=")
    return key.lstrip("+~"), value


def plain(value: str) -> str:
    """The value of an override without its quotes, or the backslashes that a sweep puts in."""
    if len(value) > 1 and value[0] == value[-1] and value[0] in "'\"":
        return value[1:-1]
    return re.sub(r"\\(.)", r"\1", value)
