"""The index of Python packages as it was at the end of a day: its pages less the files that were
uploaded later, on this machine's loopback.

An installer of any age reads them: they are plain HTML, made of the pages in JSON on which the
index says when a file was uploaded (PEP 700). Files come from where the index has them.
"""

from __future__ import annotations

import html
import json
import re
import threading
import urllib.error
import urllib.parse
import urllib.request
from datetime import UTC, date, datetime, time, timedelta
from functools import lru_cache
from http import HTTPStatus
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from types import TracebackType
from typing import Any

from packaging.utils import (
    InvalidSdistFilename,
    InvalidWheelFilename,
    parse_sdist_filename,
    parse_wheel_filename,
)
from packaging.version import InvalidVersion, Version
from pip._internal.models.index import PyPI

PORT = 46127
"""The port that is taken if it is free: the same address means the same steps in the engine's
cache, and the same record."""
_JSON = "application/vnd.pypi.simple.v1+json"
_TIMEOUT_S = 60.0
_MOST_BYTES = 64 << 20
_NAME = re.compile(r"/simple/([A-Za-z0-9][\w.-]{0,200})/?")
_PAGES_KEPT = 300


class NoPastError(Exception):
    """An index that does not answer, or does not say when its files were uploaded; one line."""


def files_of_day(document: Any, day: date) -> list[dict[str, Any]]:
    """The files of a project's page in JSON that the index had at the end of a day (UTC), less
    those of which it does not say since when."""
    end = datetime.combine(day, time(), UTC) + timedelta(days=1)
    files = document.get("files") if isinstance(document, dict) else None
    return [x for x in files or () if isinstance(x, dict) and (_uploaded(x) or end) < end]


def page_of_day(document: Any, day: date) -> str:
    """The page of a project in HTML with these files alone."""
    links = "\n".join(map(_link, files_of_day(document, day)))
    return f"<!DOCTYPE html>\n<html><body>\n{links}\n</body></html>\n"


def _uploaded(file: dict[str, Any]) -> datetime | None:
    try:
        found = datetime.fromisoformat(str(file.get("upload-time", "")))
    except ValueError:
        return None
    return found if found.tzinfo else found.replace(tzinfo=UTC)


def _link(file: dict[str, Any]) -> str:
    hashes, python = file.get("hashes"), file.get("requires-python")
    digest = hashes.get("sha256", "") if isinstance(hashes, dict) else ""
    target = f"{file.get('url', '')}#sha256={digest}" if digest else str(file.get("url", ""))
    attributes = {"href": target}
    if python:
        attributes["data-requires-python"] = str(python)
    if file.get("yanked"):
        attributes["data-yanked"] = str(file["yanked"])
    metadata = file.get("core-metadata")
    if isinstance(metadata, dict) and metadata.get("sha256"):
        attributes["data-core-metadata"] = f"sha256={metadata['sha256']}"
    said = " ".join(f'{name}="{html.escape(value)}"' for name, value in attributes.items())
    return f"<a {said}>{html.escape(str(file.get('filename', '')))}</a>"


@lru_cache(_PAGES_KEPT)
def page(name: str, index: str = "") -> Any:
    """The page of a project in JSON, as the index has it now.

    Raises `OSError` where it does not answer, an `HTTPError` with its status, and `ValueError` for
    what is no JSON.
    """
    index = (index or PyPI.simple_url).rstrip("/")
    request = urllib.request.Request(
        f"{index}/{urllib.parse.quote(name)}/", headers={"Accept": _JSON}
    )
    with urllib.request.urlopen(request, timeout=_TIMEOUT_S) as answer:
        return json.loads(answer.read(_MOST_BYTES))


class PastIndex:
    """The index of a day, as long as the block goes on."""

    def __init__(self, day: date, index: str = "") -> None:
        """`index` is the one that is asked, the public one if nothing is said."""
        self.day = day
        self.index = index
        self._server: ThreadingHTTPServer | None = None

    def __enter__(self) -> PastIndex:
        """Answer from now on; raises `NoPastError` where there is no such index."""
        try:
            known = page("pip", self.index)
        except (OSError, ValueError) as error:
            raise NoPastError(f"the package index does not answer ({error})") from error
        if not files_of_day(known, date.max - timedelta(days=1)):
            raise NoPastError("the package index does not say when its files were uploaded")
        self._server = _server(type("Handler", (_Handler,), {"past": self}))
        threading.Thread(target=self._server.serve_forever, daemon=True).start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        value: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        assert self._server is not None
        self._server.shutdown()
        self._server.server_close()

    @property
    def url(self) -> str:
        """What installers are given as their index."""
        assert self._server is not None
        return f"http://127.0.0.1:{self._server.server_address[1]}/simple/"

    def has(self, name: str, version: str) -> bool:
        """Whether it has a file of this version of a project."""
        try:
            files = files_of_day(page(name, self.index), self.day)
        except (OSError, ValueError):
            return False
        wanted = re.compile(rf"-{re.escape(version)}(?:-|\.tar|\.zip|\.tgz|\.egg)", re.IGNORECASE)
        return any(wanted.search(str(file.get("filename", ""))) for file in files)

    def newest(self, name: str) -> str:
        """The newest release of a project that it has, neither a preliminary one nor one that was
        taken back; empty for none."""
        try:
            files = files_of_day(page(name, self.index), self.day)
        except (OSError, ValueError):
            return ""
        names = (str(file.get("filename", "")) for file in files if not file.get("yanked"))
        found = [
            version for x in names if (version := _version_of(x)) and not version.is_prerelease
        ]
        return str(max(found, default=""))


def _version_of(filename: str) -> Version | None:
    """The version of a wheel or an archive of sources, by its name; None for other files."""
    try:
        if filename.endswith(".whl"):
            return parse_wheel_filename(filename)[1]
        return parse_sdist_filename(filename)[1]
    except (InvalidWheelFilename, InvalidSdistFilename, InvalidVersion):
        return None


def _server(handler: type[BaseHTTPRequestHandler]) -> ThreadingHTTPServer:
    try:
        return ThreadingHTTPServer(("127.0.0.1", PORT), handler)
    except OSError:
        return ThreadingHTTPServer(("127.0.0.1", 0), handler)


class _Handler(BaseHTTPRequestHandler):
    past: PastIndex

    def do_GET(self) -> None:
        """A page of the index of that day."""
        status, text = self._answer()
        data = text.encode()
        self.send_response(status)
        self.send_header("Content-Type", "text/html; charset=utf-8")
        self.send_header("Content-Length", str(len(data)))
        self.end_headers()
        self.wfile.write(data)

    def _answer(self) -> tuple[int, str]:
        match = _NAME.fullmatch(urllib.parse.urlsplit(self.path).path)
        if match is None:
            return HTTPStatus.NOT_FOUND, ""
        try:
            return HTTPStatus.OK, page_of_day(page(match[1], self.past.index), self.past.day)
        except urllib.error.HTTPError as error:
            return error.code, ""
        except (OSError, ValueError):
            return HTTPStatus.BAD_GATEWAY, ""

    def log_message(self, *_: object) -> None:
        """Say nothing: the build's own log tells what it asked for."""
