"""What a compose file says of a service's container: its variables, and the services beside it.

Pure functions of texts. Variables are filled in as compose does it, from a `.env` file beside the
compose file; where there is none, from the example of one that the project brings.
"""

from __future__ import annotations

import posixpath
import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import replace
from functools import lru_cache
from itertools import islice
from typing import Any
from urllib.parse import unquote

from runner.compare.compose_secrets import with_mounted
from runner.compare.compose_service import MOST_SERVICES, built_from, mounts_of
from runner.compare.database_scripts import first_scripts
from runner.compare.environment import interpolated, variables_of_example, variables_of_file
from runner.detect.dockerfile import Dockerfile
from runner.detect.names import is_example, is_script
from runner.model.errors import ConfigError
from runner.model.foreign import ForeignError, shell_split
from runner.model.project import Service
from runner.model.service_kinds import service_port
from runner.recipe.quoting import GIVEN_VARIABLE, HOST_NAME

_EXAMPLES = tuple(
    f"{sign}{word}"
    for sign in ".-_"
    for word in ("example", "exemple", "sample", "template", "dist")
)
_MOST_ENV_FILES = 20
_MOST_SEARCHED = 64 << 10
"""Characters of variables in which names of services are looked for."""
_WHERE = {"PORT", "HOST", "HOSTNAME"}
_LOCAL = {"", "localhost", "127.0.0.1", "0.0.0.0", "host.docker.internal"}
_POSTGRES = ("POSTGRES_USER", "POSTGRES_PASSWORD", "POSTGRES_DB")
_MYSQL = ("MYSQL_USER", "MYSQL_PASSWORD", "MYSQL_DATABASE")
_MONGO = ("MONGO_INITDB_ROOT_USERNAME", "MONGO_INITDB_ROOT_PASSWORD", "MONGO_INITDB_DATABASE")
_IMAGES: Mapping[str, tuple[str, tuple[str, ...]]] = {
    "postgres": ("postgres:16", _POSTGRES),
    "postgresql": ("postgres:16", _POSTGRES),
    "mysql": ("mysql:8", _MYSQL),
    "mariadb": ("mariadb:11", _MYSQL),
    "redis": ("redis:7", ()),
    "mongodb": ("mongo:7", _MONGO),
    "amqp": ("rabbitmq:3", ()),
}
"""Scheme of a URL → image, and the variables in which it is told user, password and database."""
_USUAL_PORTS = {str(service_port(x)): x for x in ("postgres", "mysql", "redis", "mongodb")}
_URL = re.compile(
    r"(?P<kind>postgres(?:ql)?|mysql|mariadb|redis|mongodb|amqp)(?:\+\w+)?://"
    r"(?:(?P<user>[^:@/]*)(?::(?P<password>[^@/]*))?@)?(?P<host>[\w.-]*)(?::\d+)?(?:/(?P<name>\w*))?"
)


def variables_at(folder: str, texts: Mapping[str, str]) -> dict[str, str]:
    """The variables of the `.env` in a directory, else of its example; where it has neither, those
    at the root (`docker compose --env-file .env -f infra/compose.yaml`)."""
    return _file_at(posixpath.join(folder, ".env"), texts) or _file_at(".env", texts)


def environment_of(
    service: Mapping[str, Any], folder: str, texts: Mapping[str, str]
) -> dict[str, str]:
    """The variables of a service: of its `env_file` and its `environment`. What would come from
    somewhere else is left out."""
    known = variables_at(folder, texts)
    found: dict[str, str] = {}
    for name in islice(dict.fromkeys(_env_files(service.get("env_file"))), _MOST_ENV_FILES):
        found |= _file_at(posixpath.normpath(posixpath.join(folder, name)), texts)
    return found | pairs(service.get("environment"), known)


def services_beside(
    document: Mapping[str, Any], name: str, folder: str, texts: Mapping[str, str]
) -> dict[str, Service]:
    """The databases and caches that a service says it depends on, or is told the name of; all that
    there are where it says nothing. Only those whose image, or that which they are built on, or
    port is known."""
    services = document.get("services")
    if not isinstance(services, dict):
        return {}
    own = services.get(name)
    wanted = (own.get("depends_on") if isinstance(own, dict) else None) or list(services)
    known = variables_at(folder, texts)
    told = environment_of(own, folder, texts) if isinstance(own, dict) else {}
    addresses = "\n".join(told.values())
    first = islice((x for x in services if isinstance(x, str)), MOST_SERVICES)
    named = [x for x in first if len(addresses) < _MOST_SEARCHED and _is_in(x, addresses)]
    waited = _waited_for(services, texts)
    wanted = [*wanted, *named, *waited] if isinstance(wanted, list | dict) else []
    found: dict[str, Service] = {}
    names = islice((x for x in wanted if isinstance(x, str)), MOST_SERVICES)
    for other in dict.fromkeys(names):
        service = services.get(other)
        if other == name or not isinstance(service, dict) or not HOST_NAME.matches(str(other)):
            continue
        image = service.get("image")
        filled = interpolated(image, known) if isinstance(image, str) else ""
        built = _built(service, folder, texts)
        filled = built.base if built else filled
        port = 0 if service_port(filled or "") else _usual_port(service)
        if filled and (service_port(filled) or port):
            environment = environment_of(service, folder, texts)
            environment = (built.set_variables if built else {}) | with_mounted(environment)
            command = _without_mounted(service, folder, known)
            host = _host(str(other), service, addresses)
            scripts = first_scripts(service, folder, texts)
            found[host] = Service(filled, environment, command, port, scripts)
    return found


def _without_mounted(
    service: Mapping[str, Any], folder: str, known: Mapping[str, str]
) -> list[str]:
    """The words of its command without those that name what it mounts of the project, which the
    container beside a check has not (`redis-server /etc/redis.conf --requirepass …`)."""
    places = [target.partition(":")[0] for _, target in mounts_of(service, folder) if target]
    words = command_of(service.get("command"), known)
    return [word for word in words if not any(place in word for place in places)]


def _waited_for(services: Mapping[Any, Any], texts: Mapping[str, str]) -> Iterator[str]:
    """The services that a script of the project waits for (`nc -z rabbitmq 5672`), whatever is said
    of what depends on what."""
    scripts = "\n".join(text for path, text in texts.items() if is_script(path))
    for name, service in islice(services.items(), MOST_SERVICES):
        image = service.get("image") if isinstance(service, dict) else None
        port = service_port(image) if isinstance(image, str) else 0
        if port and re.search(rf"(?<![\w.-]){re.escape(str(name))}[: ]+{port}\b", scripts):
            yield str(name)


def _built(service: Mapping[str, Any], folder: str, texts: Mapping[str, str]) -> Dockerfile | None:
    """The Dockerfile of a service that is built on the image of a database or cache."""
    return _on_service(texts.get(built_from(service, folder)[1], ""))


@lru_cache(maxsize=MOST_SERVICES)
def _on_service(text: str) -> Dockerfile | None:
    """A Dockerfile, read once: each of many services may be asked what the others are built on."""
    found = Dockerfile(text)
    return found if service_port(found.base) else None


def _host(name: str, service: Mapping[str, Any], addresses: str) -> str:
    """Under which of its names a service is asked: its own, unless only another one is in the
    variables of what asks."""
    others = [service.get("container_name"), service.get("hostname")]
    named = [x for x in others if isinstance(x, str) and HOST_NAME.matches(x)]
    return next((x for x in (name, *named) if _is_in(x, addresses)), name)


def _is_in(name: str, text: str) -> bool:
    """Whether a host stands somewhere in a text, and not as a part of another's name."""
    return bool(re.search(rf"(?<![\w.-]){re.escape(name)}(?![\w.-])", text))


def _usual_port(service: Mapping[str, Any]) -> int:
    """The port of a database or cache that a service of an image that is not known publishes or
    exposes; 0 for none."""
    said = [service.get("ports"), service.get("expose")]
    words = [str(item) for items in said if isinstance(items, list) for item in items]
    ports = (word.partition("/")[0].rpartition(":")[2] for word in words)
    return next((int(port) for port in ports if port in _USUAL_PORTS), 0)


def example_variables(folder: str, texts: Mapping[str, str]) -> tuple[dict[str, str], str]:
    """The example variables that a project brings, and their file: what its own readers copy to
    start it. Where it listens is left to what is known of that."""
    head = "" if folder in ("", ".") else f"{folder}/"
    found = [path for path in texts if path.startswith(head) and is_example(path[len(head) :])]
    for path in sorted(found):
        try:
            variables = variables_of_example(texts[path], path)
        except ConfigError:
            continue
        return {key: value for key, value in variables.items() if key not in _WHERE}, path
    return {}, ""


def services_of_variables(variables: Mapping[str, str]) -> dict[str, Service]:
    """The databases and caches whose addresses are in variables: in a URL, or by their usual port
    with the host, user, password and name beside it."""
    found: dict[str, Service] = {}
    for key, value in variables.items():
        match = _URL.match(value)
        if match:
            user, password = unquote(match["user"] or ""), unquote(match["password"] or "")
            host, kind, database = match["host"] or "", match["kind"], match["name"] or ""
        elif key.endswith("PORT") and value in _USUAL_PORTS:
            head, kind = key.removesuffix("PORT"), _USUAL_PORTS[value]
            host = variables.get(f"{head}HOST", "")
            user = _first(variables, head, "USER", "USERNAME")
            password = _first(variables, head, "PASSWORD", "PASS")
            database = _first(variables, head, "NAME", "DATABASE", "DB")
        elif key.endswith("REDIS_HOST") and value:
            kind, host, user, database = "redis", value, "", ""
            password = _first(variables, key.removesuffix("HOST"), "PASSWORD", "PASS")
        else:
            continue
        image, known = _IMAGES[kind]
        name = host if HOST_NAME.matches(host) and host not in _LOCAL else kind
        told = dict(zip(known, (user, password, database), strict=True)) if known else {}
        if kind in ("mysql", "mariadb"):
            told["MYSQL_ROOT_PASSWORD"] = password
            if user == "root":
                del told["MYSQL_USER"]
        # without one, a client that has a password is refused
        asks = kind == "redis" and password
        command = ["redis-server", "--requirepass", password] if asks else []
        found.setdefault(name, Service(image, {k: v for k, v in told.items() if v}, command))
    return found


def with_told_user(service: Service, variables: Mapping[str, str]) -> Service:
    """A database with the user, the password and the name that stand beside a host in variables
    (`DBHOST`, `DBUSER`, `DBPASS`, `DBNAME`), whose kind and port none of them says."""
    kinds = {image: known for image, known in _IMAGES.values() if known}
    known = kinds.get(service.image, ())
    heads = [key.removesuffix("HOST") for key in variables if key.endswith("HOST")]
    for head in heads if known else ():
        user = _first(variables, head, "USER", "USERNAME")
        password = _first(variables, head, "PASSWORD", "PASS", "PWD")
        name = _first(variables, head, "NAME", "DATABASE", "DB")
        if user and password and name:
            told = dict(zip(known, (user, password, name), strict=True))
            return replace(service, environment={**service.environment, **told})
    return service


def _first(variables: Mapping[str, str], head: str, *names: str) -> str:
    return next((variables[f"{head}{x}"] for x in names if f"{head}{x}" in variables), "")


def pairs(said: Any, known: Mapping[str, str]) -> dict[str, str]:
    """`KEY: value` or `- KEY=value`, variables filled in; what is not known is left out."""
    if isinstance(said, dict):
        items: Iterable[tuple[str, Any]] = ((str(key), value) for key, value in said.items())
    elif isinstance(said, list):
        parted = (str(item).partition("=") for item in said)
        items = ((key, value if equals else None) for key, equals, value in parted)
    else:
        return {}
    found: dict[str, str] = {}
    for key, value in items:
        text = known.get(key) if value is None else interpolated(_text(value), known)
        if text is not None and GIVEN_VARIABLE.matches(key):
            found[key] = text
    return found


def _text(value: Any) -> str:
    return str(value).lower() if isinstance(value, bool) else str(value)


def command_of(said: Any, known: Mapping[str, str]) -> list[str]:
    """The words of a `command`, variables filled in; none where one is not known, and where it is
    for a shell that is not there."""
    if isinstance(said, list):
        filled = [interpolated(_text(word), known) for word in said]
        return [word for word in filled if word is not None] if None not in filled else []
    text = interpolated(said, known) if isinstance(said, str) else None
    try:
        return shell_split(text) if text and "$" not in text else []
    except ForeignError:
        return []


def _env_files(said: Any) -> Iterator[str]:
    for item in said if isinstance(said, list) else [said]:
        name = item.get("path") if isinstance(item, dict) else item
        if isinstance(name, str):
            yield name


def _file_at(path: str, texts: Mapping[str, str]) -> dict[str, str]:
    """The variables of a file, else of what is named as its example; none of one that is wrong."""
    found = path if path in texts else example_at(path, texts)
    return dict(_variables(texts[found], found)) if found else {}


def example_at(path: str, texts: Mapping[str, str]) -> str:
    """What is named as the example of a file of variables; empty for none."""
    folder, name = posixpath.split(path)
    examples = [f"{path}{ending}" for ending in _EXAMPLES]
    examples += [posixpath.join(folder, f"{word}{name}") for word in ("example", "sample")]
    return next((candidate for candidate in examples if candidate in texts), "")


@lru_cache(maxsize=64)
def _variables(text: str, name: str) -> Mapping[str, str]:
    """The variables of a file, which many services may name; none of one that is wrong."""
    try:
        return variables_of_file(text, name)
    except ConfigError:
        return {}
