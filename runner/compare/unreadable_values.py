"""Variables of the check whose values a service cannot read, or with which it asks for packages for
development: without them it has its own defaults."""

from __future__ import annotations

import re
from collections.abc import Collection, Mapping, Sequence
from dataclasses import replace

from runner.analysis.causes_of_packages import missing_module
from runner.model.project import Project
from runner.model.record import Failure

_OF_SENTRY = re.compile(r"Invalid Sentry D[sS][nN]\b|\bBadDsn: ")
"""In the words of its clients for JavaScript and Python: an address that is an example."""
_KIND = re.compile(r"(?:^|_)ENV(?:IRONMENT)?$")
_OF_DEVELOPERS = frozenset(("dev", "develop", "development", "local"))
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
    for_developers = _for_developers(environment, failures, told)
    if not dropped and not for_developers:
        return project, []
    gone = {*dropped, *for_developers}
    kept = {name: value for name, value in environment.items() if name not in gone}
    said = [
        f"variable of the check {name}: left out, as the settings of the service cannot read its"
        f" value (--env {name}=VALUE gives another)"
        for name in dropped
    ]
    said += [
        f"variable of the check {name}: left out, as with its value the service asks for packages"
        f" that its image does not have (--env {name}=VALUE gives another)"
        for name in for_developers
    ]
    return replace(project, check=replace(project.check, environment=kept)), said


def _for_developers(
    environment: Mapping[str, str], failures: Sequence[Failure], told: Collection[str]
) -> list[str]:
    """Variables of an example that have a service start as for whoever edits it, where it did not
    find a package."""
    if not any(missing_module(failure.words) for failure in failures):
        return []
    return [
        name
        for name, value in environment.items()
        if _KIND.search(name) and value.lower() in _OF_DEVELOPERS and name not in told
    ]


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
