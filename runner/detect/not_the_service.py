"""Which Dockerfiles of a project are not of the service: those that run its tests, and those of a
database beside it or of a proxy in front of it."""

from __future__ import annotations

import re

from runner.detect.dockerfile import Dockerfile
from runner.dockerfile.reads import words_of_copy
from runner.model.service_kinds import PORT_OF_IMAGE

_NAME = re.compile(
    r"(?:^|[./_-])(?:tests?|testing|e2e|playwright|cypress|selenium|storybook|lint|linter)"
    r"(?:[./_-]|$)",
    re.IGNORECASE,
)
_IMAGE = re.compile(
    r"(?:^|/)(?:playwright|cypress|selenium|devcontainers)(?=[/:@-]|$)|(?:^|/)gitpod/"
)
_RUN = re.compile(
    r"(?:^|[\s/])(?:pytest|tox|nox|jest|vitest|playwright test|cypress (?:run|open)|newman run"
    r"|(?:npm|yarn|pnpm|bun)(?: run)? (?:test|e2e|lint)[\w:-]*|(?:go|cargo|deno|manage\.py) test)"
    r"(?=\s|$)"
)
_DATABASES = "|".join(PORT_OF_IMAGE)
_DATABASE = re.compile(
    rf"(?:^|/)(?:{_DATABASES}|elasticsearch|cassandra|neo4j|influxdb|clickhouse-server)"
    r"(?:-server)?(?=[:@]|$)"
)

_WEB_SERVER = re.compile(
    r"(?:^|/)(?:nginx(?:-unprivileged)?|caddy|httpd|traefik|haproxy|envoy)(?=[:@]|$)"
)
_CONFIGURED = re.compile(r"/etc/|/conf(?:/|\.d|$)|\.(?:conf|cfg|template|ya?ml|toml)$|Caddyfile$")


def is_proxy(dockerfile: Dockerfile) -> bool:
    """Whether a Dockerfile is for a web server that gets a configuration and no page: what it
    serves comes from somewhere else."""
    if not _WEB_SERVER.search(dockerfile.base):
        return False
    copies = [words_of_copy(x.value) for x in dockerfile.final if x.keyword in ("COPY", "ADD")]
    fetched = any(x.keyword == "RUN" and "html" in x.value for x in dockerfile.final)
    return bool(copies) and not fetched and all(_CONFIGURED.search(x[-1]) for x in copies if x)


def is_database(dockerfile: Dockerfile) -> bool:
    """Whether a Dockerfile is for a database, a cache or a queue: that is what it is built on."""
    return bool(_DATABASE.search(dockerfile.base))


def runs_tests(path: str, dockerfile: Dockerfile) -> bool:
    """Whether a Dockerfile is for tests: by its name, by the image that it is built on, or by what
    it starts."""
    return bool(
        _NAME.search(path)
        or _IMAGE.search(dockerfile.base)
        or _RUN.search(" ".join(dockerfile.command))
    )
