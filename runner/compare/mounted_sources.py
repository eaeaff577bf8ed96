"""Dockerfiles whose images lack what the service is made of: its sources, which a compose file
mounts for whoever edits them, or its packages, which a container installs when it starts. Such an
image is not what is shipped, and starts nowhere else; one of Windows does not start here."""

from __future__ import annotations

import posixpath
import re
from collections.abc import Mapping, Sequence

from runner.compare.sources import Source
from runner.detect.dockerfile import Dockerfile
from runner.dockerfile.document import DockerfileError, Document
from runner.dockerfile.reads import read_in_context
from runner.dockerfile.shell import commands_of

NO_SOURCES = "it copies no sources, which a compose file mounts"
INSTALLS_LATER = "it installs no packages, which a container does when it starts"
STARTS_NOTHING = "it copies no sources and starts nothing"
OF_WINDOWS = "its image is one of Windows, and the engine here runs those of Linux"
_STEPS = {
    OF_WINDOWS: "bring one for Linux",
    NO_SOURCES: "add `COPY . .` to it",
    INSTALLS_LATER: "install them by a RUN of it",
    STARTS_NOTHING: "add `COPY . .` and a CMD to it",
}
_WINDOWS = re.compile(
    r"(?:windows)?servercore|nanoserver|mcr\.microsoft\.com/windows|microsoft/\S*windows"
)
_INSTALLS = re.compile(
    r"\b(?:npm|pnpm|yarn|bun)\s+(?:i|ci|ic|install|clean-install|install-clean)\b|\byarn\s*(?:&&|;|$)"
    r"|\b(?:pip3?|poetry|pipenv|bundle|composer)\s+install\b|\buv\s+(?:pip\s+install|sync)\b"
    r"|\bapt(?:-get)?\s+(?:-\w+\s+)*install\b|\bapk\s+add\b"
)
"""What needs a package index, which the container of a check does not reach."""
_MANIFEST = re.compile(
    r"(?:requirements|constraints)[\w.*-]*|Pipfile[\w.*-]*|pyproject\.toml|setup\.(?:py|cfg)|\*?\.lock"
    r"|(?:poetry|uv|pdm|yarn|Cargo|Gemfile|composer)\.\*?(?:lock|toml|json)|README[\w.*-]*"
    r"|package\*?(?:-lock)?\*?\.json|pnpm-[\w.*-]+|\.\w+rc[\w.]*|[\w*-][\w.*-]*\.json"
    r"|[\w-]+\.config\.[cm]?[jt]s"
    r"|yarn\.\*|go\.(?:mod|sum)|Gemfile\*?|\.?env[\w.*-]*|\.python-version"
)
"""What installs a project's dependencies, or tells it or its tools something."""
_SERVES_OTHERS = frozenset(
    (
        *("gunicorn", "uvicorn", "hypercorn", "daphne", "waitress", "flask", "fastapi", "django"),
        *("streamlit", "gradio", "celery", "rq", "serve", "http-server", "nodemon", "pm2"),
        *("ts-node", "tsx", "next", "vite", "nuxt"),
    )
)
"""Packages whose programs serve the sources that they are shown, and do nothing without."""
_INSTALL_BY_NAME = re.compile(r"pip3?|pipx|npm|gem|go|cargo|uv")
_FETCHES = re.compile(r"\bgit\s+clone\b|\bcurl\b|\bwget\b|https?://")
_PLAIN_BASE = re.compile(
    r"(?:.*/)?(?:python|node|golang|debian|ubuntu|alpine|uv)(?::[\w.-]+)?(?:@sha256:\w+)?"
)


def what_lacks(source: Source, texts: Mapping[str, str]) -> str:
    """Why a Dockerfile makes no image that could be shipped; empty where it may."""
    own = _own(source, texts)
    if _WINDOWS.search(own.base):
        return OF_WINDOWS
    if lacks_sources(source, texts):
        return NO_SOURCES
    prepares = any(item.keyword == "RUN" for item in own.final)
    if prepares and not own.process and not source.command and _has_no_sources(own):
        return STARTS_NOTHING
    return INSTALLS_LATER if _installs_later(source, texts) else ""


def _own(source: Source, texts: Mapping[str, str]) -> Dockerfile:
    return Dockerfile(texts.get(source.path, ""), source.target, source.args)


def installs_packages(command: Sequence[str]) -> bool:
    """Whether a command installs packages before it serves."""
    return bool(_INSTALLS.search(" ".join(command)))


def step_for(reason: str) -> str:
    """What mends a Dockerfile that is left out for this reason."""
    return _STEPS[reason]


def _installs_later(source: Source, texts: Mapping[str, str]) -> bool:
    """Whether what its container starts installs the packages, or nobody says what that is, and no
    RUN of it installs those that package.json asks for."""
    own = _own(source, texts)
    if not _PLAIN_BASE.fullmatch(own.base):
        return False
    start = source.command if own.no_command else own.process
    package = texts.get(posixpath.normpath(posixpath.join(source.context, "package.json")), "")
    if not installs_packages(start) and (start or '"dependencies"' not in package):
        return False
    try:
        document = Document(own.text, own.target)
        runs = [x for x in document.runs() if x.stage in own.needed]
    except DockerfileError:
        return False
    return not any(_INSTALLS.search(document.text[x.start : x.end]) for x in runs)


def lacks_sources(source: Source, texts: Mapping[str, str]) -> bool:
    """Whether a compose file mounts what is built, or a part of it, and the image has nothing of
    it."""
    context = source.context
    mounted = any(
        context in (".", place) or place.startswith(f"{context}/") for place in source.volumes
    )
    own = _own(source, texts)
    return mounted and _has_no_sources(own)


def _has_no_sources(own: Dockerfile) -> bool:
    """Whether nothing but manifests comes into the image, from wherever; only for the images of
    languages and distributions, which bring none."""
    if not _PLAIN_BASE.fullmatch(own.base) or _FETCHES.search(own.text):
        return False
    document = Document(own.text, own.target)
    try:
        if _installs_what_it_starts(own, document):
            return False
        words = [
            word
            for item in document.instructions
            if item.keyword in ("COPY", "ADD") and item.stage in own.needed
            for word in (["<<"] if item.heredocs else read_in_context(document, item))
        ]
    except DockerfileError:
        return False
    return all(_MANIFEST.fullmatch(posixpath.basename(word.rstrip("/"))) for word in words)


def _installs_what_it_starts(own: Dockerfile, document: Document) -> bool:
    """Whether it starts a program that a RUN installs by its name, and that is shown no file and no
    module: such an image is whole without the sources, `pip install flower` for one."""
    started = own.process
    if any(re.search(r"[:/]|\.\w{1,4}$", word) for word in started[1:] if word[:1] != "-"):
        return False
    named = {
        re.split(r"[\[<>=~!@]", word, maxsplit=1)[0]
        for item in document.runs()
        if item.stage in own.needed
        for command in commands_of(document, item)
        if _INSTALL_BY_NAME.fullmatch(command.program) and "-r" not in command.plain
        for word in command.operands[1:]
    }
    return bool(named.difference(_SERVES_OTHERS).intersection(started))
