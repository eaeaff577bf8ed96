"""Values for variables without which a service does not start, for the container of its check.

They are in no image and no record. A service that answers with them may not work with its own.
"""

from __future__ import annotations

import posixpath
import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import replace

from runner.analysis.causes import Hints, hints_of, lacks_service, missing_variables
from runner.compare.compose import services_of_variables, with_told_user
from runner.compare.environment import SECRET, variables_of_example, variables_of_file
from runner.detect.names import is_env_file
from runner.model.errors import ConfigError
from runner.model.project import Project, Service
from runner.model.record import Failure
from runner.model.service_kinds import service_port

_NUMBER = re.compile(
    r"(?:^|_)(?:PORT|TTL|MINUTES|HOURS|DAYS|SECONDS|EXPIRES?(?:_IN)?|EXPIRATION(?:_TIME)?|TIMEOUT"
    r"|SIZE|LIMIT|ID)$"
)
_WHOLE = r"(?:URL|URI|DSN|CONN(?:ECT(?:ION)?)?(?:_STRING|_URL|_URI)?)"
"""How the name of an address ends."""
_MONGO = "mongodb://mongo:27017/check"
_BOT_TOKEN = "123456789:placeholder-of-the-check-0123456789"
"""As clients of Telegram ask for it before they ask anybody else."""
_KINDS = (
    (r"(?:^|_)(?:BOT|TELEGRAM|TG)(?:_\w+)?_?TOKEN$|^TOKEN$", _BOT_TOKEN),
    (r"ROUNDS$", "10"),
    (r"SENTRY\w*DSN$|^DSN$", "https://0123456789abcdef0123456789abcdef@localhost/1"),
    (
        r"INSIGHTS\w*CONNECTION_STRING$",
        "InstrumentationKey=00000000-0000-0000-0000-000000000000",
    ),
    (rf"MONGO\w*_?{_WHOLE}$", _MONGO),
    (rf"(?:DATABASE|DB|POSTGRES(?:QL)?|MYSQL|SQLALCHEMY)\w*_{_WHOLE}$", ""),
    (r"REDIS\w*_(?:URL|URI)$|(?:BROKER|CACHE)_URL$", "redis://redis:6379/0"),
    (r"EMAIL$|_FROM$|_SENDER$", "check@example.com"),
    (r"ALLOWED_HOSTS$", "*"),
    (r"URL$|URI$|ORIGINS?$|ENDPOINT$|DOMAIN$", "http://localhost"),
    (r"HOST$", "localhost"),
    (r"DEBUG$|^IS_|ENABLED?$", "false"),
)
_DRIVERS = (
    (r"asyncpg", "postgresql+asyncpg://check:check@db:5432/check"),
    (r"psycopg|[\"']pg[\"']|postgres", "postgresql://check:check@db:5432/check"),
    (r"aiomysql|pymysql", "mysql+pymysql://check:check@db:3306/check"),
    (r"mysqlclient|mysql2?\b", "mysql://check:check@db:3306/check"),
    (r"mongoose|[\"']mongodb[\"']|pymongo|\bmotor\b|mongoengine|beanie", _MONGO),
)
_ENVIRON_PREFIX = re.compile(r"^env\.prefix\s*=\s*[\"'](\w+)[\"']", re.MULTILINE)
"""Of django-environ, which names a variable without it."""
_HOST_AND_PORT = re.compile(r"[a-z+]+\d?://(?:[^@/]*@)?([\w.-]+):(\d{2,5})(?:/|$)")
_ADDRESS = re.compile(
    r"\b(?:postgres(?:ql)?|mysql|mariadb|redis|mongodb)(?:\+(?!srv)\w+)?://[\w.~%+-]*(?::[^\s\"'@/{}$<>]*)?@?"
    r"[\w.-]+(?::\d{2,5})?(?:/[\w-]*)?"
)
IS_ASIDE = re.compile(
    r"(?:^|/)(?:tests?|docs?|examples?|__tests__|e2e)/|\.(?:spec|test|e2e-spec)\.\w+$|\.(?:md|rst)$|\.lock$|lock\.(?:json|yaml)$"
)
"""A path of what is not the service itself."""
SOURCES = (".js", ".mjs", ".cjs", ".ts", ".py")
_LOCAL_DATABASE = "sqlite:////tmp/check.db"


def with_placeholders(
    project: Project,
    failures: Sequence[Failure],
    paths: Sequence[str],
    texts: Mapping[str, str],
) -> tuple[Project, list[str]]:
    """The project with what a failed check lacked and can be told or given, and what that is: a
    value for each variable that it names, and the database whose address its sources have. The
    project itself and nothing where neither is known."""
    check = project.check
    found = placeholders(failures, hints_of(paths, texts), texts, check.environment)
    found |= {name: str(project.port) for name in found if name == "PORT"}
    found = {name: at_known_host(value, check.services) for name, value in found.items()}
    services = services_of_variables(found)
    if any(lacks_service(failure) for failure in failures):
        more = services_of_variables(_addresses(texts))
        more = {host: with_told_user(x, check.environment) for host, x in more.items()}
        services = without_ports_of(more, {**check.services, **services}) | services
    if not found and not services:
        return project, []
    environment = {**check.environment, **found}
    said = []
    if found:
        names = " ".join(f"--env {name}=VALUE" for name in found)
        said.append(
            f"placeholders of the check {', '.join(found)}: it does not start without, and nothing"
            f" in the project has values for it; they are in no image ({names} gives others)"
        )
    said += [
        f"service beside the check {host}: {x.image}, whose address the project has"
        for host, x in services.items()
    ]
    kept = without_ports_of(check.services, services)
    check = replace(check, environment=environment, services={**kept, **services})
    return replace(project, check=check), said


def at_known_host(value: str, services: Mapping[str, Service]) -> str:
    """The address of a database at the one that runs beside the check already, if one does; any
    other value as it is."""
    match = _HOST_AND_PORT.match(value)
    ports = {service_port(x.image): host for host, x in services.items()}
    host = ports.get(int(match[2])) if match else None
    return f"{value[: match.start(1)]}{host}{value[match.end(1) :]}" if match and host else value


def without_ports_of(
    services: Mapping[str, Service], others: Mapping[str, Service]
) -> dict[str, Service]:
    """Those that do not listen where one of the others does: all are in one network namespace."""
    taken = {service_port(x.image) for x in others.values()}
    return {host: x for host, x in services.items() if service_port(x.image) not in taken}


def placeholders(
    failures: Iterable[Failure],
    hints: Hints,
    texts: Mapping[str, str],
    known: Mapping[str, str],
) -> dict[str, str]:
    """A value for each variable that a failed check names and of which the container was told none:
    that of the project's example file, else of another file of variables that it brings, all of
    which is told then, else one of its kind; none where nothing is named."""
    named = [name for failure in failures for name in missing_variables(failure, hints)]
    wanted = [full for name in dict.fromkeys(named) for full in _as_read(name, texts)]
    examples = _examples(hints)
    lacking = [name for name in dict.fromkeys(wanted) if not known.get(name)]
    brought = _brought([name for name in lacking if not examples.get(name)], texts)
    found = {name: examples.get(name) or value_of(name, texts) for name in lacking}
    return found | {name: x for name, x in brought.items() if x and not known.get(name)}


def _brought(lacking: Sequence[str], texts: Mapping[str, str]) -> Mapping[str, str]:
    """What a file of variables of the project (`.env.local`) says that has one of these, the
    nearest to the root; where the service listens is left to what is known of that."""
    paths = (path for path in texts if is_env_file(posixpath.basename(path)))
    for path in sorted(paths, key=lambda path: (path.count("/"), path)):
        try:
            found = variables_of_file(texts[path], path)
        except ConfigError:
            continue
        if any(found.get(name) for name in lacking):
            return {name: x for name, x in found.items() if name not in ("PORT", "HOST")}
    return {}


def sources_in(texts: Mapping[str, str], endings: str | tuple[str, ...] = SOURCES) -> Iterator[str]:
    """The texts of the service's own sources with these endings, in the order of their paths."""
    for path, text in sorted(texts.items()):
        if path.endswith(endings) and not IS_ASIDE.search(path):
            yield text


def value_of(name: str, texts: Mapping[str, str]) -> str:
    """A value that a variable of this name may have."""
    if _NUMBER.search(name):
        return "3600"
    for pattern, value in _KINDS:
        if re.search(pattern, name):
            return value or database_url(texts)
    return SECRET


def _as_read(name: str, texts: Mapping[str, str]) -> list[str]:
    """The variables that the sources read for a setting: DJANGO_SECRET_KEY for SECRET_KEY."""
    quoted = re.compile(rf"[\"'](\w+_{re.escape(name)})[\"']")
    longer = {found for text in texts.values() for found in quoted.findall(text)}
    longer |= {f"{x}{name}" for text in texts.values() for x in _ENVIRON_PREFIX.findall(text)}
    return [name, *sorted(x for x in longer if x.isupper())]


def _addresses(texts: Mapping[str, str]) -> dict[str, str]:
    """Addresses of databases that files of the project have, under names of no meaning."""
    found = (
        match[0]
        for path, text in sorted(texts.items(), key=lambda item: (item[0].count("/"), item[0]))
        if not IS_ASIDE.search(path)
        for match in _ADDRESS.finditer(text)
    )
    return {f"ADDRESS_{number}": url for number, url in enumerate(dict.fromkeys(found))}


def _examples(hints: Hints) -> dict[str, str]:
    try:
        return variables_of_example(hints.examples, hints.example)
    except ConfigError:
        return {}


def database_url(texts: Mapping[str, str]) -> str:
    """The address of a database for the driver that is among the dependencies."""
    manifests = "\n".join(
        text
        for path, text in texts.items()
        if path.endswith((".txt", ".toml", ".lock", "Pipfile", "package.json"))
    )
    found = (url for pattern, url in _DRIVERS if re.search(pattern, manifests))
    return next(found, _LOCAL_DATABASE)
