"""Which configuration files may set Hydra itself: the user's main file and experiments, no level.

Hydra means configuration to be trusted: what its own package names (callbacks, launchers, handlers
of logs) is imported and called. So a directory is a source of configurations only where the user
names it, and the files of factors, projects and bases in it, which are passed around, may set
values alone. They are looked through before Hydra composes anything of them.
"""

from __future__ import annotations

import os
import re
import stat
from collections.abc import Iterator, Sequence
from importlib.util import find_spec
from pathlib import Path
from typing import Any

from hydra._internal.utils import get_args_parser
from hydra.core.override_parser.overrides_parser import OverridesParser
from hydra.errors import HydraException

from runner.model.errors import ConfigError
from runner.model.foreign import ForeignError, yaml_document

TRUSTED = ("experiment", "local", "hydra")
"""Groups whose files may set Hydra itself."""
SEARCH_PATH = "hydra.searchpath"
_HEADER = re.compile(r"^\s*#\s*@(\S+)[ \t]+(\S+)", re.MULTILINE)
_PREFIXES = re.compile(r"^(?:(?:optional|override) +)*")
_ONLY = "only an experiment, or the main configuration that you name, may set Hydra itself"


def refuse_untrusted(arguments: Sequence[str]) -> None:
    """Raise `ConfigError`, with file and key, for a level or a project that sets Hydra itself, in
    any of the directories that the arguments name."""
    for directory in named_directories(arguments):
        for path, group in _files(directory):
            document = _document(path)
            if group not in ("", *TRUSTED):
                _require_values_only(path, document)


def refuse_lost_rerun(arguments: Sequence[str]) -> None:
    """Raise `ConfigError` where the job that is to run again is not there to be read."""
    pickled = get_args_parser().parse_intermixed_args(list(arguments)).experimental_rerun
    if pickled and not Path(pickled).is_file():
        raise ConfigError(
            f"--experimental-rerun={pickled}: there is no such file; name the config.pickle that"
            " Hydra's PickleJobInfoCallback wrote for a job"
        )


def named_directories(arguments: Sequence[str]) -> list[Path]:
    """Where the arguments of `bench` say that configurations lie, by an option or a search path."""
    found = get_args_parser().parse_intermixed_args(list(arguments))
    named = [found.config_dir, found.config_path]
    named += _search_path(found.overrides)
    main = f"{found.config_name or 'config'}.yaml"
    for directory in filter(None, (found.config_dir, found.config_path)):
        if (path := Path(directory) / main).is_file():
            document = _document(path)
            hydra = document.get("hydra") if isinstance(document, dict) else None
            search = hydra.get("searchpath") if isinstance(hydra, dict) else None
            named += search if isinstance(search, list) else []
    places = [_place(str(name)) for name in named if name]
    return [place for place in dict.fromkeys(places) if place is not None and place.is_dir()]


def _search_path(overrides: Sequence[str]) -> list[str]:
    """What is given for `hydra.searchpath`; what cannot be read Hydra refuses itself."""
    parser = OverridesParser.create()
    for text in overrides:
        if SEARCH_PATH in text:
            try:
                override = parser.parse_override(text)
            except HydraException:
                continue
            value = override.value()
            if override.get_key_element().lstrip("+") == SEARCH_PATH and isinstance(value, list):
                return [str(one) for one in value]
    return []


def _place(name: str) -> Path | None:
    """A directory of a search path; of a package where it lies, without importing it."""
    scheme, separator, rest = name.partition("://")
    if not separator or scheme == "file":
        return Path(rest if separator else name)
    package, _, below = rest.partition("/")
    try:
        spec = find_spec(package.partition(".")[0])
    except (ImportError, ValueError):
        return None
    if spec is None or not spec.submodule_search_locations:
        return None
    inner = package.split(".")[1:] + ([below] if below else [])
    return Path(next(iter(spec.submodule_search_locations)), *inner)


def _files(directory: Path) -> Iterator[tuple[Path, str]]:
    """Every YAML file below a directory, links followed as Hydra does, with its first group."""
    seen: set[tuple[int, int]] = set()
    for parent, inner, names in os.walk(directory, followlinks=True):
        status = Path(parent).stat()
        if (status.st_dev, status.st_ino) in seen:
            inner.clear()
            continue
        seen.add((status.st_dev, status.st_ino))
        inner.sort()
        group = Path(parent).relative_to(directory).parts[:1]
        for name in sorted(names):
            if name.endswith((".yaml", ".yml")):
                yield Path(parent, name), group[0] if group else ""


def _document(path: Path) -> Any:
    try:
        if not stat.S_ISREG(path.stat().st_mode):
            raise ConfigError(f"{path}: not a regular file")
        return yaml_document(path.read_text(encoding="utf-8"))
    except ForeignError as error:
        raise ConfigError(f"{path}: {error}") from error
    except UnicodeDecodeError as error:
        raise ConfigError(f"{path}: not UTF-8 text") from error
    except OSError as error:
        raise ConfigError(f"{path}: cannot be read ({error.strerror})") from error


def _require_values_only(path: Path, document: Any) -> None:
    for key, value in _HEADER.findall(path.read_text(encoding="utf-8")):
        if key == "package" and "hydra" in value.split("."):
            raise ConfigError(f"{path}: @package {value}: {_ONLY}")
    if not isinstance(document, dict):
        return
    for key, value in document.items():
        if str(key).partition(".")[0].strip() == "hydra":
            inner = f".{next(iter(value))}" if isinstance(value, dict) and value else ""
            raise ConfigError(f"{path}: {key}{inner}: {_ONLY}")
    entries = document.get("defaults")
    for entry in entries if isinstance(entries, list) else []:
        for text in _targets(entry):
            if _reaches_hydra(text):
                raise ConfigError(f"{path}: defaults: {text}: {_ONLY}")


def _targets(entry: Any) -> list[str]:
    """What one entry of a defaults list names: its group, or the file itself, with the package."""
    if not isinstance(entry, dict):
        return [str(entry)]
    return [
        f"{group}/{option}"
        for group, options in entry.items()
        for option in (options if isinstance(options, list) else [options])
    ]


def _reaches_hydra(text: str) -> bool:
    """Whether an entry leads to a trusted file, to a file of no group, out of the directory, or
    into Hydra's own package."""
    plain = _PREFIXES.sub("", text.strip())
    if plain in ("_self_", "_self_/None"):
        return False
    if "${" in plain:
        return True
    named, _, package = plain.partition("@")
    # `group@package/option`: what stands behind the package is the option.
    package = package.partition("/")[0]
    parts = named.strip("/").split("/")
    if "hydra" in re.split(r"[.:]", package) or ".." in parts:
        return True
    absolute = named.startswith("/")
    if parts[0] in TRUSTED and (absolute or len(parts) > 1):
        return True
    return absolute and len(parts) == 1
