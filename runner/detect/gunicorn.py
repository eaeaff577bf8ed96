"""Where gunicorn listens by its configuration: the file that its command names, or the one that it
reads by itself."""

from __future__ import annotations

import re
from pathlib import PurePosixPath

from runner.detect.listing import Listing

_STARTED = re.compile(r"(?:^|[\s/'\"])gunicorn(?=$|[\s'\"])(?P<rest>[^\n;&|]*)")
_CONFIG = re.compile(
    r"(?:^|\s)['\"]?(?:-c|--config)(?:['\"]?\s+['\"]?|=|(?=\S))(?P<file>[^\s'\"]+)"
)
_USUAL = "gunicorn.conf.py"
_BIND = re.compile(r"^bind\s*=\s*(?P<value>.*(?:\n[ \t]+.*)*)", re.MULTILINE)
_LITERAL = re.compile(r"[\[(]?\s*[\"'][\w.\[\]:]*:(\d{2,5})[\"']")
_ANY = re.compile(r"[:\"',\s](\d{2,5})(?=[\"')}\]])")


def bound_port(text: str, service: Listing) -> tuple[int, str, bool]:
    """The port of `bind` in the configuration of the gunicorn that a command or script starts, the
    file, and whether it is said there and nowhere else: of an expression (`os.getenv("PORT",
    "8000")`) it is what it falls back to. A port of 0 where there is none."""
    started = _STARTED.search(text)
    if started is None:
        return 0, "", False
    named = _CONFIG.search(started["rest"])
    path = _file(named["file"] if named else _USUAL, service)
    bind = _BIND.search(service.texts.get(path, ""))
    if bind is None:
        return 0, "", False
    literal = _LITERAL.match(bind["value"])
    found = literal or _ANY.search(bind["value"])
    return (int(found[1]), path, literal is not None) if found else (0, "", False)


def _file(named: str, service: Listing) -> str:
    """A configuration file of the project, nearest to its root: `gunicorn_conf.py`, one by its path
    in the image, `python:shop.gunicorn`; empty where it is none of the project's."""
    if named.startswith("python:"):
        named = f"{named.removeprefix('python:').replace('.', '/')}.py"
    pure = PurePosixPath(named.removeprefix("file:"))
    found = [path for path in service.paths if PurePosixPath(path).name == pure.name]
    ends = [path for path in found if f"/{pure}".endswith(f"/{path}") or path.endswith(f"/{pure}")]
    return min(ends or found, key=lambda path: path.count("/"), default="")
