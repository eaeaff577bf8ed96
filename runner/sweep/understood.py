"""A folder as a project: what its dockbench.yaml says, and what is detected of the rest."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml
from omegaconf import OmegaConf
from omegaconf.errors import OmegaConfBaseException, ValidationError

from runner.detect.dockerfile import Dockerfile
from runner.detect.found import Detected
from runner.detect.listing import read_listing
from runner.detect.project import DESCRIPTION, DOCKERFILE, detect
from runner.model.errors import ConfigError, ProjectError
from runner.model.project import Project
from runner.sweep.words import words_of


@dataclass(frozen=True)
class OwnDockerfile:
    """A Dockerfile that is measured as it is."""

    name: str
    """Its path in the project; of a file elsewhere its name."""
    dockerfile: Dockerfile
    dockerignore: str
    """Text of the .dockerignore that goes with it; empty for none."""


@dataclass(frozen=True)
class Understood:
    """The project in a folder."""

    project: Project
    evidence: tuple[str, ...]
    python: str
    """The version of Python that it asks for; empty where it does not say."""


def understand(folder: Path, own: Sequence[OwnDockerfile]) -> Understood:
    """The project in a folder, which is only read.

    Raises `ConfigError` for a description that is wrong, and `ProjectError` with the lines to write
    where something cannot be found.
    """
    listing = read_listing(folder)
    given = read_description(folder / DESCRIPTION)
    first = own[0].dockerfile if own else None
    detected = detect(listing, given, first)
    if detected.missing:
        raise ProjectError(_missing(folder, detected))
    name = re.sub(r"[^A-Za-z0-9_.-]+", "-", folder.name).strip("-.") or "project"
    values = {
        "name": name,
        "about": f"the project in {folder}",
        "repository": ".",
        **detected.values,
        "folder": str(folder / str(detected.values.get("folder", "."))),
    }
    project = as_project(values, folder / DESCRIPTION)
    return Understood(project, detected.evidence, detected.python)


def read_description(path: Path) -> dict[str, Any]:
    """What a dockbench.yaml says; empty if there is none.

    Raises `ConfigError` for a key that a project does not have and a value of the wrong type.
    """
    if not path.is_file():
        return {}
    try:
        said = yaml.safe_load(path.read_text(encoding="utf-8"))
    except (yaml.YAMLError, UnicodeDecodeError) as error:
        raise ConfigError(f"{path}: not YAML: {' '.join(str(error).split())}") from error
    except OSError as error:
        raise ConfigError(f"{path}: cannot be read ({error.strerror})") from error
    if said is None:
        return {}
    if not isinstance(said, dict):
        raise ConfigError(f"{path}: it must hold `key: value` lines (`port: 8000`)")
    _merged(said, path)
    return {str(key): value for key, value in said.items()}


def as_project(values: dict[str, Any], path: Path) -> Project:
    """The values as a project; raises `ConfigError` as `read_description` does."""
    project = OmegaConf.to_object(_merged(values, path))
    assert isinstance(project, Project)
    return project


def _merged(values: dict[str, Any], path: Path) -> Any:
    try:
        return OmegaConf.merge(OmegaConf.structured(Project), OmegaConf.create(values))
    except ValidationError as error:
        raise ConfigError(f"{path}: {error.full_key}: {words_of(error)}") from error
    except OmegaConfBaseException as error:
        raise ConfigError(f"{path}: {words_of(error)}") from error


def _missing(folder: Path, detected: Detected) -> str:
    """One line with all that could not be found, and what to write instead."""
    lacks = "; ".join(f"{item.why}: write `{item.line}`" for item in detected.missing)
    return f"{folder}: {lacks} into {folder / DESCRIPTION} (docs/compare.md has an example)"


def own_dockerfiles(folder: Path, named: Sequence[str]) -> list[OwnDockerfile]:
    """The Dockerfile at the project's root, if there is one, and those that were named: relative
    to the current folder or to the project's.

    Raises `ProjectError` for one that cannot be read.
    """
    paths = [folder / DOCKERFILE] if (folder / DOCKERFILE).is_file() else []
    for name in named:
        here = Path(name)
        paths.append(here if here.is_file() else folder / name)
    found = {path.resolve(): _read(path, folder) for path in paths}
    return list(found.values())


def _read(path: Path, folder: Path) -> OwnDockerfile:
    try:
        text = path.read_text(encoding="utf-8")
        beside = path.with_name(f"{path.name}.dockerignore")
        ignore = beside if beside.is_file() else folder / ".dockerignore"
        ignored = ignore.read_text(encoding="utf-8") if ignore.is_file() else ""
    except OSError as error:
        raise ProjectError(
            f"--dockerfile {path}: cannot be read ({error.strerror}): name a file in the current"
            f" folder or in {folder}"
        ) from error
    except UnicodeDecodeError as error:
        raise ProjectError(f"{path}: not UTF-8 text: name a Dockerfile") from error
    where, root = path.resolve(), folder.resolve()
    inside = where.is_relative_to(root)
    name = where.relative_to(root).as_posix() if inside else path.name
    return OwnDockerfile(name, Dockerfile(text), ignored)
