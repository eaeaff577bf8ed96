"""Variables of the check whose values a service cannot read, or with which it asks for packages for
development: without them it has its own defaults."""

from __future__ import annotations

import re
from collections.abc import Collection, Mapping, Sequence
from dataclasses import replace

from runner.analysis.causes_of_packages import missing_module
from runner.compare.placeholders import value_of
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


_OF_KIND = re.compile(
    r"\b(\w+)\s+(?:Input should be a valid (boolean|integer|number|URL)\b"
    r"|value could not be parsed to a (boolean)\b|value is not a valid (integer|float)\b)"
)
"""In the words of pydantic, of either major version."""
_NUMBER = "1"


def with_readable_values(
    project: Project,
    failures: Sequence[Failure],
    told: Collection[str],
    texts: Mapping[str, str],
) -> tuple[Project, list[str]]:
    """The project with values of the kind that a failed check asks for in place of text, and what
    is said of it; the project itself and nothing where none is asked for. What the caller has
    `told` stays, and so does what has such a value already."""
    kinds = {
        match[1].lower(): next(filter(None, match.groups()[1:]))
        for failure in failures
        for match in _OF_KIND.finditer(failure.words)
    }
    found = {
        name: _readable(name, kinds[name.lower()], project, texts)
        for name in project.check.environment
        if name.lower() in kinds and name not in told
    }
    found = {name: x for name, x in found.items() if project.check.environment[name] != x}
    if not found:
        return project, []
    said = [
        f"variable of the check {name}: {value}, as the settings of the service ask for a value of"
        f" that kind (--env {name}=VALUE gives another)"
        for name, value in found.items()
    ]
    environment = {**project.check.environment, **found}
    return replace(project, check=replace(project.check, environment=environment)), said


def _readable(name: str, kind: str, project: Project, texts: Mapping[str, str]) -> str:
    if name == "PORT":
        return str(project.port)
    if kind == "URL":
        return value_of(name.upper(), texts)
    return "false" if kind == "boolean" else _NUMBER


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
