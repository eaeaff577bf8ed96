"""Frameworks of Python that start themselves: what starts a script of each, where it listens then,
and what makes it listen for everybody."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from runner.detect.applications import rank, sources

_IMPORTS = r"^[ \t]*(?:import[ \t][^\n]*\b{0}\b|from[ \t]+{0}\b)"
_FIRST = ("app.py", "main.py", "streamlit_app.py", "server.py", "run.py", "index.py", "home.py")
"""Files that are started, where several could be, in the order in which they are believed."""
_PAGES = re.compile(r"(?:^|/)pages/")
"""What Streamlit and Dash take from beside the file that is started."""


@dataclass(frozen=True)
class Start:
    """How a service is started."""

    command: Sequence[str]
    port: int
    where: str
    """Where that was seen."""
    environment: Sequence[str] = ()
    """`KEY=VALUE`, without which it would listen for its own machine alone."""
    health_path: str = ""
    """The framework's own; empty for none."""
    port_seen: bool = True
    """Whether a source or a server says the port; else it is a usual one."""


@dataclass(frozen=True)
class _Framework:
    name: str
    word: str
    """The module that a file imports which is started, or another word that is in it."""
    marks: str
    """A pattern that such a file has."""
    command: str
    """`{file}` and `{port}` stand for those."""
    port: int
    """Where it listens if it is told nothing."""
    said: str = r"\bport\s*=\s*(\d{2,5})\b"
    """A pattern for the port that the file tells it; empty where the command does."""
    environment: tuple[str, ...] = ()
    health_path: str = ""


_SCRIPT = "python {file}"
_FRAMEWORKS = (
    _Framework(
        name="Streamlit",
        word="streamlit",
        marks=_IMPORTS.format("streamlit"),
        command="streamlit run {file} --server.address=0.0.0.0 --server.port={port}",
        port=8501,
        said="",
        health_path="/_stcore/health",
    ),
    _Framework(
        name="Chainlit",
        word="chainlit",
        marks=_IMPORTS.format("chainlit"),
        command="chainlit run {file} --host 0.0.0.0 --port {port}",
        port=8000,
        said="",
    ),
    _Framework(
        name="Gradio",
        word="gradio",
        marks=r"\.launch\(",
        command=_SCRIPT,
        port=7860,
        said=r"\bserver_port\s*=\s*(\d{2,5})\b",
        environment=("GRADIO_SERVER_NAME=0.0.0.0",),
    ),
    _Framework(
        name="Dash",
        word="dash",
        marks=r"^\w+\s*=\s*(?:dash\.)?Dash\(",
        command=_SCRIPT,
        port=8050,
        environment=("HOST=0.0.0.0",),
    ),
    _Framework(name="NiceGUI", word="nicegui", marks=r"\bui\.run\(", command=_SCRIPT, port=8080),
    _Framework(
        name="Robyn",
        word="robyn",
        marks=r"=\s*(?:robyn\.)?Robyn\(",
        command=_SCRIPT,
        port=8080,
        environment=("ROBYN_HOST=0.0.0.0",),
    ),
    _Framework(
        name="aiohttp", word="aiohttp", marks=r"\b(?:web\.)?run_app\(", command=_SCRIPT, port=8080
    ),
    _Framework(
        name="Tornado",
        word="tornado",
        marks=r"\.listen\(",
        command=_SCRIPT,
        port=8888,
        said=r"(?:\.listen\(\s*|[\"']port[\"']\s*,\s*default\s*=\s*|\bport\s*=\s*)(\d{2,5})\b",
    ),
    _Framework(
        name="Bottle",
        word="bottle",
        marks=r"(?<![\w.])(?:\w+\.)?run\(",
        command=_SCRIPT,
        port=8080,
    ),
    _Framework(
        name="http.server",
        word="erver(",
        marks=r"\b(?:Threading)?HTTPServer\(|\bTCPServer\(|\bmake_server\(",
        command=_SCRIPT,
        port=8000,
        said=r"Server\(\s*\(\s*[\"'][\w.]*[\"']\s*,\s*(\d{2,5})\b"
        r"|make_server\(\s*[\"'][\w.]*[\"']\s*,\s*(\d{2,5})\b|\bport\s*=\s*(\d{2,5})\b",
    ),
)
"""In the order in which they are looked for."""
_DASH_SERVER = re.compile(r"^(\w+)\s*=\s*\w+\.server\b", re.MULTILINE)
_FALCON = re.compile(r"^(\w+)\s*=\s*falcon\.(asgi\.)?(?:App|API)\(", re.MULTILINE)


def framework_start(texts: Mapping[str, str], required: str) -> Start | None:
    """How the service is started, by the sources of a project and the text that names its
    dependencies; None where none of these frameworks is seen."""
    if served := next(_served(texts, required), None):
        return served
    paths = [path for path in sources(texts) if not _PAGES.search(path)]
    for framework in _FRAMEWORKS:
        found = [path for path in paths if _starts(texts[path], framework)]
        if found:
            path = min(found, key=lambda path: rank(path, _FIRST))
            return _script_of(framework, path, texts)
    return None


def listens_by_itself(texts: Mapping[str, str]) -> bool:
    """Whether a source starts a server of Python's own library."""
    return any(_starts(texts[path], _FRAMEWORKS[-1]) for path in sources(texts))


def _starts(text: str, framework: _Framework) -> bool:
    """Whether a file is one of the framework; the word alone tells that most files are not."""
    if framework.word not in text or not re.search(framework.marks, text, re.MULTILINE):
        return False
    imports = _IMPORTS.format(framework.word if framework.word.isalpha() else r"\w+")
    return re.search(imports, text, re.MULTILINE) is not None


def script_words(texts: Mapping[str, str], path: str) -> list[str]:
    """What runs a source: as a file, or as a module where it is one of a package and imports what
    is beside it, which a file alone cannot."""
    place, _, name = path.removesuffix(".py").rpartition("/")
    package = place.replace("/", ".")
    imports = (
        rf"^[ \t]*(?:from[ \t]+\.|(?:from|import)[ \t]+{re.escape(place.partition('/')[0])}\b)"
    )
    inside = bool(place) and f"{place}/__init__.py" in texts
    if not inside or not re.search(imports, texts.get(path, ""), re.MULTILINE):
        return ["python", path]
    whole = name == "__main__" or f"{place}/__main__.py" in texts
    return ["python", "-m", package if whole else f"{package}.{name}"]


def _script_of(framework: _Framework, path: str, texts: Mapping[str, str]) -> Start:
    said = re.search(framework.said, texts[path]) if framework.said else None
    port = int(next(filter(None, said.groups()))) if said else framework.port
    words = framework.command.split()
    if framework.command == _SCRIPT:
        words = script_words(texts, path)
    return Start(
        command=[word.replace("{file}", path).replace("{port}", str(port)) for word in words],
        port=port,
        where=f"{path}, which is of {framework.name}",
        environment=framework.environment,
        health_path=framework.health_path,
    )


def _served(texts: Mapping[str, str], required: str) -> Iterator[Start]:
    """Applications of Dash and Falcon for a server that is among the dependencies."""
    gunicorn = re.search(r"(?<![\w-])gunicorn\b", required)
    uvicorn = re.search(r"(?<![\w-])uvicorn\b", required)
    for path in sorted(sources(texts), key=lambda path: rank(path, _FIRST)):
        if "Dash(" not in texts[path] and "falcon" not in texts[path]:
            continue
        module = path.removesuffix(".py").replace("/", ".")
        if gunicorn and "Dash(" in texts[path] and (named := _DASH_SERVER.search(texts[path])):
            words = ["gunicorn", "--bind", "0.0.0.0:8050", f"{module}:{named[1]}"]
            yield Start(words, 8050, f"the server of Dash in {path}")
        made = _FALCON.search(texts[path])
        if made and made[2] and uvicorn:
            words = ["uvicorn", "--host", "0.0.0.0", "--port", "8000", f"{module}:{made[1]}"]
            yield Start(words, 8000, f"the application of Falcon in {path}")
        if made and not made[2] and gunicorn:
            words = ["gunicorn", "--bind", "0.0.0.0:8000", f"{module}:{made[1]}"]
            yield Start(words, 8000, f"the application of Falcon in {path}")
