"""Names that say what a file is: Dockerfiles and compose files."""

from __future__ import annotations

import re

COMPOSE = ("compose.yaml", "compose.yml", "docker-compose.yml", "docker-compose.yaml")
_COMPOSE = re.compile(r"(?:docker-)?compose(?:[._-][\w-]+)?\.ya?ml")
_MAY_BE_COMPOSE = re.compile(
    r"(?:^|/)(?:docker[_-]?)?compose/[\w.-]+\.ya?ml$"
    r"|^(?:(?:docker|deploy|deployment)/)?(?:local|dev|development|staging|prod|production)\.ya?ml$"
)
FOR_DEVELOPERS = re.compile(
    r"(?:^|[./_-])(?:dev|development|test|tests|ci|debug|local)(?:[./_-]|$)", re.IGNORECASE
)
"""What a path has in it that is not for production."""
FOR_PRODUCTION = re.compile(r"(?:^|[./_-])(?:prod|production|release|deploy)(?:[./_-]|$)", re.I)
_NAME = re.compile(
    r"(?:^|/)(?:(?:Dockerfile|Containerfile)(?:[.-][\w.-]+)?|dockerfile)$|\.[Dd]ockerfile$"
)
_NOT_ONE = re.compile(
    r"\.(?:dockerignore|md|txt|tmpl|j2|jinja2|erb|in|bak|orig|sh|py)$|[._-]template$"
    r"|[.-](?:windows|windowsservercore|nanoserver)\b",
    re.IGNORECASE,
)
_ASIDE = re.compile(
    r"(?:^|/)(?:\.devcontainer|\.github|\.git|node_modules|vendor|third_party|examples?|tests?"
    r"|testdata|docs?|benchmarks?|[^/]*\{\{[^/]*)(?:/|$)"
)
"""Directories with other uses; `{{…}}` is a name that a tool fills in, of a template."""


BAKE = ("docker-bake.hcl", "docker-bake.json")

_ENV_FILE = re.compile(
    r"\.?env(?:[._-](?:ex[ae]mple|sample|template|dist|defaults?))?|(?:\.?example|\.?sample)\.env"
    r"|\.env\.[\w.-]+"
)


_EXAMPLE = re.compile(r"ex[ae]mple|sample|template|dist|defaults?")


def is_named_compose(path: str) -> bool:
    """Whether a file is named as compose files are: `compose.yaml`, `docker-compose.prod.yml`."""
    return bool(_COMPOSE.fullmatch(path.rpartition("/")[2])) and not _ASIDE.search(path)


def is_compose(path: str) -> bool:
    """Whether a file is a compose file by its name, or may be one: in a directory of such files
    (`docker_compose/app.yaml`), or by what it is for (`production.yml`)."""
    may_be = _MAY_BE_COMPOSE.search(path) and not _ASIDE.search(path)
    return bool(may_be) or is_named_compose(path)


def is_bake(path: str) -> bool:
    """Whether it is a file that `docker buildx bake` reads by itself."""
    return path.rpartition("/")[2] in BAKE and not _ASIDE.search(path)


def compose_order(path: str) -> tuple[bool, bool, str]:
    """By what a compose file comes before another: those for production first, then those that
    compose reads by itself."""
    return bool(FOR_DEVELOPERS.search(path)), path.rpartition("/")[2] not in COMPOSE, path


def is_script(path: str) -> bool:
    """Whether a file is named as shell scripts are that start a service."""
    name = path.rpartition("/")[2]
    return name.endswith(".sh") or name in ("entrypoint", "docker-entrypoint", "start")


def is_env_file(name: str) -> bool:
    """Whether a file is named as those that hold variables, or examples of them."""
    return bool(_ENV_FILE.fullmatch(name))


def is_example(name: str) -> bool:
    """Whether it is named as examples of variables are, which bring no secret."""
    return is_env_file(name) and bool(_EXAMPLE.search(name))


def is_dockerfile(path: str) -> bool:
    """Whether a path is named as Dockerfiles are, outside of directories with other uses."""
    return bool(_NAME.search(path)) and not _NOT_ONE.search(path) and not _ASIDE.search(path)
