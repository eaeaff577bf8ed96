"""How a service is started, and on which port it listens."""

from __future__ import annotations

import re
import shlex
from functools import partial
from pathlib import PurePosixPath

from runner.detect.applications import ASYNC, applications
from runner.detect.command_elsewhere import as_it_lies_here, without_init
from runner.detect.command_forms import SHELL, procfile_line, shell_words
from runner.detect.copied_files import source_of
from runner.detect.detection import Found, Missing
from runner.detect.dockerfile import Dockerfile
from runner.detect.gunicorn import bound_port
from runner.detect.listing import Listing

PORT = 8000
"""Where a server is told to listen if nothing says another port."""

DEBUGGERS = frozenset(("9229", "5678", "5005", "2345"))
"""Where debuggers of Node, Python, Java and Go listen: what answers there is not the service."""
_OPTION = re.compile(r"(?:^|\s)(?:--bind|-b|--port|-p|--listen)[ =](?:\S*:)?(\d{2,5})\b")
_IN_SOURCE = re.compile(
    r"""\bport\s*[:=]\s*(?:int\s*=\s*)?(\d{2,5})\b|\(\s*["'][\w.]*["']\s*,\s*(\d{2,5})\s*\)"""
)
_SOURCES = "src/"
_MODULE = re.compile(r"(?:(?<=\s-m )|(?<=\s))([A-Za-z_][\w.]*)(?=:\w|$|\s)")
_SERVERS = {
    **{"gunicorn": 8000, "uvicorn": 8000, "flask": 5000, "fastapi": 8000, "daphne": 8000},
    **{"nginx": 80, "httpd": 80, "apache2": 80, "apache2ctl": 80, "lighttpd": 80, "caddy": 80},
}
"""Program → the port that it listens on if it is told nothing."""
_PLATFORM = re.compile(r"\$(?:PORT\b|\{PORT\})")
"""PORT without a default."""
_MOST_WORDS = 50
"""Of a start, of which it is looked up what was copied there: a script stands among the first."""
_DJANGO = re.compile(r"\brunserver\s+(?:\S*:)?(\d{2,5})\b")
_LINE = 'command: [gunicorn, --bind, "0.0.0.0:8000", "package.module:app"]'


def command(
    service: Listing, own: Dockerfile | None, required: set[str], given_port: int = 0
) -> Found | Missing:
    """The command, from the Dockerfile, the Procfile, or a web application in the sources;
    `given_port` is 0 where none is given."""
    if own is not None and own.command:
        return _of_image(own, service)
    if words := of_procfile(service, given_port):
        found = _checked(words, "web: in Procfile", service)
        return found if isinstance(found, Missing) else _with_port(found, given_port or PORT)
    return _of_application(service, required)


def _of_image(own: Dockerfile, service: Listing) -> Found | Missing:
    """What the project's own image starts, with its files where ours have them."""
    words, unknown = as_it_lies_here(
        without_init(own.command),
        own.workdir,
        service,
        partial(source_of, own, files=service.paths),
    )
    if unknown:
        return Missing(f"CMD in Dockerfile starts {unknown}, which is not the project's", _LINE)
    return _checked(words, "CMD in Dockerfile", service)


def takes_port(own: Dockerfile, service: Listing) -> str:
    """Where the start of an image takes its port from PORT, which a platform sets and no ENV of it
    does: its command, or a script of the project that is started; empty where it does not."""
    if "PORT" in own.environment:
        return ""
    words = own.process
    if _PLATFORM.search(" ".join(words)):
        return "the Dockerfile's command"
    said = [name for word in words for name in word.split()]
    names = {PurePosixPath(name).name for name in said}
    files = frozenset(service.paths)
    copied = {source_of(own, name, files) for name in said[:_MOST_WORDS]}
    scripts = (
        path
        for path in sorted(service.texts)
        if path in copied or PurePosixPath(path).name in names
    )
    shells = (
        path for path in scripts if service.texts[path].startswith("#!") or path[-3:] == ".sh"
    )
    return next((path for path in shells if _PLATFORM.search(service.texts[path])), "")


def of_procfile(service: Listing, given_port: int = 0) -> list[str]:
    """What the Procfile starts for the web, its PORT filled in; nothing where there is none."""
    line = procfile_line(service.texts, given_port or PORT)
    return (shell_words(line) or [*SHELL, line]) if line else []


def _with_port(found: Found, number: int) -> Found:
    """The same with PORT, which whatever runs a Procfile sets: servers take their port from it,
    and some then listen on every address and not on the loopback alone."""
    environment = found.values.get("environment", {}) | {"PORT": str(number)}
    values = found.values | {"environment": environment}
    return Found(values, (*found.evidence, f"environment PORT={number}: a Procfile is run with it"))


def _checked(words: list[str], where: str, service: Listing) -> Found | Missing:
    """The words, unless they start a script of the project that lies somewhere else."""
    script = _script(words)
    if script and not script.startswith("/") and script not in service.paths:
        others = [path for path in service.paths if PurePosixPath(path).name == script]
        example = others[0] if others else "PATH/TO/" + script
        return Missing(
            f"{where} starts {script}, which does not lie at the root",
            f"command: [python, {example}]",
        )
    return _started(words, where, service)


def _started(words: list[str], where: str, service: Listing) -> Found:
    """The words; with the source folder on Python's path, if their module lies there alone."""
    values: dict[str, object] = {"command": words}
    paths = [module.replace(".", "/") for module in _MODULE.findall(" ".join(words))]
    files = [name for path in paths for name in (f"{path}.py", f"{path}/__init__.py")]
    if not any(name in service.paths for name in files) and any(
        f"{_SOURCES}{name}" in service.paths for name in files
    ):
        values["environment"] = {"PYTHONPATH": _SOURCES.rstrip("/")}
    return Found(values, (f"command {shlex.join(words)}: {where}",))


def _script(words: list[str]) -> str:
    """The Python file that a command runs; empty if it runs none."""
    if words and re.fullmatch(r"python[\d.]*", PurePosixPath(words[0]).name):
        arguments = [word for word in words[1:] if word != "-u"]
        if arguments and arguments[0].endswith(".py"):
            return arguments[0].removeprefix("./")
    return ""


def _of_application(service: Listing, required: set[str]) -> Found | Missing:
    found = list(applications(service.texts, " ".join(sorted(required))))
    if not found:
        return Missing(
            "no CMD in a Dockerfile, no web: in a Procfile, and no Flask or FastAPI application",
            _LINE,
        )
    if len(found) > 1:
        names = ", ".join(place for place, _, _ in found)
        return Missing(f"which of the applications {names} to start", _line(found[0][0]))
    ((place, kind, path),) = found
    where = f"{kind}(…) in {path}"
    server = "uvicorn" if kind in ASYNC else "gunicorn"
    if server not in required:
        return Missing(f"{where} is there, but the requirements name no {server}", _line(place))
    words = ["uvicorn", "--host", "0.0.0.0", "--port", str(PORT), place]
    if server == "gunicorn":
        words = ["gunicorn", "--bind", f"0.0.0.0:{PORT}", place]
    return _started(words, where, service)


def _line(place: str) -> str:
    return _LINE.replace("package.module:app", place)


def port(service: Listing, own: Dockerfile | None, words: list[str]) -> Found | Missing:
    """The port: what the command says, what the Dockerfile exposes, what the sources say."""
    line = words[-1] if words[:2] == ["/bin/sh", "-c"] else shlex.join(words)
    if option := _option(line):
        return _port(option, "the command")
    script = _shell_script(words, service, own)
    started = f"{line}\n{service.texts.get(script, '')}"
    bound, bound_in, literal = bound_port(started, service)
    if bound and literal and not _option(started):
        return _port(bound, f"bind in {bound_in}")
    if own is not None and own.ports:
        return _port(own.ports[0], "EXPOSE in Dockerfile")
    if of_procfile(service) and (own is None or not own.command):
        return _port(PORT, "PORT, which a Procfile is run with")
    for text, where in ((line, "the command"), (service.texts.get(script, ""), f"in {script}")):
        if option := _option(text) or _option(text, _DJANGO):
            return _port(option, where)
        if bound:
            return _port(bound, f"what bind falls back to in {bound_in}")
        for word in text.split():
            if number := _SERVERS.get(PurePosixPath(word).name):
                return _port(number, f"where {word} listens if it is told nothing")
    told = service.texts.get(_script(words) or _module_file(words, service), "")
    numbers = {int(one or other) for one, other in _IN_SOURCE.findall(told)}
    if len(numbers) == 1:
        return _port(numbers.pop(), f"in {_script(words) or _module_file(words, service)}")
    return Missing("no EXPOSE in a Dockerfile, and no port in the command", "port: 8000")


def _option(text: str, pattern: re.Pattern[str] = _OPTION) -> int:
    """The first port that an option says, and that is not a debugger's; 0 for none."""
    found = (int(match[1]) for match in pattern.finditer(text) if match[1] not in DEBUGGERS)
    return next(found, 0)


def _port(number: int, where: str) -> Found:
    return Found({"port": number}, (f"port {number}: {where}",))


def _shell_script(words: list[str], service: Listing, own: Dockerfile | None) -> str:
    """The script of the project that a command begins with, such as an entrypoint, whatever its
    image calls it; else empty."""
    for path in [source_of(own, word, service.paths) for word in words[:2]] if own else ():
        if path.endswith(".sh") or service.texts.get(path, "").startswith("#!"):
            return path
    names = [PurePosixPath(word).name for word in words if word.endswith(".sh")]
    found = (path for path in service.paths if PurePosixPath(path).name in names[:1])
    return min(found, key=lambda path: path.count("/"), default="")


def _module_file(words: list[str], service: Listing) -> str:
    """The file of `python -m package.module`."""
    if "-m" not in words[:-1]:
        return ""
    path = words[words.index("-m") + 1].replace(".", "/")
    candidates = (f"{path}.py", f"{path}/__main__.py")
    return next((name for name in candidates if name in service.paths), "")
