"""The command of a project's own that makes the tables of its database: migrations, or what its
sources have for it.

A pure function of what the project has. What is found becomes a line of a shell: of the project's
names only those are taken that mean nothing else there.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass

from runner.compare.table_makers import FLASK, started_groups, table_makers
from runner.detect.applications import sources
from runner.detect.listing import Listing
from runner.ecosystems.node import is_node
from runner.ecosystems.node_tools import BUN_IMAGE
from runner.ecosystems.package_json import PACKAGE, package_of, scripts_of

DJANGO = "python manage.py migrate --noinput"
_APPLICATION = re.compile(r"[A-Za-z_][\w.]*:[A-Za-z_]\w*(?:\(\))?", re.ASCII)
_FOUND_BY_FLASK = ("app.py", "wsgi.py", ".flaskenv")
_REVISION = re.compile(r"migrations/versions/[^/]+\.py")
_RUNNERS = (("uv", "run"), ("poetry", "run"), ("pipenv", "run"))
"""What starts programs of an environment that is not on the path."""
_SCRIPTS = (
    *("migrate:deploy", "prisma:migrate:deploy", "db:migrate:deploy", "prisma:deploy"),
    *("migrate:prod", "db:migrate:prod", "db:migrate", "migrate", "migrate:latest", "migrate:up"),
    *("migration:run", "migrations:run", "typeorm:migration:run"),
)
"""Names of scripts of a package.json that run migrations, those for production first."""
_FOR_DEVELOPERS = re.compile(r"\bmigrate (?:dev|reset)\b|--watch\b|\bnodemon\b")


@dataclass(frozen=True)
class TableCommand:
    """One line of a shell, and where it was seen."""

    text: str
    seen: str
    is_migration: bool = True
    """Whether it may be run before each start: what makes tables otherwise may drop them first."""


def table_command(
    service: Listing, base: str, start: Sequence[str], variables: Collection[str]
) -> TableCommand | None:
    """What makes the tables of a service, the files in its directory as they are; None where
    nothing is known to. `base` is the image that it runs on, `start` are the words that start it,
    `variables` the names of those that it is told."""
    words = [word.strip("\"'") for text in start for word in text.split()]
    runner = next((f"{' '.join(x)} " for x in _RUNNERS if words[: len(x)] == [*x]), "")
    flask = _flask(service, words, variables, runner)
    found = next(_of_python(service, flask, runner), None)
    return found or next(_of_node(service, base), None)


def _flask(service: Listing, words: Sequence[str], variables: Collection[str], runner: str) -> str:
    """How Flask is run with the application that is started; empty where that is not known."""
    if "FLASK_APP" in variables or any(x in service.paths for x in _FOUND_BY_FLASK):
        return f"{runner}{FLASK}"
    name = next((word for word in words if _APPLICATION.fullmatch(word)), "")
    return f"FLASK_APP='{name}' {runner}{FLASK}" if name else ""


def _of_python(service: Listing, flask: str, runner: str) -> Iterator[TableCommand]:
    """Migrations first; then commands, and scripts."""
    texts, paths = service.texts, service.paths
    if "manage.py" in paths and "django" in texts.get("manage.py", ""):
        yield TableCommand(f"{runner}{DJANGO}", "manage.py")
    if any(map(_REVISION.fullmatch, paths)) and _imports(texts, "flask_migrate"):
        groups = [f"{runner}python {path}" for path in started_groups(texts)]
        if program := next(iter(groups), flask):
            yield TableCommand(f"{program} db upgrade", "migrations/versions")
    if "alembic.ini" in paths:
        yield TableCommand(f"{runner}alembic upgrade head", "alembic.ini")
    for maker in table_makers(texts):
        program = flask if maker.program == (FLASK,) else f"{runner}{' '.join(maker.program)}"
        if program:
            yield TableCommand(f"{program} {maker.name}".strip(), maker.path, is_migration=False)


def _imports(texts: Mapping[str, str], module: str) -> bool:
    """Whether a source of the service names a module."""
    return any(module in texts[path] for path in sources(texts))


def _of_node(service: Listing, base: str) -> Iterator[TableCommand]:
    is_bun = base.startswith(BUN_IMAGE.partition(":")[0])
    package = package_of(service)
    if package is None or not (is_bun or is_node(base)):
        return
    scripts = scripts_of(package)
    for name in _SCRIPTS:
        if name in scripts and not _FOR_DEVELOPERS.search(scripts[name]):
            yield TableCommand(f"{'bun' if is_bun else 'npm'} run {name}", f"scripts of {PACKAGE}")
    if not is_bun and any(x.startswith("prisma/migrations/") for x in service.paths):
        yield TableCommand("npx --no-install prisma migrate deploy", "prisma/migrations")
