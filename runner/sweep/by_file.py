"""Keys that files of the user's own set: an experiment's, this machine's, the main configuration's.
They make a variant differ from the defaults as an override would, so its name says them too.

Whatever package, directory or defaults list they come by: what was composed is compared with what
the same levels and the same project are without those files.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from functools import lru_cache
from pathlib import PurePosixPath
from typing import Any

from hydra._internal.config_loader_impl import ConfigLoaderImpl
from hydra._internal.config_search_path_impl import ConfigSearchPathImpl
from hydra.core.hydra_config import HydraConfig
from hydra.types import RunMode
from omegaconf import DictConfig, OmegaConf

from runner.model.errors import ConfigError
from runner.model.levels import FACTORS
from runner.model.paths import data_root
from runner.sweep.choices import bare_key, is_of_a_variant, split_override
from runner.sweep.config import Config, as_config

_MAIN = "config"
_SHIPPED = "main"
_DESCRIBED = ("level", "about", "hadolint_exceptions")
_REST = ("", "")
_ABSENT = object()


def noted(composed: DictConfig) -> Config:
    """The composed configuration as plain objects, with the keys that files set.

    Raises `ConfigError` as `as_config` does, and for a file that chooses several levels of one
    factor.
    """
    config = as_config(composed)
    if HydraConfig.initialized():
        _refuse_several_levels(("project", *FACTORS, *config.own))
        usual = _without_files([*FACTORS, *config.own])
        found = _different(_plain(composed), usual)
        config.job.by_file = [key for key in found if is_of_a_variant(key)]
    return config


def _refuse_several_levels(groups: Sequence[str]) -> None:
    """Raise `ConfigError` for a list of levels in a defaults list: Hydra merges them, so that the
    last stands for all, and tells no choice of that group. The plan refuses lists in overrides."""
    asked = HydraConfig.get()
    given = [bare_key(split_override(text)[0]) for text in asked.overrides.task]
    known = (*given, *filter(asked.runtime.choices.get, asked.runtime.choices))
    unknown = [group for group in groups if group not in known]
    if not unknown:
        return
    loader = _loader(_sources()[1:])
    found = loader.compute_defaults_list(
        asked.job.config_name, list(asked.overrides.task), RunMode.RUN
    )
    paths = [PurePosixPath(file.config_path or "") for file in found.defaults]
    for group in unknown:
        levels = ",".join(path.name for path in paths if str(path.parent) == group)
        if "," in levels:
            raise ConfigError(
                f"{group}=[{levels}] in a defaults list: a variant has one level of each factor;"
                f" for a variant of each, write experiment.grid: {{{group}: [{levels}]}}"
            )


def _plain(composed: DictConfig) -> dict[Any, Any]:
    """As the files say it, interpolations included: these may lead to Hydra's own keys."""
    plain = OmegaConf.to_container(composed, resolve=False)
    assert isinstance(plain, dict)
    return plain


def _without_files(factors: Sequence[str]) -> Mapping[Any, Any]:
    """What the same levels and the same project are. Composing takes long, and a grid has fewer
    levels than variants: what a level is does not depend on the others."""
    choices, known = HydraConfig.get().runtime.choices, _known(_sources())
    levels = [(key, str(choices[key])) for key in ("project", *factors) if choices.get(key)]
    if not known.keys() >= {*levels}:
        signs = {factor: "+" for factor in factors if factor not in FACTORS}
        chosen = [f"{signs.get(key, '')}{key}={level}" for key, level in levels]
        composed = _composed(_sources(), chosen)
        known |= {(key, level): composed.get(key) for key, level in levels}
        known[_REST] = composed
    return {**known[_REST], **{key: known[key, level] for key, level in levels}}


@lru_cache(maxsize=8)
def _known(_of: Sequence[tuple[str, str]]) -> dict[tuple[str, str], Any]:
    """What was composed so far of these sources: group and level → its keys."""
    return {}


def _sources() -> tuple[tuple[str, str], ...]:
    """Where Hydra found files, in its order, but our own configuration first; and who said so."""
    found = [
        (str(source.provider), f"{source.schema}://{source.path}")
        for source in HydraConfig.get().runtime.config_sources
    ]
    return ((_SHIPPED, f"file://{data_root() / 'configs'}"), *found)


def _composed(sources: Sequence[tuple[str, str]], chosen: Sequence[str]) -> dict[Any, Any]:
    loader = _loader(sources)
    files = ["~local"] if loader.repository.group_exists("local") else []
    return _plain(loader.load_configuration(_MAIN, [*chosen, *files], RunMode.RUN))


def _loader(sources: Sequence[tuple[str, str]]) -> ConfigLoaderImpl:
    search = ConfigSearchPathImpl()
    for provider, path in sources:
        search.append(provider, path)
    return ConfigLoaderImpl(search)


def _different(found: Mapping[Any, Any], usual: Mapping[Any, Any], at: str = "") -> Iterator[str]:
    """The keys whose values are not the usual ones, each down to the last part of its path."""
    for key, value in found.items():
        other = usual.get(key, _ABSENT)
        if value == other or key in _DESCRIBED:
            continue
        if isinstance(value, dict) and value:
            yield from _different(value, other if isinstance(other, dict) else {}, f"{at}{key}.")
        else:
            yield f"{at}{key}"
