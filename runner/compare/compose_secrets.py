"""The secrets that a compose file mounts into a service: their names alone, as a placeholder takes
the place of each, and nobody's secret is read."""

from __future__ import annotations

import posixpath
from collections.abc import Iterable, Mapping
from dataclasses import replace
from typing import Any

from runner.compare.environment import SECRET
from runner.engine.put_files import SECRETS
from runner.model.project import Project
from runner.trial.check_plan import SECRET_NAME

_MOST = 50
_PLACE = f"/{SECRETS}"
_FILE = "_FILE"


def secrets_of(service: Mapping[str, Any]) -> tuple[str, ...]:
    """The names of the files that it finds in /run/secrets."""
    said = service.get("secrets")
    names = [_name(item) for item in (said[:_MOST] if isinstance(said, list) else ())]
    return tuple(dict.fromkeys(name for name in names if SECRET_NAME.fullmatch(name)))


def _name(item: Any) -> str:
    """`db-password`, or what `source` and `target` say, where that lies in the usual directory."""
    if not isinstance(item, dict):
        return str(item)
    target = str(item.get("target") or item.get("source") or "")
    return posixpath.basename(target) if posixpath.dirname(target) == _PLACE else target


def with_mounted(environment: Mapping[str, str]) -> dict[str, str]:
    """The variables of a database with what a secret would say in its place: for official images
    `MYSQL_PASSWORD_FILE=/run/secrets/x` is `MYSQL_PASSWORD` with the text of that file."""
    return {
        name.removesuffix(_FILE) if _is_mounted(name, value) else name: (
            SECRET if _is_mounted(name, value) else value
        )
        for name, value in environment.items()
    }


def _is_mounted(name: str, value: str) -> bool:
    return name.endswith(_FILE) and posixpath.dirname(value) == _PLACE


def with_secrets(project: Project, names: Iterable[str]) -> tuple[Project, list[str]]:
    """The project whose check has a placeholder for each that its description has no text for, and
    what is to be said of it."""
    found = {name: SECRET for name in names if name not in project.check.secrets}
    if not found:
        return project, []
    check = replace(project.check, secrets={**project.check.secrets, **found})
    said = (
        f"secrets of the check {', '.join(found)}: a compose file mounts them, and a placeholder is"
        f" in {_PLACE} of its container, in no image (check.secrets gives others)"
    )
    return replace(project, check=check), [said]
