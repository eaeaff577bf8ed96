"""The images of an engine behind a Unix socket on this machine, asked without the SDK.

To import the SDK takes longer than to read a small image. What reading needs of the engine's API is
three GET requests, for which the standard library's HTTP client does.
"""

from __future__ import annotations

import json
import os
import socket
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import closing, contextmanager, suppress
from http.client import HTTPConnection, HTTPException, HTTPResponse, IncompleteRead
from pathlib import Path
from typing import Any
from urllib.parse import quote

from runner.engine.defaults import CALL_TIMEOUT_S, DEFAULT_SOCKET, PROBE_TIMEOUT_S
from runner.engine.folders import folders_of
from runner.engine.image_store import ImageStore, embedded_instead, no_answer, no_image
from runner.model.errors import EngineLostError, ImageError

UNIX = "unix://"
_PIECE_BYTES = 1 << 20


class _Connection(HTTPConnection):
    """Speaks HTTP/1.0: an answer then ends with the connection and comes in large pieces, where a
    newer one comes in chunks of a few kilobytes, each to be taken apart."""

    _http_vsn = 10
    _http_vsn_str = "HTTP/1.0"


class SocketImages:
    """The images of an engine behind a Unix socket."""

    def __init__(self, address: str) -> None:
        self.address = address
        self._inspected: dict[str, Mapping[str, Any]] = {}
        """An image is the same one throughout a command, whatever its name comes to mean."""
        self._begun: dict[str, HTTPConnection] = {}
        """Exports that were asked for and not yet read."""

    def silent(self) -> str:
        """Why nothing that says it is an engine answers; empty where one does."""
        try:
            with _answer(self._ask("/_ping", PROBE_TIMEOUT_S)) as response:
                return "" if response.status == 200 else f"it answers with HTTP {response.status}"
        except OSError as error:
            return error.strerror or str(error)
        except HTTPException:
            return "what answers is no engine"

    def inspect(self, image: str) -> Mapping[str, Any]:
        """The engine's `inspect`; raises `ImageError` for what is not there."""
        found = self._inspected.get(image)
        if found is None:
            found = self._inspected[image] = self._json(image, "json")
        return found

    def history(self, image: str) -> Sequence[Mapping[str, Any]]:
        """The engine's listing of an image's history, newest first; raises `ImageError`."""
        listed: Sequence[Mapping[str, Any]] = self._json(image, "history")
        return listed

    def begin(self, image: str) -> None:
        """Ask for the export now if the folders cannot be read: the engine takes a while for it."""
        with suppress(ImageError, EngineLostError, OSError, HTTPException):
            if self.layer_folders(self.inspect(image)) is None:
                self._begun[image] = self._ask_of(image, "get")

    def export(self, image: str) -> Iterator[bytes]:
        """The image as the engine saves it, piece by piece; raises `ImageError`."""
        try:
            asked = self._begun.pop(image, None) or self._ask_of(image, "get")
            with _answer(asked) as response:
                self._must_be_there(response, image, "export")
                while piece := response.read(_PIECE_BYTES):
                    yield piece
                if response.length:
                    raise IncompleteRead(b"", response.length)
        except (OSError, HTTPException) as error:
            raise EngineLostError(no_answer(self.address)) from error

    def layer_folders(self, inspected: Mapping[str, Any]) -> list[Path] | None:
        """The overlay2 folder of each layer from the base up; None if they cannot be read."""
        return folders_of(inspected)

    def _json(self, image: str, what: str) -> Any:
        try:
            with _answer(self._ask_of(image, what)) as response:
                self._must_be_there(response, image, "inspect")
                return json.loads(response.read())
        except (OSError, HTTPException, ValueError) as error:
            raise EngineLostError(no_answer(self.address)) from error

    def _must_be_there(self, response: HTTPResponse, image: str, doing: str) -> None:
        """Whether an answer about an image is what was asked for; raises `ImageError` if not."""
        if response.status == 404:
            raise ImageError(no_image(image, self.address))
        if response.status != 200:
            raise ImageError(f"cannot {doing} {image}: {_reason(response.read())}")

    def _ask_of(self, image: str, what: str) -> HTTPConnection:
        return self._ask(f"/images/{quote(image, safe='/:@')}/{what}", CALL_TIMEOUT_S)

    def _ask(self, path: str, timeout_s: float) -> HTTPConnection:
        """Send a request; its answer is the connection's `getresponse`."""
        connection = _Connection("localhost", timeout=timeout_s)
        connection.sock = socket.socket(socket.AF_UNIX)
        connection.sock.settimeout(timeout_s)
        try:
            connection.sock.connect(self.address.removeprefix(UNIX))
            connection.request("GET", path)
        except BaseException:
            connection.close()
            raise
        return connection


@contextmanager
def _answer(connection: HTTPConnection) -> Iterator[HTTPResponse]:
    """What comes back; the connection is closed afterwards."""
    with closing(connection), connection.getresponse() as response:
        yield response


def find_socket(
    prefer: str, note: Callable[[str], None], environment: Mapping[str, str] | None = None
) -> SocketImages | None:
    """The images of the engine that dockbench would use, if that is plain to see: the one behind
    DOCKER_HOST or the default socket, else the embedded one that runs.

    `note` is told if that is another one than DOCKER_HOST names. None where finding it takes more:
    TLS, a context of the docker command, an engine to start.
    """
    environment = os.environ if environment is None else environment
    host = environment.get("DOCKER_HOST", "").strip()
    silent = ""
    if prefer != "embedded":
        if (host and not host.startswith(UNIX)) or (not host and _has_context(environment)):
            return None
        existing = SocketImages(host or DEFAULT_SOCKET)
        silent = existing.silent()
        if not silent:
            return existing
    if prefer == "existing":
        return None
    from runner.engine.embedded_paths import default_paths  # not before it is known to be needed

    embedded = SocketImages(f"{UNIX}{default_paths().socket}")
    if embedded.silent():
        return None
    if silent and host:
        note(embedded_instead(f"DOCKER_HOST {host}: {silent}"))
    return embedded


def _has_context(environment: Mapping[str, str]) -> bool:
    """Whether the docker command may use another engine than that of the default socket."""
    if environment.get("DOCKER_CONTEXT"):
        return True
    folder = environment.get("DOCKER_CONFIG") or str(Path.home() / ".docker")
    try:
        settings = json.loads((Path(folder) / "config.json").read_bytes())
    except FileNotFoundError:
        return False
    except (OSError, ValueError):
        return True
    return not isinstance(settings, dict) or bool(settings.get("currentContext"))


def _reason(said: bytes) -> str:
    """What the engine gives as the reason, on one line."""
    try:
        text = str(json.loads(said)["message"])
    except (ValueError, KeyError, TypeError):
        text = said.decode(errors="replace")
    return " ".join(text.split())


def _proof(images: SocketImages) -> ImageStore:
    return images
