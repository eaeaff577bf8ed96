"""Keys that a user's own files set: an experiment's, this machine's, the main configuration's. They
make a variant differ from the defaults as an override would, so its name says them too."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from hydra._internal.sources_registry import SourcesRegistry
from hydra.core.hydra_config import HydraConfig
from hydra.plugins.config_source import ConfigSource
from omegaconf import DictConfig, OmegaConf

from runner.sweep.config import Config, as_config

GROUPS = ("experiment", "local")
"""Groups whose files may set any key."""
_GLOBAL = "_global_"
_DESCRIBED = ("level", "about")


def noted(composed: DictConfig) -> Config:
    """The composed configuration as plain objects, with the keys that files set.

    Raises `ConfigError` as `as_config` does.
    """
    config = as_config(composed)
    if HydraConfig.initialized():
        config.job.by_file = list(dict.fromkeys(_set_by(_files(), _sources())))
    return config


def _files() -> list[str]:
    """The main configuration, and what was chosen of the groups, as Hydra names files."""
    asked = HydraConfig.get()
    choices = asked.runtime.choices
    chosen = [f"{group}/{choices[group]}" for group in GROUPS if choices.get(group)]
    return [*filter(None, [asked.job.config_name]), *chosen]


def _sources() -> list[ConfigSource]:
    """Where Hydra found files, in its order."""
    registry = SourcesRegistry.instance()
    return [
        registry.resolve(source.schema)(source.provider, f"{source.schema}://{source.path}")
        for source in HydraConfig.get().runtime.config_sources
    ]


def _set_by(files: list[str], sources: list[ConfigSource]) -> Iterator[str]:
    """The keys that some files set, and those that their defaults lists name beside them."""
    seen = set[str]()
    while files:
        name = files.pop(0)
        source = next((one for one in sources if one.is_config(name)), None)
        if source is None or name in seen:
            continue
        seen.add(name)
        found = source.load_config(name)
        is_global = found.header.get("package") == _GLOBAL or "/" not in name
        if is_global and OmegaConf.is_dict(found.config):
            values = OmegaConf.to_container(found.config, resolve=False)
            assert isinstance(values, dict)
            defaults = values.pop("defaults", None)
            yield from _leaves(values)
            files += _beside(name, defaults)


def _beside(name: str, defaults: object) -> list[str]:
    """Files of the same groups that a defaults list takes in: `- other`, `- /experiment/other`."""
    group = name.rpartition("/")[0]
    listed = defaults if isinstance(defaults, list) else []
    entries = [entry for entry in listed if isinstance(entry, str)]
    named = [entry[1:] if entry.startswith("/") else f"{group}/{entry}" for entry in entries]
    return [one for one in named if one.partition("/")[0] in GROUPS]


def _leaves(values: Mapping[Any, Any], before: str = "") -> Iterator[str]:
    for key, value in values.items():
        if isinstance(value, dict) and value:
            yield from _leaves(value, f"{before}{key}.")
        elif key not in _DESCRIBED:
            yield f"{before}{key}"
