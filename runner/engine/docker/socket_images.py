"""The images of an engine behind a Unix socket on this machine, asked without the SDK.

To import the SDK takes longer than to read a small image. What reading needs of the engine's API is
three GET requests.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import suppress
from pathlib import Path
from typing import Any
from urllib.parse import quote

from msgspec import json

from runner.engine.answers import checked_history, checked_inspect
from runner.engine.defaults import PROBE_TIMEOUT_S, moving_timeout_s
from runner.engine.docker.patience import said_of
from runner.engine.docker.sockets import DEFAULT_SOCKET, UNIX, not_a_socket
from runner.engine.docker.unix_http import AnswerError, Request
from runner.engine.image_store import ImageStore, embedded_instead, no_answer, no_image
from runner.engine.layer_directories import folders_of
from runner.model.errors import EngineLostError, ImageError


class SocketImages:
    """The images of an engine behind a Unix socket."""

    def __init__(self, address: str) -> None:
        self.address = address
        self._inspected: dict[str, Mapping[str, Any]] = {}
        """An image is the same one throughout a command, whatever its name comes to mean."""
        self._begun: dict[str, Request] = {}
        """Exports that were asked for and not yet read."""

    def silent(self) -> str:
        """Why nothing that says it is an engine answers; empty where one does."""
        try:
            with self._ask("/_ping", PROBE_TIMEOUT_S) as request:
                status = request.status()
                return "" if status == 200 else f"it answers with HTTP {status}"
        except OSError as error:
            return not_a_socket(self.address) or error.strerror or str(error)
        except AnswerError:
            return "what answers is not an engine"

    def inspect(self, image: str) -> Mapping[str, Any]:
        """The engine's `inspect`; raises `ImageError` for what is not there."""
        found = self._inspected.get(image)
        if found is None:
            found = self._inspected[image] = checked_inspect(
                self._json(image, "json"), self.address
            )
        return found

    def history(self, image: str) -> Sequence[Mapping[str, Any]]:
        """The engine's listing of an image's history, newest first; raises `ImageError`."""
        return checked_history(self._json(image, "history"), self.address)

    def begin(self, image: str) -> None:
        """Ask for the export now if the directories cannot be read: the engine takes a while for
        it."""
        with suppress(ImageError, EngineLostError, OSError, AnswerError):
            if self.layer_folders(self.inspect(image)) is None:
                self._begun[image] = self._ask_of(image, "get", self._size_bytes(image))

    def export(self, image: str) -> Iterator[bytes]:
        """The image as the engine saves it, piece by piece; raises `ImageError`."""
        try:
            asked = self._begun.pop(image, None) or self._ask_of(
                image, "get", self._size_bytes(image)
            )
            with asked:
                self._must_be_there(asked, image, "export")
                yield from asked.pieces()
        except (OSError, AnswerError) as error:
            raise EngineLostError(no_answer(self.address, said_of(error))) from error

    def layer_folders(self, inspected: Mapping[str, Any]) -> list[Path] | None:
        """The overlay2 directory of each layer from the base up; None if they cannot be read."""
        return folders_of(inspected)

    def _json(self, image: str, what: str) -> Any:
        try:
            with self._ask_of(image, what) as request:
                self._must_be_there(request, image, "inspect")
                return json.decode(request.body())
        except (OSError, AnswerError, ValueError, RecursionError) as error:
            raise EngineLostError(no_answer(self.address, said_of(error))) from error

    def _must_be_there(self, request: Request, image: str, doing: str) -> None:
        """Whether an answer about an image is what was asked for; raises `ImageError` if not."""
        status = request.status()
        if status == 404:
            raise ImageError(no_image(image, self.address))
        if status != 200:
            said = _reason(request.body()) or f"the engine answers with HTTP {status}"
            raise ImageError(f"cannot {doing} {image}: {said}")

    def _ask_of(self, image: str, what: str, size_bytes: int = 0) -> Request:
        path = f"/images/{quote(image, safe='/:@')}/{what}"
        return self._ask(path, moving_timeout_s(size_bytes))

    def _size_bytes(self, image: str) -> int:
        """What is known of it: nothing, unless it was looked at before."""
        size = self._inspected.get(image, {}).get("Size")
        return size if isinstance(size, int) else 0

    def _ask(self, path: str, timeout_s: float) -> Request:
        return Request(self.address.removeprefix(UNIX), path, timeout_s)


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
    from runner.engine.docker.embedded_paths import (
        default_paths,  # not before it is known to be needed
    )

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
        settings = json.decode((Path(folder) / "config.json").read_bytes())
    except FileNotFoundError:
        return False
    except (OSError, ValueError):
        return True
    return not isinstance(settings, dict) or bool(settings.get("currentContext"))


def _reason(said: bytes) -> str:
    """What the engine gives as the reason, on one line."""
    try:
        text = str(json.decode(said)["message"])
    except (ValueError, KeyError, TypeError):
        text = said.decode(errors="replace")
    return " ".join(text.split())


def _proof(images: SocketImages) -> ImageStore:
    return images
