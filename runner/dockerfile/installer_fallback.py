"""Installers that are fetched and run (`curl … | python -`), where their host does not answer.

For the copy that is built where base images cannot be had: pip installs the same program in the
same place. Where the host answers, the installer is run as it is written.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from itertools import pairwise

from runner.dockerfile.document import Document
from runner.dockerfile.shell import Command, commands_of
from runner.dockerfile.spans import Replacement

_FETCHES = {"curl": "curl -fsSL -m 20 -o /dev/null", "wget": "wget -q -T 20 -O /dev/null"}
_POETRY = re.compile(
    r"https://(?:install\.python-poetry\.org/?|raw\.githubusercontent\.com/(?:python-poetry"
    r"|sdispater)/(?:install\.python-poetry\.org/main/install-poetry|poetry/\w+/(?:get|install)-poetry)\.py)"
)
_UV = re.compile(r"https://astral\.sh/uv/(?:([0-9][0-9.]*)/)?install\.sh")
_PLACE = re.compile(r"[\w./-]+")
_FETCH_BY_PYTHON = (
    "import sys, urllib.request as u;"
    ' data = u.urlopen(sys.argv[1], timeout=20).read(); open(sys.argv[2], "wb").write(data)'
)
_RUNS = re.compile(r"(?:python[0-9.]*|sh|bash)")
_POETRY_BY_PIP = (
    'v="${1:-${POETRY_VERSION:-}}"; home="${POETRY_HOME:-$HOME/.local/share/pypoetry}";'
    ' bin="${POETRY_HOME:-$HOME/.local}/bin"; p="poetry${v:+==$v}"; python3 -m venv "$home/venv"'
    ' && "$home/venv/bin/pip" install --no-cache-dir "$p"'
    ' && { "$home/venv/bin/pip" install --no-cache-dir "$p" poetry-plugin-export || true; }'
    ' && mkdir -p "$bin" && ln -sf "$home/venv/bin/poetry" "$bin/poetry"'
)
"""Where Poetry's installer puts it; the first argument is the version that is asked for."""
_UV_BY_PIP = (
    'bin="${UV_INSTALL_DIR:-${XDG_BIN_HOME:-$HOME/.local/bin}}";'
    ' python3 -m pip install --no-cache-dir --target /tmp/uv-by-pip "uv${1:+==$1}"'
    ' && mkdir -p "$bin" && cp /tmp/uv-by-pip/bin/uv /tmp/uv-by-pip/bin/uvx "$bin"'
    " && rm -r /tmp/uv-by-pip"
)


def with_pip_behind_installers(document: Document) -> Document:
    """The document with each installer of Poetry and uv that is fetched and run in a pipe followed
    by what is done where it cannot be fetched."""
    found: list[Replacement] = []
    for run in document.runs():
        for fetch, runs in pairwise(commands_of(document, run)):
            between = document.text[fetch.end : runs.start]
            fallback = _fallback(fetch, runs)
            if not fallback or not re.fullmatch(r"\s*(?:\\\s*)?\|\s*(?:\\\s*)?", between):
                continue
            script, version = fallback
            # variables that are set for the program are set for what is run in its place
            told = document.text[runs.start : runs.spans[0][0]]
            pipe = document.text[fetch.start : runs.end]
            asked = f"{_FETCHES[fetch.program]} {_url(fetch.words)}"
            by_pip = f"{told}sh -c '{script}' - {version}".rstrip()
            said = f"if {asked}; then {pipe}; else {by_pip}; fi"
            found.append(Replacement(fetch.start, runs.end, said))
    return document.edited(found)


def with_pip_behind_added_installers(document: Document) -> Document:
    """The document with each ADD of uv's installer as a RUN that fetches it, or else writes a
    script of the same name in its place: an ADD cannot do without its host."""
    found: list[Replacement] = []
    for item in document.instructions:
        if item.keyword != "ADD" or document.flags(item):
            continue
        words = document.value(item).split()
        match = _UV.fullmatch(words[0]) if len(words) == 2 else None
        if match is None or not _PLACE.fullmatch(words[1]):
            continue
        url, place = words
        place += "install.sh" if place.endswith("/") else ""
        version = f"set -- {match[1]}; " if match[1] else ""
        script = f"set -e; {version}{_UV_BY_PIP}"
        fetched = f'python3 -c \'{_FETCH_BY_PYTHON}\' "{url}" "{place}"'
        said = f"RUN {fetched} || printf '%s\\n' '{script}' >{place}"
        found.append(Replacement(item.start, item.end, said))
    return document.edited(found)


def _fallback(fetch: Command, runs: Command) -> tuple[str, str] | None:
    """What is run instead, and the version that is asked for, as it is written; None for other
    programs, and where options say more than a version."""
    if fetch.program not in _FETCHES or not _RUNS.fullmatch(runs.program):
        return None
    url = _url(fetch.plain)
    if match := _UV.fullmatch(url):
        return (_UV_BY_PIP, match[1] or "") if len(runs.words) == 1 else None
    if not _POETRY.fullmatch(url):
        return None
    options = [word for word in runs.words[1:] if word not in ("-", "-y", "--yes")]
    if not options:
        return _POETRY_BY_PIP, ""
    named = len(options) == 2 and options[0] == "--version"
    return (_POETRY_BY_PIP, options[1]) if named else None


def _url(words: Sequence[str]) -> str:
    """The one address among the words of a fetching program; empty for none and for several."""
    found = [word for word in words if "https://" in word]
    return found[0] if len(found) == 1 else ""
