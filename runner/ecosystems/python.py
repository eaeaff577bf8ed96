"""Python: requirements, PEP 621, Poetry, PDM, uv and Pipenv, with their locks as they are."""

from __future__ import annotations

import json
import posixpath
import re
from collections.abc import Iterator
from typing import Any

from runner.dockerfile.facts import Manifest
from runner.ecosystems.port import Ecosystem, Lacking, Plain, Tree
from runner.model.foreign import ForeignError, toml_document

PYPROJECT = "pyproject.toml"
USUAL = "3.11"
"""The version where a project names none."""
_REQUIREMENTS = (
    "requirements.txt",
    "requirements/prod.txt",
    "requirements/production.txt",
    "requirements/base.txt",
    "requirements-prod.txt",
)
_INCLUDED = re.compile(
    r"^[ \t]*(?:-r|-c|--requirement|--constraint)[ =]?[ \t]*([^\s#]+)", re.MULTILINE
)
_OF_SOURCES = re.compile(
    r"^[ \t]*(?:(?:-e|--editable)[ =]?[ \t]*\S+|\.{1,2}(?:/\S*)?|file:\S+)[ \t\r]*(?:#|$)",
    re.MULTILINE,
)
_VERSION = re.compile(r"(\d+\.\d+)")
_LOWEST = re.compile(r"(?:>=|~=|==|\^)\s*(\d+\.\d+)")
_HEALTH = ("/health", "/healthz", "/healthcheck", "/health/", "/ping", "/livez")
_APP = re.compile(
    r"^(\w+)(?:\s*:\s*\w+)?\s*=\s*(?:\w+\.)?(Flask|FastAPI|Starlette|Quart|Sanic|Litestar)\(",
    re.MULTILINE,
)
_ASYNC = ("FastAPI", "Starlette", "Quart", "Sanic", "Litestar")
_ASIDE = re.compile(
    r"(?:^|/)(?:tests?|docs?|examples?|scripts?|migrations)/|(?:^|/)(?:test_|conftest)"
)
_PORT = 8000


class Python:
    """Projects with requirements, a pyproject.toml or a Pipfile at their root."""

    @property
    def name(self) -> str:
        """What it is called."""
        return "python"

    def manifests(self, tree: Tree) -> tuple[Manifest, ...]:
        """The manifests of every tool that the project has files of."""
        return tuple(_manifests(tree))

    def plain(self, tree: Tree) -> Plain | Lacking | None:
        """The Dockerfile of a tutorial: everything copied, installed, started."""
        installs = _installs(tree)
        if installs is None:
            return None
        start = _start(tree, _required(tree))
        if isinstance(start, Lacking):
            return start
        command, port, said = start
        version, where = _version(tree)
        lines, seen = installs
        dockerfile = [
            f"FROM python:{version}",
            "WORKDIR /app",
            "COPY . .",
            *lines,
            f"EXPOSE {port}",
            f"CMD {json.dumps(command)}",
        ]
        return Plain(
            ecosystem=self.name,
            dockerfile="\n".join([*dockerfile, ""]),
            port=port,
            health_path=_health(tree),
            evidence=(
                f"ecosystem python: {seen}",
                f"Python {version}: {where}",
                f"command {' '.join(command)}: {said}",
            ),
            source_file=next(iter(_sources(tree)), ""),
            dependency_file=next(
                (m.files[0] for m in _manifests(tree) if m.installer == "pip"), ""
            ),
        )

    def runtime_files(self, tree: Tree) -> tuple[str, ...]:  # noqa: ARG002
        """None: the working directory is copied as a whole."""
        return ()


def _manifests(tree: Tree) -> Iterator[Manifest]:
    for path in sorted(tree.paths, key=lambda path: (path.count("/"), path)):
        if re.search(r"(?:^|/)requirements[^/]*\.txt$|(?:^|/)requirements/[^/]+\.txt$", path):
            yield _requirements(tree, path)
    if PYPROJECT in tree.paths and "poetry.lock" in tree.paths:
        yield Manifest((PYPROJECT, "poetry.lock"), "poetry", prefetch_flag="--no-root")
    if PYPROJECT in tree.paths and "uv.lock" in tree.paths:
        yield Manifest((PYPROJECT, "uv.lock"), "uv", prefetch_flag="--no-install-project")
    if "Pipfile" in tree.paths:
        files = tuple(name for name in ("Pipfile", "Pipfile.lock") if name in tree.paths)
        yield Manifest(files, "pipenv")


def _requirements(tree: Tree, path: str) -> Manifest:
    files = [path]
    reason = ""
    waiting = [path]
    while waiting:
        current = waiting.pop()
        text = tree.texts.get(current, "")
        if found := _OF_SOURCES.search(text):
            reason = reason or f"{current} names `{found[0].strip()}`, which are sources"
        for name in _INCLUDED.findall(text):
            other = posixpath.normpath(posixpath.join(posixpath.dirname(current), name))
            if other in tree.paths and other not in files:
                files.append(other)
                waiting.append(other)
            elif other not in tree.paths:
                reason = reason or f"{current} includes {name}, which is not there"
    return Manifest(tuple(files), "pip", not reason, reason)


def _installs(tree: Tree) -> tuple[list[str], str] | None:
    """The lines that install the project's dependencies with its own tool, and which file says so.

    A lock is installed as it is, with the tool that wrote it.
    """
    there = set(tree.paths)
    pyproject = _pyproject(tree)
    tool = pyproject.get("tool", {})
    if "uv.lock" in there and PYPROJECT in there:
        return ["RUN pip install uv && uv sync --frozen --no-dev", _path(".venv")], "uv.lock"
    if "poetry.lock" in there or (isinstance(tool, dict) and "poetry" in tool):
        return [
            "RUN pip install poetry",
            "RUN poetry config virtualenvs.create false"
            " && poetry install --no-interaction --only main",
        ], "poetry.lock" if "poetry.lock" in there else "[tool.poetry] in pyproject.toml"
    if "pdm.lock" in there:
        line = "RUN pip install pdm && pdm install --prod --frozen-lockfile"
        return [line, _path(".venv")], "pdm.lock"
    if "Pipfile" in there:
        deploy = " --deploy" if "Pipfile.lock" in there else ""
        return [f"RUN pip install pipenv && pipenv install --system{deploy}"], "Pipfile"
    for name in _REQUIREMENTS:
        if name in there:
            return [f"RUN pip install -r {name}"], name
    if "project" in pyproject:
        return ["RUN pip install ."], PYPROJECT
    return None


def _path(folder: str) -> str:
    return f"ENV PATH=/app/{folder}/bin:$PATH"


def _pyproject(tree: Tree) -> dict[str, Any]:
    try:
        return toml_document(tree.texts.get(PYPROJECT, ""))
    except ForeignError:
        return {}


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
        return ["/bin/sh", "-c", line], _PORT, "web: in Procfile"
    if django := _django(tree):
        server = ["gunicorn", "--bind", f"0.0.0.0:{_PORT}", f"{django}.wsgi:application"]
        if not re.search(r"^\W*gunicorn\b", required, re.MULTILINE):
            server = ["python", "manage.py", "runserver", f"0.0.0.0:{_PORT}"]
        return server, _PORT, f"{django}/wsgi.py"
    applications = list(_applications(tree))
    for place, kind, path in applications[:1]:
        command = _server(place, kind, path, required)
        if command:
            return command[0], command[1], f"{kind}(…) in {path}"
    scripts = [path for path in ("main.py", "app.py", "server.py", "run.py") if path in tree.paths]
    if scripts:
        port = re.search(r"\bport\s*[:=]\s*(\d{2,5})\b", tree.texts.get(scripts[0], ""))
        return ["python", scripts[0]], int(port[1]) if port else _PORT, scripts[0]
    return Lacking(
        "how it is started was not found (no CMD, no Procfile, no application in the sources):"
        " bring a Dockerfile, or write `command: [gunicorn, …]` into dockbench.yaml"
    )


def _server(place: str, kind: str, path: str, required: str) -> tuple[list[str], int] | None:
    """The command of a server that is among the dependencies."""
    module = place.partition(":")[0]
    if kind in _ASYNC and re.search(r"\buvicorn\b|fastapi\[(?:standard|all)\]", required):
        return ["uvicorn", "--host", "0.0.0.0", "--port", str(_PORT), place], _PORT
    if kind in _ASYNC and re.search(r"\bhypercorn\b", required):
        return ["hypercorn", "--bind", f"0.0.0.0:{_PORT}", place], _PORT
    if kind not in _ASYNC and re.search(r"\bgunicorn\b", required):
        return ["gunicorn", "--bind", f"0.0.0.0:{_PORT}", place], _PORT
    if kind not in _ASYNC and re.search(r"\bwaitress\b", required):
        return ["waitress-serve", f"--port={_PORT}", place], _PORT
    if kind == "Flask":
        return ["flask", "--app", module, "run", "--host", "0.0.0.0", "--port", str(_PORT)], _PORT
    return ["python", path], _PORT


def _django(tree: Tree) -> str:
    """The package of a Django project at the root; empty for none."""
    if "manage.py" not in tree.paths:
        return ""
    found = [posixpath.dirname(path) for path in tree.paths if path.endswith("/wsgi.py")]
    return next((name for name in sorted(found) if "/" not in name), "")


def _applications(tree: Tree) -> Iterator[tuple[str, str, str]]:
    for path in _sources(tree):
        for name, kind in _APP.findall(tree.texts[path]):
            module = path.removeprefix("src/").removesuffix(".py").removesuffix("/__init__")
            yield f"{module.replace('/', '.')}:{name}", kind, path


def _sources(tree: Tree) -> list[str]:
    found = [path for path in tree.texts if path.endswith(".py") and not _ASIDE.search(path)]
    return sorted(found, key=lambda path: (path.count("/"), path))


def _version(tree: Tree) -> tuple[str, str]:
    """The version of Python, and where that is said."""
    for name in (".python-version", "runtime.txt"):
        if match := _VERSION.search(tree.texts.get(name, "")):
            return match[1], name
    document = _pyproject(tree)
    project, tool = document.get("project"), document.get("tool")
    poetry = tool.get("poetry") if isinstance(tool, dict) else None
    dependencies = poetry.get("dependencies") if isinstance(poetry, dict) else None
    wanted = [
        str(project.get("requires-python", "")) if isinstance(project, dict) else "",
        str(dependencies.get("python", "")) if isinstance(dependencies, dict) else "",
    ]
    for text in wanted:
        lowest = _LOWEST.search(text)
        if lowest:
            numbers = tuple(map(int, lowest[1].split(".")))
            newer = numbers > tuple(map(int, USUAL.split(".")))
            return (lowest[1] if newer else USUAL), f"{text} in {PYPROJECT}"
    return USUAL, "the project names none"


def _health(tree: Tree) -> str:
    sources = [tree.texts[path] for path in _sources(tree)]
    for path in _HEALTH:
        if any(re.search(rf"""["']{re.escape(path)}["']""", text) for text in sources):
            return path
    return "/"


def _proof(ecosystem: Python) -> Ecosystem:
    return ecosystem
