"""The images of any engine, through the SDK."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import requests
from docker.errors import APIError, DockerException, ImageNotFound

from runner.engine.defaults import moving_timeout_s
from runner.engine.docker.client import patient
from runner.engine.docker.describe import one_line
from runner.engine.fault import is_engines_own, lost_by
from runner.engine.image_store import ImageStore, no_answer, no_image
from runner.engine.port import Engine
from runner.model.errors import EngineLostError, ImageError

_PIECE_BYTES = 1 << 20


class SdkImages:
    """The images of an engine that the SDK has a client for."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine
        self._api: Any = engine.client.api

    def inspect(self, image: str) -> Mapping[str, Any]:
        """The engine's `inspect`; raises `ImageError` for what is not there."""
        with self._errors(image, "inspect"):
            inspected: Mapping[str, Any] = self._api.inspect_image(image)
            return inspected

    def history(self, image: str) -> Sequence[Mapping[str, Any]]:
        """The engine's listing of an image's history, newest first; raises `ImageError`."""
        with self._errors(image, "inspect"):
            listed: Sequence[Mapping[str, Any]] = self._api.history(image)
            return listed

    def begin(self, image: str) -> None:
        """Nothing: the SDK gives an answer only when it begins to be there."""

    def export(self, image: str) -> Iterator[bytes]:
        """The image as the engine saves it, piece by piece; raises `ImageError`."""
        size = int(self.inspect(image).get("Size") or 0)
        with self._errors(image, "export"), patient(self._engine, moving_timeout_s(size)):
            yield from self._api.get_image(image, chunk_size=_PIECE_BYTES)

    def layer_folders(self, inspected: Mapping[str, Any]) -> list[Path] | None:
        """The overlay2 folder of each layer from the base up; None if they cannot be read."""
        return self._engine.layer_folders(str(inspected.get("Id") or ""))

    @contextmanager
    def _errors(self, image: str, doing: str) -> Iterator[None]:
        """Errors of the SDK as ours."""
        try:
            yield
        except ImageNotFound as error:
            raise ImageError(no_image(image, self._engine.address)) from error
        except APIError as error:
            if is_engines_own(one_line(error)):
                raise EngineLostError(lost_by(self._engine.address, one_line(error))) from error
            raise ImageError(f"cannot {doing} {image}: {error.explanation or error}") from error
        except (requests.RequestException, DockerException, OSError) as error:
            raise EngineLostError(no_answer(self._engine.address)) from error


def _proof(images: SdkImages) -> ImageStore:
    return images
