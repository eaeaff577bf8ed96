"""The variable by which the sources of a service choose whether it listens for its own machine
alone, where its check saw that it does."""

from __future__ import annotations

import re
from collections.abc import Collection, Mapping, Sequence
from dataclasses import replace

from runner.compare.placeholders import sources_in
from runner.model.project import Project
from runner.model.record import Failure

_INSIDE = re.compile(r"listens on (?:127\.|\[?::1)\S* (?:and \S+ )*only, which nothing outside")
_ALL = "0.0.0.0"
_NAME = r"([A-Z][A-Z0-9_]*)"
_QUOTE = "[\"'`]"
_ON_ALL = rf"[)\s]*\?\s*{_QUOTE}0\.0\.0\.0{_QUOTE}"
_CHOSEN = (
    re.compile(rf"process\.env\.{_NAME}\s*===?\s*{_QUOTE}([\w-]+){_QUOTE}{_ON_ALL}"),
    re.compile(rf"{_QUOTE}{_NAME}{_QUOTE}\s+in\s+process\.env{_ON_ALL}()"),
    re.compile(rf"process\.env\.{_NAME}{_ON_ALL}()"),
    re.compile(
        rf"0\.0\.0\.0{_QUOTE}\s+if\s+(?:os\.)?(?:environ\.get|getenv)\(\s*{_QUOTE}{_NAME}{_QUOTE}()"
    ),
)
"""A variable and the value with which it listens for all; none for any value."""
_HOST = (
    re.compile(
        rf"process\.env\.{_NAME}\s*(?:\|\||\?\?)\s*{_QUOTE}(?:localhost|127\.0\.0\.1){_QUOTE}"
    ),
    re.compile(
        rf"(?:environ\.get|getenv)\(\s*{_QUOTE}{_NAME}{_QUOTE}\s*,\s*{_QUOTE}(?:localhost|127\.0\.0\.1){_QUOTE}"
    ),
)
"""A variable that names the address itself."""
_LISTENS = re.compile(r"(?:^|_)(?:HOST|HOSTNAME|BIND|ADDRESS|ADDR|LISTEN|INTERFACE)$")
_REMOTE = re.compile(
    r"(?:DB|DATABASE|REDIS|MONGO|PG|POSTGRES|MYSQL|SQL|SMTP|MAIL|RABBIT|AMQP|KAFKA)"
)


def with_open_host(
    project: Project, failures: Sequence[Failure], texts: Mapping[str, str], known: Collection[str]
) -> tuple[Project, list[str]]:
    """The project whose container is told that variable, and what is said of it; the project itself
    and nothing where none is read, and where its image (`known`) or its owner sets it."""
    told = project.check.environment
    if not any(_INSIDE.search(failure.message) for failure in failures):
        return project, []
    found = {name: x for name, x in _read(texts).items() if name not in told and name not in known}
    if not found:
        return project, []
    said = [
        f"variable of the check {name}={value}: its sources listen on {_ALL} with it, and for their"
        " own machine alone without"
        for name, value in found.items()
    ]
    check = replace(project.check, environment={**told, **found})
    return replace(project, check=check), said


def _read(texts: Mapping[str, str]) -> dict[str, str]:
    """Each such variable, and the value with which the service listens for all."""
    found: dict[str, str] = {}
    for text in sources_in(texts):
        for pattern in _CHOSEN:
            found |= {match[1]: match[2] or "1" for match in pattern.finditer(text)}
        names = [match[1] for pattern in _HOST for match in pattern.finditer(text)]
        found |= {x: _ALL for x in names if _LISTENS.search(x) and not _REMOTE.search(x)}
    return found
