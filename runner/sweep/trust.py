"""Which configuration files may set Hydra itself: the user's main file and experiments, no level.

Hydra means configuration to be trusted: what its own package names (callbacks, launchers, handlers
of logs) is imported and called. So a directory is a source of configurations only where the user
names it, and the files of factors, projects and bases in it, which are passed around, may set
values alone. They are looked through before Hydra composes anything of them.
"""

from __future__ import annotations

import os
import re
from collections.abc import Iterator, Sequence
from importlib.util import find_spec
from pathlib import Path
from typing import Any

from hydra._internal.utils import get_args_parser
from hydra.core.override_parser.overrides_parser import OverridesParser
from hydra.errors import HydraException
from hydra.plugins.config_source import ConfigSource
from omegaconf import OmegaConf
from omegaconf.errors import OmegaConfBaseException

from runner.model.errors import ConfigError
from runner.model.foreign import MOST_BYTES, ForeignError, yaml_document
from runner.project.inside import read_regular

TRUSTED = ("experiment", "local", "hydra")
"""Groups whose files may set Hydra itself."""
SEARCH_PATH = "hydra.searchpath"
_HEADER_CHARACTERS = 512
"""How much of a file Hydra looks through for the lines that say its package."""
_KEYWORD = re.compile("_(?:global|group|name|here|parent)_")
"""Words of a package that Hydra replaces, also in the middle of others (`x_global_.hydra`)."""
_PREFIXES = re.compile(r"^(?:(?:optional|override) +)*")
_ONLY = "only an experiment, or the main configuration that you name, may set Hydra itself"


def refuse_untrusted(arguments: Sequence[str]) -> None:
    """Raise `ConfigError`, with file and key, for a level or a project that sets Hydra itself, in
    any of the directories that the arguments name."""
    for directory in named_directories(arguments):
        for path, group in _files(directory):
            text = _text(path)
            document = _document(path, text)
            if group not in ("", *TRUSTED):
                _require_values_only(path, text, document)


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
    # A relative --config-path is relative to the module of the Hydra application, beside this one.
    named = [found.config_dir, found.config_path and str(Path(__file__).parent / found.config_path)]
    if found.config_path and "://" in found.config_path:
        named[1] = found.config_path
    main = f"{(found.config_name or 'config').removesuffix('.yaml')}.yaml"
    directories = [_place(str(name)) for name in named if name]
    named += _search_path(found.overrides)
    for directory in directories:
        if directory is not None and (path := directory / main).is_file():
            named += _search_path_of(_document(path, _text(path)))
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


def _search_path_of(document: Any) -> list[str]:
    """The search path of a main configuration, its variables filled in as Hydra does it; what
    cannot be filled in Hydra refuses itself."""
    if not isinstance(document, dict):
        return []
    try:
        value = OmegaConf.select(OmegaConf.create(document), SEARCH_PATH)
        return [str(one) for one in value] if OmegaConf.is_list(value) else []
    except OmegaConfBaseException:
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
    """Every YAML file below a directory, links followed as Hydra does, with its first group.

    What has two names is looked through again where only one of them is trusted."""
    seen: set[tuple[int, int, bool]] = set()
    for parent, inner, names in os.walk(directory, followlinks=True):
        groups = Path(parent).relative_to(directory).parts
        group = groups[0] if groups else ""
        is_trusted = group in ("", *TRUSTED)
        if not is_trusted and _KEYWORD.search("/".join(groups)):
            raise ConfigError(f"{parent}: Hydra reads a package out of this name: rename it")
        status = Path(parent).stat()
        if (status.st_dev, status.st_ino, is_trusted) in seen:
            inner.clear()
            continue
        seen.add((status.st_dev, status.st_ino, is_trusted))
        inner.sort()
        for name in sorted(names):
            if name.endswith((".yaml", ".yml")):
                yield Path(parent, name), group


def _text(path: Path) -> str:
    """The text of a file with the line ends that Hydra reads it with."""
    try:
        content = read_regular(path, MOST_BYTES)
        if content is None:
            raise ConfigError(f"{path}: not a regular file of at most {MOST_BYTES >> 10} KiB")
        return content.decode("utf-8").replace("\r\n", "\n").replace("\r", "\n")
    except UnicodeDecodeError as error:
        raise ConfigError(f"{path}: not UTF-8 text") from error
    except OSError as error:
        raise ConfigError(f"{path}: cannot be read ({error.strerror})") from error


def _document(path: Path, text: str) -> Any:
    try:
        return yaml_document(text)
    except ForeignError as error:
        raise ConfigError(f"{path}: {error}") from error


def _package(text: str) -> str:
    """The package that a file says it is in, as Hydra reads it; empty where it says none."""
    try:
        return ConfigSource._get_header_dict(text[:_HEADER_CHARACTERS])["package"] or ""
    except ValueError:  # Hydra refuses it, too
        return ""


def _is_hydras(package: str) -> bool:
    """Whether a package may be one of Hydra's own."""
    parts = re.split(r"[.:]", package)
    return "hydra" in parts or any(
        _KEYWORD.search(part) and not _KEYWORD.fullmatch(part) for part in parts
    )


def _require_values_only(path: Path, text: str, document: Any) -> None:
    if _is_hydras(package := _package(text)):
        raise ConfigError(f"{path}: @package {package}: {_ONLY}")
    if not isinstance(document, dict):
        return
    for key, value in document.items():
        if str(key).partition(".")[0].strip() == "hydra":
            inner = f".{next(iter(value))}" if isinstance(value, dict) and value else ""
            raise ConfigError(f"{path}: {key}{inner}: {_ONLY}")
    entries = document.get("defaults")
    for entry in entries if isinstance(entries, list) else []:
        for target in _targets(entry):
            if _reaches_hydra(target):
                raise ConfigError(f"{path}: defaults: {target}: {_ONLY}")


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
    parts = [part for part in named.split("/") if part not in ("", ".")]
    if _is_hydras(package) or ".." in parts or not parts or _KEYWORD.search(named):
        return True
    absolute = named.startswith("/")
    if parts[0] in TRUSTED and (absolute or len(parts) > 1):
        return True
    return absolute and len(parts) == 1
