"""How a service of Python is started that has no Dockerfile: by its Procfile, by Django, by a
server for the application in its sources, by its framework, or as a script."""

from __future__ import annotations

import posixpath
import re

from runner.detect.applications import ASYNC, applications, factories, likeliest
from runner.detect.command_forms import SHELL, procfile_line, shell_words
from runner.ecosystems.port import GIVEN_IN, Given, Lacking, Tree
from runner.ecosystems.python_frameworks import Start, framework_start, script_words

_PORT = 8000
_SCRIPTS = ("main.py", "app.py", "server.py", "run.py", "src/main.py", "src/app.py")


def start_of(tree: Tree, required: str, given: Given) -> Start | Lacking:
    """The command, its port, and where that was seen; `required` is all text that names
    dependencies, in small letters."""
    if given.command:
        return Start([*given.command], given.port or _PORT, GIVEN_IN)
    found = (
        _of_procfile(tree)
        or _of_django(tree, required)
        or _of_application(tree, required)
        or framework_start(tree.texts, required)
        or _of_script(tree)
    )
    return found or Lacking(
        "how it is started was not found (no CMD, no Procfile, no application in the sources):"
        " bring a Dockerfile, or write `command: [gunicorn, …]` into dockbench.yaml"
    )


def django_place(tree: Tree) -> tuple[str, str]:
    """The directory of manage.py, which is the root or the only one below it that has one, and the
    package of the project in it; empty texts for what is no project of Django."""
    managed = [path for path in tree.paths if re.fullmatch(r"(?:[^/]+/)?manage\.py", path)]
    if "manage.py" not in managed and len(managed) != 1:
        return "", ""
    place = "" if "manage.py" in managed else posixpath.dirname(managed[0])
    head = f"{place}/" if place else ""
    found = [
        posixpath.dirname(path).removeprefix(head)
        for path in tree.paths
        if path.startswith(head) and path.removeprefix(head).endswith("/wsgi.py")
    ]
    found.sort(key=lambda name: (name.count("/"), name))
    return place, next((name.replace("/", ".") for name in found), "")


def _of_procfile(tree: Tree) -> Start | None:
    line = procfile_line(tree.texts, _PORT)
    if not line:
        return None
    bound = line if re.search(r"\d{2,5}", line) or "gunicorn" not in line else None
    line = bound or line.replace("gunicorn", f"gunicorn --bind 0.0.0.0:{_PORT}", 1)
    return Start(shell_words(line) or [*SHELL, line], _PORT, "web: in Procfile")


def _of_django(tree: Tree, required: str) -> Start | None:
    place, package = django_place(tree)
    if not package:
        return None
    inside = ["--chdir", place] if place else []
    server = ["gunicorn", *inside, "--bind", f"0.0.0.0:{_PORT}", f"{package}.wsgi:application"]
    if not re.search(r"(?<![\w-])gunicorn\b", required):
        manage = posixpath.join(place, "manage.py")
        server = ["python", manage, "runserver", f"0.0.0.0:{_PORT}"]
    return Start(server, _PORT, posixpath.join(place, package.replace(".", "/"), "wsgi.py"))


def _of_application(tree: Tree, required: str) -> Start | None:
    if found := likeliest(applications(tree.texts, required)):
        place, kind, path = found
        words = _server(place, kind, required) or script_words(tree.texts, path)
        return Start(words, _PORT, f"{kind}(…) in {path}", _told(words, place.partition(":")[0]))
    if found := likeliest(factories(tree.texts)):
        place, kind, path = found
        where = f"{place.partition(':')[2]}() in {path}, which makes a {kind}"
        words = _server(place, kind, required, called=True) or script_words(tree.texts, path)
        return Start(words, _PORT, where, _told(words, place))
    return None


def _told(words: list[str], place: str) -> tuple[str, ...]:
    """The variable that names the application to Flask's own server: only Flask 2.2 and later have
    an option for it."""
    return (f"FLASK_APP={place}",) if words[0] == "flask" else ()


def _server(place: str, kind: str, required: str, called: bool = False) -> list[str]:
    """The command of a server that is among the dependencies, empty for none; `called` where the
    place is a function that makes the application."""
    made = f"{place}()" if called else place
    option = ["--factory"] if called else []
    if kind in ASYNC and re.search(
        r"\buvicorn\b|(?:fastapi|litestar)\[[\w,]*(?:standard|all|full)\b", required
    ):
        return ["uvicorn", *option, "--host", "0.0.0.0", "--port", str(_PORT), place]
    if kind in ASYNC and (kind == "Quart" or re.search(r"\bhypercorn\b", required)):
        return ["hypercorn", "--bind", f"0.0.0.0:{_PORT}", made]
    if kind == "Sanic":
        return ["sanic", place, *option, "--host=0.0.0.0", f"--port={_PORT}"]
    if kind not in ASYNC and re.search(r"\bgunicorn\b", required):
        return ["gunicorn", "--bind", f"0.0.0.0:{_PORT}", made]
    if kind not in ASYNC and re.search(r"\bwaitress\b", required):
        option = ["--call"] if called else []
        return ["waitress-serve", f"--port={_PORT}", *option, place]
    if kind not in ASYNC and re.search(r"\bflask\b", required):
        return ["flask", "run", "--host", "0.0.0.0", "--port", str(_PORT)]
    return []


def _of_script(tree: Tree) -> Start | None:
    script = next((path for path in _SCRIPTS if path in tree.paths), "")
    if not script:
        return None
    said = re.search(r"\bport\s*[:=]\s*(\d{2,5})\b", tree.texts.get(script, ""))
    port = int(said[1]) if said else _PORT
    return Start(["python", script], port, script, port_seen=said is not None)
