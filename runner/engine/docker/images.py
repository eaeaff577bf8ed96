"""The images of any engine, through the SDK."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from functools import partial
from pathlib import Path
from typing import Any

import docker
from docker.auth import get_config_header, resolve_repository_name
from docker.utils import parse_repository_tag

from runner.engine.answers import checked_history, checked_inspect, checked_list
from runner.engine.defaults import PULL_TIMEOUT_S, moving_timeout_s
from runner.engine.docker.client import patient
from runner.engine.docker.errors import translated
from runner.engine.docker.messages import messages_of
from runner.engine.docker.patience import moving
from runner.engine.image_store import no_image
from runner.engine.layer_directories import folders_of
from runner.engine.port import Images, Message
from runner.model.errors import ImageError, MissingError, RefusedError
from runner.model.text import one_line

_PIECE_BYTES = 1 << 20


class DockerImages:
    """The images of an engine that the SDK has a client for."""

    def __init__(self, client: docker.DockerClient, address: str) -> None:
        self._client = client
        self._api: Any = client.api
        self._address = address

    def inspect(self, image: str) -> Mapping[str, Any]:
        """The engine's `inspect`; raises `ImageError` for what is not there."""
        with self._errors(image, "inspect"):
            return checked_inspect(self._api.inspect_image(image), self._address)

    def history(self, image: str) -> Sequence[Mapping[str, Any]]:
        """The engine's listing of an image's history, newest first; raises `ImageError`."""
        with self._errors(image, "inspect"):
            return checked_history(self._api.history(image), self._address)

    def begin(self, image: str) -> None:
        """Nothing: the SDK gives an answer only when it begins to be there."""

    def export(self, image: str) -> Iterator[bytes]:
        """The image as the engine saves it, piece by piece; raises `ImageError`."""
        size = int(self.inspect(image).get("Size") or 0)
        with self._errors(image, "export"), patient(self._api, moving_timeout_s(size)):
            yield from self._api.get_image(image, chunk_size=_PIECE_BYTES)

    def layer_folders(self, inspected: Mapping[str, Any]) -> list[Path] | None:
        """The overlay2 directory of each layer from the base up; None if they cannot be read."""
        return folders_of(inspected)

    def find(self, reference: str) -> Mapping[str, Any] | None:
        """The image's `inspect`; None for what is not there."""
        try:
            with translated(self._address):
                return checked_inspect(self._api.inspect_image(reference), self._address)
        except MissingError:
            return None

    def search(self, label: str = "", every: bool = False) -> list[dict[str, Any]]:
        """The images with this label."""
        with translated(self._address):
            filters = {"label": label} if label else None
            return checked_list(self._api.images(all=every, filters=filters), self._address)

    def tag(self, image: str, repository: str, tag: str) -> None:
        """Give an image one more name."""
        with translated(self._address):
            self._api.tag(image, repository, tag)

    def remove(self, reference: str) -> None:
        """Remove a name, and the image with its last one; images below it stay."""
        with translated(self._address):
            self._api.remove_image(reference, noprune=True)

    def load(self, pieces: Iterable[bytes]) -> Iterator[Message]:
        """Load a docker archive; the engine's messages."""
        with translated(self._address):
            limit_s = self._api.timeout
            yield from self._messages("load", data=moving(pieces, limit_s), timeout=limit_s)

    def import_root(self, path: Path, repository: str, tag: str, changes: Sequence[str]) -> None:
        """Make an image of a root file system's tarball."""
        asked = {"fromSrc": "-", "repo": repository, "tag": tag, "changes": list(changes)}
        with translated(self._address), path.open("rb") as file:
            limit_s = self._api.timeout
            pieces = moving(iter(partial(file.read, _PIECE_BYTES), b""), limit_s)
            for message in self._messages("create", params=asked, data=pieces, timeout=limit_s):
                if "error" in message:
                    raise RefusedError(one_line(str(message["error"])))

    def pull(self, reference: str) -> Iterator[Message]:
        """Pull an image; the engine's messages."""
        name, _, digest = reference.partition("@")
        repository, tag = parse_repository_tag(name)
        asked = {"fromImage": repository, "tag": digest or tag or "latest"}
        with translated(self._address):
            registry, _ = resolve_repository_name(repository)
            login = get_config_header(self._api, registry)
            headers = {"X-Registry-Auth": login} if login else {}
            yield from self._messages(
                "create", params=asked, headers=headers, timeout=PULL_TIMEOUT_S
            )

    def resolve(self, reference: str) -> None:
        """Have the engine ask the registry for the image's digest."""
        with translated(self._address):
            self._client.images.get_registry_data(reference)

    def _messages(self, what: str, **settings: Any) -> Iterator[Message]:
        url = f"{self._api.base_url}/v{self._api.api_version}/images/{what}"
        return messages_of(self._api.post(url, stream=True, **settings))

    @contextmanager
    def _errors(self, image: str, doing: str) -> Iterator[None]:
        """What goes wrong with an image to read is said of that image."""
        try:
            with translated(self._address):
                yield
        except MissingError as error:
            raise ImageError(no_image(image, self._address)) from error
        except RefusedError as error:
            raise ImageError(f"cannot {doing} {image}: {error.said}") from error


def _proof(images: DockerImages) -> Images:
    return images
