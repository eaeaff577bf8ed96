"""The dockbench.yaml that lies in a project: read as data, and nothing in it leads out of the
project."""

from __future__ import annotations

import os
from collections.abc import Mapping
from pathlib import Path, PurePosixPath
from typing import Any

from runner.compare.description import described
from runner.detect.project import DESCRIPTION
from runner.model.errors import ConfigError, ProjectError
from runner.model.foreign import MOST_BYTES, ForeignError, yaml_document
from runner.project.inside import inside, leads_out, read_inside
from runner.recipe import quoting

_LONGEST_NAME = 255
"""In bytes, as on every usual file system."""


def read_description(folder: Path) -> dict[str, Any]:
    """What the dockbench.yaml of a project says; empty if there is none.

    It was found and not named by the user: nothing that it says leads out of the folder. Raises
    `ConfigError` for a key that a project does not have, a value of the wrong type and a path that
    leads elsewhere.
    """
    path = folder / DESCRIPTION
    if not path.exists() and not path.is_symlink():
        return {}
    try:
        content = read_inside(folder, DESCRIPTION, MOST_BYTES)
        if content is None:
            raise ForeignError(f"no regular file of at most {MOST_BYTES >> 10} KiB")
        said = yaml_document(content.decode("utf-8-sig"))
    except OSError as error:
        raise ConfigError(f"{path}: cannot be read ({error.strerror})") from error
    except UnicodeDecodeError as error:
        raise ConfigError(f"{path}: not YAML: {error}") from error
    except ForeignError as error:
        raise ConfigError(f"{path}: {error}") from error
    if said is None:
        return {}
    if not isinstance(said, dict):
        raise ConfigError(f"{path}: it must hold `key: value` lines (`port: 8000`)")
    values = described(said, str(path))
    _require_inside(folder, values)
    return values


def _require_inside(folder: Path, values: Mapping[str, Any]) -> None:
    """Raise for a description that names anything outside of its folder, links resolved."""
    path = folder / DESCRIPTION
    if "folder" in values:
        raise ConfigError(
            f"{path}: folder: a project that is found lies where it was found: leave the key out"
            " (dockbench bench --config-dir reads a description that may point elsewhere)"
        )
    if "name" in values and not quoting.LEVEL_NAME.matches(values["name"]):
        raise ConfigError(f"{path}: name: {values['name']!a} is not {quoting.LEVEL_NAME.valid}")
    root = Path(_inside(folder, path, "repository", values.get("repository", ".")))
    backend = _inside(root, path, "backend", values.get("backend", "."))
    check = values.get("check", {})
    for key in ("request_file", "answer_file", "structure_test"):
        if check.get(key):
            _inside(folder, path, f"check.{key}", check[key])
            if leads_out(check[key]):  # and back in: read as the user's own would be
                raise ConfigError(f"{path}: check.{key}: {check[key]!a} leads out of {folder}")
    _inside(backend, path, "package", values.get("package", "."), folder)
    for name in values.get("dependency_files", ()):
        _inside(backend, path, "dependency_files", name, folder)
    for level, chosen in values.get("dependencies", {}).items():
        for name in (chosen.get("requirements", "."), *chosen.get("files", ())):
            _inside(backend, path, f"dependencies.{level}", name, folder)
    for part in values.get("parts", ()):
        _inside(root, path, "parts", part.get("path", "."))


def _inside(start: Path, origin: Path, key: str, value: str, root: Path | None = None) -> Path:
    """Where a path of the description leads to: below `root`, which is `start` if not given."""
    top = root or start
    if any(len(os.fsencode(part)) > _LONGEST_NAME for part in PurePosixPath(value).parts):
        raise ConfigError(f"{origin}: {key}: {value[:40]!a}… is longer than any file's name")
    if PurePosixPath(value).is_absolute():
        raise ConfigError(f"{origin}: {key}: {value!a} is absolute: give it relative to {start}")
    try:
        return inside(top, start / value)
    except ProjectError as error:
        raise ConfigError(
            f"{origin}: {key}: {value!a} leads out of {top}, which nothing in a project that was"
            " found may: name something in it"
        ) from error
