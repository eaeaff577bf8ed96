"""Values for the variables that a service's sources read and that nobody told its container, where
its check fails and names none: what a `.env` has that is not in the repository."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace

from runner.compare.compose import services_of_variables, with_told_user
from runner.compare.placeholders import (
    at_known_host,
    database_url,
    sources_in,
    value_of,
    without_ports_of,
)
from runner.model.project import Project, Service
from runner.model.record import Failure
from runner.model.service_kinds import service_port

_NAME = r"([A-Z][A-Z0-9]*(?:_[A-Z0-9]+)*)"
_READ = re.compile(
    rf"\bprocess\.env(?:\.{_NAME}\b|\[\s*[\"']{_NAME}[\"']\s*\])!?(?!\s*(?:\|\||\?\?|\?\.))"
    rf"|\bos\.(?:environ\.get|getenv)\(\s*[\"']{_NAME}[\"']\s*\)(?!\s*or\b)"
)
_REQUIRED = re.compile(rf"\bos\.environ\[\s*[\"']{_NAME}[\"']\s*\]")
_OF_CONFIG = re.compile(rf"\b(?:get|getOrThrow)(?:<\w+>)?\(\s*[\"']{_NAME}[\"']\s*\)")
_UNPACKED = re.compile(r"\{([^{}]*)\}\s*=\s*process\.env\b")
_NOT_TOLD = re.compile(
    r"(?:NODE_ENV|ENV|ENVIRONMENT|PORT|HOST|HOSTNAME|CI|HOME|PATH|PWD|USER|SHELL|TZ|LANG|DEBUG"
    r"|NODE_OPTIONS|LOG_LEVEL|VERSION|DYNO)$"
    r"|(?:NPM|VERCEL|GITHUB_ACTIONS|K_|AWS_LAMBDA|IS|USE|ENABLE|DISABLE|SKIP|FORCE|NO)_"
)
"""What a service does well without, or what another value than its author's would change."""
_EMPTY = re.compile(r"(?:\w+_)?(?:DSN|PROXY|LEVEL|PREFIX|OPTIONS|ARGS)$", re.IGNORECASE)
"""What is left empty on purpose."""
_PART = re.compile(
    r"(?:\w+_)?(?:(?:DATABASE|DB|MYSQL|MARIADB|POSTGRES(?:QL)?|TYPEORM|SQL|RDS)_|PG_?)"
    r"(HOST|HOSTNAME|SERVER|PORT|USER|USERNAME|PASSWORD|PASS|PWD|NAME|DATABASE|DB|TYPE|DIALECT"
    r"|CONNECTION)$"
)
_PARTS = {
    **dict.fromkeys(("HOST", "HOSTNAME", "SERVER"), "host"),
    **dict.fromkeys(("USER", "USERNAME"), "user"),
    **dict.fromkeys(("PASSWORD", "PASS", "PWD"), "password"),
    **dict.fromkeys(("NAME", "DATABASE", "DB"), "name"),
    **dict.fromkeys(("TYPE", "DIALECT", "CONNECTION"), "kind"),
    "PORT": "port",
}
_URL = re.compile(r"(postgres|mysql)(?:ql)?(?:\+\w+)?://(\w+):(\w+)@(\w+):(\d+)/(\w+)$")
_LISTENS = re.compile(r"(?:APP|APPLICATION|SERVER|API|HTTP|WEB|SERVICE|LISTEN|NODE|BACKEND)_?PORT$")
"""Where the service itself is to listen."""
_REDIS_PORT = service_port("redis")
_REDIS = re.compile(r"(?:\w+_)?REDIS_(HOST|PORT)$")


def read_variables(texts: Mapping[str, str]) -> list[str]:
    """The variables that sources read without a value in the place of one that is not told."""
    found = [name for text in sources_in(texts) for name in _read(text)]
    return [name for name in dict.fromkeys(found) if not _NOT_TOLD.match(name)]


def with_read_variables(
    project: Project,
    failures: Sequence[Failure],
    texts: Mapping[str, str],
    known: Collection[str],
) -> tuple[Project, list[str]]:
    """The project with a value for each variable that its sources read and nobody told, or that an
    example leaves empty, and what they lead to beside the check; the project itself and nothing
    where there is none, or no check has failed. Those in `known` have a value, or none on
    purpose."""
    told = project.check.environment
    left = (_NOT_TOLD, _PART, _EMPTY)
    empty = [x for x, value in told.items() if not value and not any(y.match(x) for y in left)]
    named = dict.fromkeys([*read_variables(texts), *empty])
    wanted = [x for x in named if not told.get(x) and x not in known]
    if not wanted or not any(failure.step.startswith("check") for failure in failures):
        return project, []
    return _given(project, wanted, texts)


def with_database_parts(
    project: Project, missing: Collection[str], texts: Mapping[str, str]
) -> tuple[Project, list[str]]:
    """The same for all parts of a database's address that sources read, where one of them is among
    the variables that a check said are `missing`, and the driver among the dependencies says which
    database that is."""
    told = project.check.environment
    read = [name for text in sources_in(texts, ".py") for name in _REQUIRED.findall(text)]
    named = dict.fromkeys([*missing, *read_variables(texts), *read])
    wanted = [name for name in named if _PART.match(name) and not told.get(name)]
    is_known = _URL.fullmatch(database_url(texts)) is not None
    if not is_known or not any(map(_PART.match, missing)):
        return project, []
    return _given(project, wanted, texts)


def _given(
    project: Project, wanted: Sequence[str], texts: Mapping[str, str]
) -> tuple[Project, list[str]]:
    told, beside = project.check.environment, project.check.services
    database = _database(wanted, told, beside, texts)
    cache = next(
        (host for host, x in beside.items() if service_port(x.image) == _REDIS_PORT), "redis"
    )
    found = {name: _value(name, database, cache, texts) for name in wanted}
    found = {name: at_known_host(value, beside) for name, value in found.items()}
    found |= {name: str(project.port) for name in wanted if _LISTENS.match(name)}
    services = services_of_variables({**_addresses(found, database, cache), **found})
    services = {host: with_told_user(x, told) for host, x in services.items()}
    kept = without_ports_of(beside, services)
    said = [
        f"placeholders of the check {', '.join(wanted)}: it may read them, and nothing in the"
        f" project has values for them; they are in no image (--env NAME=VALUE gives others)"
    ]
    said += [f"service beside the check {host}: {x.image}" for host, x in services.items()]
    check = replace(project.check, environment={**told, **found}, services={**kept, **services})
    return replace(project, check=check), said


@dataclass(frozen=True)
class _Database:
    """Where one is, and who may read it."""

    kind: str = ""
    """`postgres` or `mysql`; empty for none."""
    user: str = ""
    password: str = ""
    host: str = ""
    port: str = ""
    name: str = ""

    @property
    def url(self) -> str:
        """All of it in one line."""
        return (
            f"{self.kind}://{self.user}:{self.password}@{self.host}:{self.port}/{self.name}"
            if self.kind
            else ""
        )


def _read(text: str) -> Iterator[str]:
    for match in _READ.finditer(text):
        yield next(filter(None, match.groups()))
    for match in _OF_CONFIG.finditer(text) if "ConfigService" in text else ():
        yield match[1]
    for match in _UNPACKED.finditer(text):
        for item in match[1].split(","):
            if named := re.fullmatch(rf"\s*{_NAME}\s*(?::\s*\w+\s*)?", item):
                yield named[1]


def _database(
    wanted: Sequence[str],
    told: Mapping[str, str],
    beside: Mapping[str, Service],
    texts: Mapping[str, str],
) -> _Database:
    """The one that the variables are about: of the driver that is among the dependencies, where it
    runs beside the check already, with what is told of it."""
    match = _URL.fullmatch(database_url(texts))
    if match is None or not any(_PART.match(name) for name in wanted):
        return _Database()
    found = _Database(*match.groups())
    host = next((x for x, y in beside.items() if str(service_port(y.image)) == found.port), "")
    said = {_PARTS[part[1]]: value for name, value in told.items() if (part := _PART.match(name))}
    said = {key: value for key, value in said.items() if value and key not in ("kind", "port")}
    return replace(found, **{**({"host": host} if host else {}), **said})


def _value(name: str, database: _Database, cache: str, texts: Mapping[str, str]) -> str:
    if database.kind and (part := _PART.match(name)):
        return str(getattr(database, _PARTS[part[1]]))
    if part := _REDIS.match(name):
        return cache if part[1] == "HOST" else str(_REDIS_PORT)
    return value_of(name, texts)


def _addresses(found: Mapping[str, str], database: _Database, cache: str) -> dict[str, str]:
    """What is to run beside the check for parts of an address, as addresses."""
    urls = {"DATABASE": database.url} if database.kind else {}
    if any(_REDIS.match(name) for name in found):
        urls["CACHE"] = f"redis://{cache}:{_REDIS_PORT}/0"
    return urls
