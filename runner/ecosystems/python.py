"""Python: requirements, PEP 621, Poetry, PDM, uv and Pipenv, with their locks as they are."""

from __future__ import annotations

import json
import posixpath
import re
from collections.abc import Iterator

from runner.detect.applications import ASYNC, applications, factories, likeliest, sources
from runner.detect.command_forms import SHELL, shell_words
from runner.detect.python_version import USUAL, wanted_python
from runner.dockerfile.facts import Manifest
from runner.ecosystems.port import GIVEN_IN, NOTHING, Ecosystem, Given, Lacking, Plain, Tree
from runner.ecosystems.python_imports import imported_install
from runner.ecosystems.python_installs import (
    PYPROJECT,
    Install,
    install_of,
    manifests_of,
    pyproject,
)

_HEALTH = ("/health", "/healthz", "/healthcheck", "/health/", "/ping", "/livez")
_PORT = 8000


class Python:
    """Projects with requirements, a pyproject.toml or a Pipfile at their root, or with sources that
    import a web framework."""

    @property
    def name(self) -> str:
        """What it is called."""
        return "python"

    def manifests(self, tree: Tree) -> tuple[Manifest, ...]:
        """The manifests of every tool that the project has files of."""
        return tuple(manifests_of(tree))

    def plain(self, tree: Tree, given: Given = NOTHING) -> Plain | Lacking | None:
        """The Dockerfile of a tutorial: everything copied, installed, started."""
        install = install_of(tree) or imported_install(tree)
        if install is None or isinstance(install, Lacking):
            return install
        required = "\n".join([_required(tree), *install.lines])
        start = _given_start(given) or _start(tree, required)
        if isinstance(start, Lacking):
            return start
        command, port, said = start
        port = given.port or port
        version, where = wanted_python(tree.texts)
        dockerfile = [
            f"FROM python:{version or USUAL}",
            "WORKDIR /app",
            "COPY . .",
            *install.lines,
            *install.environment,
            *_on_python_path(tree, install),
            *_of_django(tree),
            f"EXPOSE {port}",
            f"CMD {json.dumps(command)}",
        ]
        return Plain(
            ecosystem=self.name,
            dockerfile="\n".join([*dockerfile, ""]),
            port=port,
            health_path=_health(tree),
            evidence=(
                *_evidence(install),
                f"Python {version or USUAL}: {where or 'the project names none'}",
                f"command {' '.join(command)}: {said}",
            ),
            source_file=next(iter(sources(tree.texts)), ""),
            builds="manage.py collectstatic" if _of_django(tree) else "",
            dependency_file=next((m.files[0] for m in manifests_of(tree)), ""),
        )

    def runtime_files(self, tree: Tree) -> tuple[str, ...]:  # noqa: ARG002
        """None: the working directory is copied as a whole."""
        return ()


def _evidence(install: Install) -> Iterator[str]:
    yield f"ecosystem python: dependencies from {install.seen}"
    for lock in install.aside:
        yield f"{lock} is there, too, and is not read"


def _given_start(given: Given) -> tuple[list[str], int, str] | None:
    return ([*given.command], given.port or _PORT, GIVEN_IN) if given.command else None


def _on_python_path(tree: Tree, install: Install) -> list[str]:
    """src/ where packages lie in it that nothing installs."""
    packages = any(re.match(r"src/[^/]+/[^/]+\.py$", path) for path in tree.paths)
    built = install.of_project and "build-system" in pyproject(tree)
    return ["ENV PYTHONPATH=/app/src"] if packages and not built else []


def _of_django(tree: Tree) -> list[str]:
    """Static files put in one place, where the settings say which."""
    settings = (text for path, text in tree.texts.items() if "settings" in path)
    collects = any(re.search(r"^STATIC_ROOT\s*=", text, re.MULTILINE) for text in settings)
    found = collects and _django(tree)
    return ["RUN python manage.py collectstatic --noinput"] if found else []


def _required(tree: Tree) -> str:
    """All text that names dependencies, in small letters."""
    names = [path for path in tree.paths if path.endswith((".txt", "Pipfile", ".lock"))]
    texts = [tree.texts.get(path, "") for path in [*names, PYPROJECT]]
    return "\n".join(texts).lower()


def _start(tree: Tree, required: str) -> tuple[list[str], int, str] | Lacking:
    """The command, its port, and where that was seen."""
    web = re.search(r"^web:[ \t]*(.+)$", tree.texts.get("Procfile", ""), re.MULTILINE)
    if web:
        line = re.sub(r"\$(?:PORT\b|\{PORT(?::?-\d+)?\})", str(_PORT), web[1].strip())
        bound = line if re.search(r"\d{2,5}", line) or "gunicorn" not in line else None
        line = bound or line.replace("gunicorn", f"gunicorn --bind 0.0.0.0:{_PORT}", 1)
        return shell_words(line) or [*SHELL, line], _PORT, "web: in Procfile"
    if django := _django(tree):
        server = ["gunicorn", "--bind", f"0.0.0.0:{_PORT}", f"{django}.wsgi:application"]
        if not re.search(r"(?<![\w-])gunicorn\b", required):
            server = ["python", "manage.py", "runserver", f"0.0.0.0:{_PORT}"]
        return server, _PORT, f"{django}/wsgi.py"
    if found := likeliest(applications(tree.texts, required)):
        place, kind, path = found
        command, port = _server(place, kind, path, required)
        return command, port, f"{kind}(…) in {path}"
    if found := likeliest(factories(tree.texts)):
        place, kind, path = found
        command, port = _server(place, kind, path, required, called=True)
        return command, port, f"{place.partition(':')[2]}() in {path}, which makes a {kind}"
    scripts = [path for path in ("main.py", "app.py", "server.py", "run.py") if path in tree.paths]
    if scripts:
        said = re.search(r"\bport\s*[:=]\s*(\d{2,5})\b", tree.texts.get(scripts[0], ""))
        return ["python", scripts[0]], int(said[1]) if said else _PORT, scripts[0]
    return Lacking(
        "how it is started was not found (no CMD, no Procfile, no application in the sources):"
        " bring a Dockerfile, or write `command: [gunicorn, …]` into dockbench.yaml"
    )


def _server(
    place: str, kind: str, path: str, required: str, called: bool = False
) -> tuple[list[str], int]:
    """The command of a server that is among the dependencies; `called` where the place is a
    function that makes the application."""
    module = place if called else place.partition(":")[0]
    made = f"{place}()" if called else place
    option = ["--factory"] if called else []
    if kind in ASYNC and re.search(r"\buvicorn\b|fastapi\[(?:standard|all)\]", required):
        return ["uvicorn", *option, "--host", "0.0.0.0", "--port", str(_PORT), place], _PORT
    if kind in ASYNC and re.search(r"\bhypercorn\b", required):
        return ["hypercorn", "--bind", f"0.0.0.0:{_PORT}", made], _PORT
    if kind not in ASYNC and re.search(r"\bgunicorn\b", required):
        return ["gunicorn", "--bind", f"0.0.0.0:{_PORT}", made], _PORT
    if kind not in ASYNC and re.search(r"\bwaitress\b", required):
        option = ["--call"] if called else []
        return ["waitress-serve", f"--port={_PORT}", *option, place], _PORT
    if kind not in ASYNC and re.search(r"\bflask\b", required):
        return ["flask", "--app", module, "run", "--host", "0.0.0.0", "--port", str(_PORT)], _PORT
    return ["python", path], _PORT


def _django(tree: Tree) -> str:
    """The package of a Django project at the root; empty for none."""
    if "manage.py" not in tree.paths:
        return ""
    found = [posixpath.dirname(path) for path in tree.paths if path.endswith("/wsgi.py")]
    found.sort(key=lambda name: (name.count("/"), name))
    return next((name.replace("/", ".") for name in found), "")


def _health(tree: Tree) -> str:
    texts = [tree.texts[path] for path in sources(tree.texts)]
    for path in _HEALTH:
        if any(f'"{path}"' in text or f"'{path}'" in text for text in texts):
            return path
    return "/"


def _proof(ecosystem: Python) -> Ecosystem:
    return ecosystem
