"""Configuration directories that the user names: only an experiment or config.yaml in them may set
Hydra's own keys, which can execute code; a level, a project or a base is data."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from pathlib import Path

import yaml

from runner.model.errors import ConfigError

ALLOWED = ("experiment", "hydra", "local")
"""Groups that may: `local` holds the user's settings of this machine."""
_OPTION = re.compile(r"(?:--config-dir|-cd)(?:=(.*))?", re.DOTALL)
_SEARCHED = re.compile(r"file://([^,\]'\"]+)")
_PACKAGE = re.compile(r"^\s*#\s*@package\s+(?:_global_\.)?hydra\b", re.MULTILINE)
_RELOCATED = re.compile(r"@(?:[^:\s]*:)?(?:_global_\.)?hydra\b")


def refuse_hydra_keys(arguments: Sequence[str]) -> None:
    """Raise `ConfigError` with file and key for a group file that sets something of Hydra's."""
    for directory in _named(arguments):
        for path in sorted(directory.glob("*/**/*.yaml")):
            group = path.relative_to(directory).parts[0]
            if group not in ALLOWED and (key := _hydra_key(path)):
                raise ConfigError(
                    f"{path}: {key}: a file of the group {group} cannot set what is Hydra's;"
                    " an experiment or config.yaml can"
                )


def _named(arguments: Sequence[str]) -> Iterator[Path]:
    for place, argument in enumerate(arguments):
        if option := _OPTION.fullmatch(argument):
            following = arguments[place + 1 : place + 2]
            yield from map(Path, following if option[1] is None else [option[1]])
        elif argument.lstrip("+~").startswith("hydra.searchpath"):
            yield from map(Path, _SEARCHED.findall(argument))


def _hydra_key(path: Path) -> str:
    """The key of a file that is Hydra's, or nothing; what cannot be read Hydra itself refuses."""
    try:
        text = path.read_text(encoding="utf-8")
        values = yaml.safe_load(text)
    except (OSError, ValueError, yaml.YAMLError, RecursionError):
        return ""
    if found := _PACKAGE.search(text):
        return found[0].strip()
    if not isinstance(values, dict):
        return ""
    keys = [str(key) for key in values if re.match(r"hydra\b", str(key))]
    keys += [str(entry) for entry in values.get("defaults") or () if _RELOCATED.search(str(entry))]
    return keys[0] if keys else ""
