"""Which overrides a sweep's arguments stand for: Hydra's own syntax, read by Hydra's own parser."""

from __future__ import annotations

import itertools
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from hydra.core.override_parser.overrides_parser import OverridesParser
from hydra.core.override_parser.types import Override

from runner.model.errors import ConfigError


@dataclass(frozen=True)
class Request:
    """One combination of a sweep's arguments."""

    overrides: list[str]
    varied: list[str]
    """Keys of those that have several values in the sweep."""


def requests(
    arguments: Sequence[str], params: Mapping[str, str], parser: OverridesParser
) -> list[Request]:
    """Every combination of the values of `arguments` and, less prominent, of `params`.

    Raises `ConfigError` for a sweep that has no end of values.
    """
    given = parser.parse_overrides(list(arguments))
    keys = {override.get_key_element() for override in given}
    usual = parser.parse_overrides([f"{key}={value}" for key, value in params.items()])
    every = [override for override in usual if override.get_key_element() not in keys] + given
    choices = [values_of(override) for override in every]
    varied = [
        override.get_key_element().lstrip("+")
        for override, values in zip(every, choices, strict=True)
        if len(values) > 1
    ]
    return [Request(list(combination), varied) for combination in itertools.product(*choices)]


def values_of(override: Override) -> list[str]:
    """The overrides that one stands for: several if it is a sweep."""
    if not override.is_sweep_override():
        return [str(override.input_line)]
    key = override.get_key_element()
    if not override.is_discrete_sweep():
        raise ConfigError(
            f"{override.input_line}: an interval has no end of values, and only a sweeper that"
            f" optimises takes it (hydra/sweeper=optuna); list values, or take {key}=range(…)"
        )
    return [f"{key}={value}" for value in override.sweep_string_iterator()]


def quoted(text: str) -> str:
    """Any text as the value of an override, in Hydra's quotes; nothing in it is interpolated."""
    escaped = re.sub(r"(\\*)'", lambda found: found[1] * 2 + "\\'", text)
    escaped = re.sub(r"(\\+)$", lambda found: found[1] * 2, escaped)
    escaped = re.sub(r"(\\*)\$\{", lambda found: found[1] * 2 + "\\${", escaped)
    return f"'{escaped}'"
