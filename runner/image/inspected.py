"""What the engine says of an image: its configuration, and the instructions behind its layers."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import requests
from docker.errors import APIError, DockerException, ImageNotFound

from runner.engine.port import Engine
from runner.image.history import guessed_history, layer_instructions, stored_history
from runner.model.errors import EngineLostError, ImageError


def inspect(engine: Engine, image: str) -> Mapping[str, Any]:
    """The engine's `inspect`; raises `ImageError` for what is not there, `EngineLostError`."""
    api: Any = engine.client.api
    with engine_errors(engine, image):
        inspected: Mapping[str, Any] = api.inspect_image(image)
        return inspected


def diff_ids_of(inspected: Mapping[str, Any]) -> list[str]:
    """The layers' diff_ids from the base up."""
    return [str(diff_id) for diff_id in (inspected.get("RootFS") or {}).get("Layers") or []]


def instructions(
    engine: Engine, image: str, image_id: str, folders: list[Path] | None, layers: int
) -> list[str]:
    """The instruction of each layer: from the stored configuration, else the engine's listing."""
    stored = stored_history(folders[0], image_id) if folders else None
    if stored is not None:
        return layer_instructions(stored, layers)
    api: Any = engine.client.api
    with engine_errors(engine, image):
        return layer_instructions(guessed_history(api.history(image), layers), layers)


@contextmanager
def engine_errors(engine: Engine, image: str) -> Iterator[None]:
    """Errors of the SDK as ours."""
    try:
        yield
    except ImageNotFound as error:
        raise ImageError(f"the engine has no image {image}: build or pull it first") from error
    except APIError as error:
        raise ImageError(f"cannot inspect {image}: {error.explanation or error}") from error
    except (requests.RequestException, DockerException, OSError) as error:
        raise EngineLostError(
            f"the engine at {engine.address} stopped answering: start it and run again"
        ) from error
