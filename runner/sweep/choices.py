"""What makes one configuration differ from another: the levels and other keys that were chosen, and
choices that contradict each other."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import is_dataclass
from enum import Enum
from functools import cache
from pathlib import PurePath

import yaml

from runner.model.errors import ConfigError
from runner.model.levels import FACTORS
from runner.model.paths import data_root
from runner.model.variant import group_of, in_order
from runner.sweep.config import Config, ListedVariant, PathStep
from runner.sweep.hydra_errors import unknown_key

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

SWEPT_ALONE = ("experiment", "run.results")
"""Those that may have several values all the same: each has result directories of its own."""

_MISSING = object()


def chosen(config: Config, overrides: Sequence[str]) -> dict[str, str]:
    """What makes a configuration differ from the defaults: levels by their names, and of other keys
    those that were overridden or that a file of the user's own sets, as they were composed; and all
    that the sweep varies."""
    usual = default_levels()
    found = {
        factor: level for factor, level in config.names().items() if level != usual.get(factor)
    }
    if config.project.name != usual["project"]:
        found["project"] = config.project.name
    for key in (*config.job.by_file, *(bare_key(split_override(text)[0]) for text in overrides)):
        if is_of_a_variant(key) and key not in (*FACTORS, *config.own, "project"):
            found[key] = shown(select(config, key))
    found |= {key: shown(select(config, key)) for key in config.job.varied if is_of_a_variant(key)}
    return dict(in_order(found))


def is_of_a_variant(key: str) -> bool:
    """Whether a key makes one variant differ from another."""
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


def refuse_varied_settings(keys: Iterable[str]) -> None:
    """Raise `ConfigError` for several values of what holds for a sweep as a whole: its variants
    would be one and the same, and all but the first value would have no effect."""
    for key in keys:
        if not is_of_a_variant(key) and key not in SWEPT_ALONE:
            raise ConfigError(
                f"{key} has several values, and no variant differs by it: give it one, or run a"
                " sweep for each (run.results=DIRECTORY keeps their results apart)"
            )


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
        return word(value)
    if isinstance(value, list):
        return f"[{','.join(map(shown, value))}]"
    if isinstance(value, Mapping):
        return "{" + ",".join(f"{key}:{shown(one)}" for key, one in value.items()) + "}"
    text = str(value)
    return PurePath(text).name or text if text.startswith("/") else text


def word(value: object) -> str:
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


def bare_key(key: str) -> str:
    """A key without the signs that add it, or take it away."""
    return re.sub(r"^[+~]+", "", key).partition("@")[0]
