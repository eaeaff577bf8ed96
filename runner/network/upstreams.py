"""Where packages come from: the indexes that installers ask by default."""

from __future__ import annotations

import re
import urllib.error
import urllib.request
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import urlsplit

from pip._internal.models.index import PyPI

from runner.engine import child
from runner.engine.child import find_program

_PROBE = "/pip/"
"""A project that every index of Python packages has."""
_LINK = re.compile(r'href="(https://[^"#]+)')
_TIMEOUT_S = 20.0


@dataclass(frozen=True)
class Upstreams:
    """The servers behind the proxy; empty for one that is not there."""

    index: str
    """Root of the index of Python packages, `https://host/simple`."""
    files: str
    """Where that index keeps its files, `https://host`."""
    npm: str = ""
    """The npm registry, `https://host`."""


class UnreachableError(Exception):
    """An index that does not answer; the message is one line."""


def find_upstreams() -> Upstreams:
    """What this machine's installers ask by default.

    Raises `UnreachableError` if the index of Python packages gives no answer.
    """
    index = PyPI.simple_url.rstrip("/")
    return Upstreams(index=index, files=files_host(_page(f"{index}{_PROBE}")), npm=npm_registry())


def files_host(page: str) -> str:
    """Scheme and host of the files that a page of the index links to.

    Raises `UnreachableError` for a page without absolute links.
    """
    link = _LINK.search(page)
    if link is None:
        raise UnreachableError("the package index gave a page without links to files")
    parts = urlsplit(link[1])
    return f"{parts.scheme}://{parts.netloc}"


def npm_registry() -> str:
    """The registry that npm asks by default; empty where npm is not installed or says nothing."""
    npm = find_program("npm")
    if npm is None:
        return ""
    command = [str(npm), "config", "get", "registry", "--no-workspaces"]
    try:
        done = child.run(command, timeout_s=_TIMEOUT_S)
    except child.Failed:
        return ""
    said = done.stdout.strip().rstrip("/")
    plain = urlsplit(said)
    usable = plain.scheme == "https" and plain.netloc and "@" not in plain.netloc
    return said if usable and not plain.path else ""


def name_servers() -> tuple[str, ...]:
    """Addresses of the name servers of this machine, those of IPv6 in brackets."""
    try:
        lines = Path("/etc/resolv.conf").read_text(errors="replace").splitlines()
    except OSError:
        return ()
    named = [
        words[1] for line in lines if len(words := line.split()) > 1 and words[0] == "nameserver"
    ]
    usable = [address for address in named if re.fullmatch(r"[0-9a-fA-F.:]+", address)]
    return tuple(f"[{address}]" if ":" in address else address for address in usable)


def _page(url: str) -> str:
    request = urllib.request.Request(url, headers={"Accept": "text/html"})
    try:
        with urllib.request.urlopen(request, timeout=_TIMEOUT_S) as answer:
            return str(answer.read().decode(errors="replace"))
    except (urllib.error.URLError, OSError) as error:
        reason = getattr(error, "reason", error)
        raise UnreachableError(f"the package index does not answer: {reason}") from error
