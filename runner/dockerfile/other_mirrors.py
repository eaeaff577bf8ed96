"""Mirrors that a Dockerfile names for packages, for the copy that is built where base images cannot
be had: the host of one may not answer either, and the stand-ins ask one that does.

Where the host answers, an installer is told of it as written; the distribution's own packages come
from where the base has them.
"""

from __future__ import annotations

import re
import shlex

from runner.dockerfile.document import Document
from runner.dockerfile.shell import Command, commands_of
from runner.dockerfile.spans import Replacement

_LISTS = ("/etc/apt/", "/etc/apk/repositories")
"""Where the distributions say which host packages come from."""
_HOST = re.compile(r"\w(?:[\w-]|\\?\.)*\\?\.[a-z]{2,}")
_INDEX = ("-i", "--index-url")
_KEYS = ("global.index-url", "registry")
_URL = re.compile(r"https?://[\w./:-]+")
_BY_PYTHON = "import sys, urllib.request as u; u.urlopen(sys.argv[1], timeout=10)"


def with_mirrors_that_answer(document: Document) -> Document:
    """The document that goes on without a mirror that does not answer."""
    found: list[Replacement] = []
    for run in document.runs():
        for command in commands_of(document, run):
            if said := _said(command, document.text[command.start : command.end]):
                found.append(Replacement(command.start, command.end, said))
    return document.edited(found)


def _said(command: Command, text: str) -> str:
    """What is run in a command's place; empty for one that stays."""
    if _points_elsewhere(command):
        return "true"
    if url := _set_index(command):
        asked = _asks(command.program, url)
        return f"{{ {asked} && {text} || true; }}"
    if spans := _named_index(command):
        start = command.start
        without = text
        for first, last in reversed(spans):
            without = without[: first - start].rstrip(" ") + without[last - start :]
        return f"{{ PIP_RETRIES=0 {text} || {without}; }}"
    return ""


def _points_elsewhere(command: Command) -> bool:
    """A `sed` that puts another host into the distribution's lists."""
    files = [word for word in command.plain[1:] if word.startswith(_LISTS)]
    expressions = [word for word in command.operands if not word.startswith(_LISTS)]
    return (
        command.program == "sed"
        and bool(files)
        and all(word.startswith("s") and _HOST.search(word) for word in expressions)
    )


def _set_index(command: Command) -> str:
    """The URL of a `pip config set global.index-url` or an `npm config set registry`."""
    words = command.operands
    if command.program not in ("pip", "pip3", "npm", "yarn", "pnpm") or len(words) not in (3, 4):
        return ""
    if words[:2] != ("config", "set") or words[2].partition("=")[0] not in _KEYS:
        return ""
    url = words[3] if len(words) == 4 else words[2].partition("=")[2]
    return url if _URL.fullmatch(url) else ""


def _asks(program: str, url: str) -> str:
    """The command that ends well where that index answers."""
    if program.startswith("pip"):
        return f"python3 -c {shlex.quote(_BY_PYTHON)} {url} 2>/dev/null"
    return f"npm ping --fetch-retries=0 --registry={url} >/dev/null 2>&1"


def _named_index(command: Command) -> list[tuple[int, int]]:
    """The spans of the words that tell a `pip install` its index."""
    if command.program not in ("pip", "pip3") or command.operands[:1] != ("install",):
        return []
    pairs = list(zip(command.plain, command.spans, strict=True))
    found = []
    for place, (word, (first, last)) in enumerate(pairs):
        if word in _INDEX and place + 1 < len(pairs):
            found.append((first, pairs[place + 1][1][1]))
        elif word.startswith("--index-url="):
            found.append((first, last))
    return found
