"""Variables of the check whose values the settings of a service cannot read: without them it has
its own defaults."""

from __future__ import annotations

import re
from collections.abc import Collection, Mapping, Sequence
from dataclasses import replace

from runner.model.project import Project
from runner.model.record import Failure

_OF_SENTRY = re.compile(r"Invalid Sentry D[sS][nN]\b|\bBadDsn: ")
"""In the words of its clients for JavaScript and Python: an address that is an example."""
_UNREADABLE = re.compile(
    r"SettingsError: error parsing (?:JSON for|value for field) \"(\w+)\" from source"
    r" \"(?:Env|DotEnv)SettingsSource\""
)
"""In the words of pydantic-settings: a list or a table that is no JSON."""


def without_unreadable_values(
    project: Project, failures: Sequence[Failure], told: Collection[str]
) -> tuple[Project, list[str]]:
    """The project without those that a failed check names, and what is said of it; the project
    itself and nothing where there are none. What the caller has `told` stays."""
    named = {name.lower() for x in failures for name in _UNREADABLE.findall(x.words)}
    environment = project.check.environment
    dropped = [name for name in environment if name.lower() in named and name not in told]
    dropped += _of_sentry(environment, failures, told)
    if not dropped:
        return project, []
    kept = {name: value for name, value in environment.items() if name not in dropped}
    said = [
        f"variable of the check {name}: left out, as the settings of the service cannot read its"
        f" value (--env {name}=VALUE gives another)"
        for name in dropped
    ]
    return replace(project, check=replace(project.check, environment=kept)), said


def _of_sentry(
    environment: Mapping[str, str], failures: Sequence[Failure], told: Collection[str]
) -> list[str]:
    if not any(_OF_SENTRY.search(failure.words) for failure in failures):
        return []
    return [
        name
        for name, value in environment.items()
        if name.endswith("DSN") and "sentry" in f"{name} {value}".lower() and name not in told
    ]
