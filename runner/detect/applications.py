"""Web applications in sources of Python: the name that a server is told, and what makes it."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence

_BY_FACTORY = "ASGI application"
ASYNC = frozenset(
    ("FastAPI", "Starlette", "Quart", "Sanic", "Litestar", "get_asgi_application", _BY_FACTORY)
)
"""What makes an application for a server like uvicorn."""
_FACTORY = r"(?:create|make|build|get|init)_(?:\w+_)?app(?:lication)?"
_APP = re.compile(
    r"^(\w+)(?:\s*:\s*[\w.]+)?\s*=\s*(?:\w+\.)*"
    rf"(Flask|FastAPI|Starlette|Quart|Sanic|Litestar|get_wsgi_application|get_asgi_application"
    rf"|{_FACTORY})\(",
    re.MULTILINE,
)
_DEFINED = re.compile(
    rf"^(async )?def ({_FACTORY})\(([^()]{{0,300}})\)(?:\s*->\s*[\w.]+)?:", re.MULTILINE
)
_MAKES = re.compile(r"=\s*(?:\w+\.)?(Flask|FastAPI|Starlette|Quart|Sanic|Litestar)\(")
_ASIDE = re.compile(
    r"(?:^|/)(?:tests?|docs?|examples?|scripts?|migrations)/|(?:^|/)(?:test_|conftest)"
)
_GIVEN = ("get_wsgi_application", "get_asgi_application")
_MADE = ("_app", "_application")
_SOURCES = "src/"
_RELATIVE = re.compile(r"^[ \t]*from[ \t]+\.", re.MULTILINE)
_OF_SOURCES = re.compile(r"^[ \t]*(?:from|import)[ \t]+src\b", re.MULTILINE)
_FIRST = ("wsgi.py", "asgi.py", "app.py", "main.py")
"""Files of an application, where several have one, in the order in which they are believed."""


def sources(texts: Iterable[str]) -> list[str]:
    """The files of Python that may be a part of the service, those at the root first."""
    found = [path for path in texts if path.endswith(".py") and not _ASIDE.search(path)]
    return sorted(found, key=lambda path: (path.count("/"), path))


def applications(texts: Mapping[str, str], required: str) -> Iterator[tuple[str, str, str]]:
    """`package.module:name`, what makes it, and its file; `required` is text that names the
    dependencies, by which a factory is told to be one of ASGI."""
    asgi = re.search(r"\b(?:fastapi|starlette|quart|litestar)\b", required)
    factory = _BY_FACTORY if asgi and not re.search(r"\bflask\b", required) else ""
    packaged = _is_package(texts)
    for path in sources(texts):
        for name, kind in _APP.findall(texts[path]):
            made = factory if factory and kind.endswith(_MADE) and kind not in _GIVEN else kind
            yield f"{_module(path, packaged)}:{name}", made, path


def factories(texts: Mapping[str, str]) -> Iterator[tuple[str, str, str]]:
    """`package:create_app`, what it makes, and its file, of functions that need no argument."""
    packaged = _is_package(texts)
    for path in sources(texts):
        made = _MAKES.search(texts[path])
        for asynchronous, name, parameters in _DEFINED.findall(texts[path]):
            needed = any(x.strip() and "=" not in x for x in parameters.split(","))
            if made and not asynchronous and not needed:
                yield f"{_module(path, packaged)}:{name}", made[1], path


def likeliest(found: Iterable[tuple[str, str, str]]) -> tuple[str, str, str] | None:
    """The application to start of several: that of a wsgi.py, an asgi.py and so on."""
    return min(found, key=lambda item: rank(item[2], _FIRST), default=None)


def rank(path: str, first: Sequence[str]) -> tuple[int, int, str]:
    """Where a file stands among those that could be started: those at the root before others, and
    then by their names."""
    name = path.rpartition("/")[2].lower()
    return (path.count("/"), first.index(name) if name in first else len(first), path)


def _is_package(texts: Mapping[str, str]) -> bool:
    """Whether src/ is a package by its own name, by how its modules are imported."""
    own = (text for path, text in texts.items() if re.fullmatch(rf"{_SOURCES}[^/]+\.py", path))
    named = (text for path, text in texts.items() if path.endswith(".py"))
    return any(map(_RELATIVE.search, own)) or any(map(_OF_SOURCES.search, named))


def _module(path: str, packaged: bool) -> str:
    inside = path if packaged else path.removeprefix(_SOURCES)
    return inside.removesuffix(".py").removesuffix("/__init__").replace("/", ".")
