"""The port to the images of an engine: all that is needed to read one, and nothing to make one."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any, Protocol


class ImageStore(Protocol):
    """What an engine says of its images, and how it gives them out.

    Every method raises `EngineLostError` when the engine stops answering.
    """

    def inspect(self, image: str) -> Mapping[str, Any]:
        """The engine's `inspect`; raises `ImageError` for what is not there."""

    def history(self, image: str) -> Sequence[Mapping[str, Any]]:
        """The engine's listing of an image's history, newest first; raises `ImageError`."""

    def begin(self, image: str) -> None:
        """Say that the image will be read, so that the engine can make ready meanwhile; what goes
        wrong is told when it is read."""

    def export(self, image: str) -> Iterator[bytes]:
        """The image as the engine saves it, piece by piece; raises `ImageError`."""

    def layer_folders(self, inspected: Mapping[str, Any]) -> list[Path] | None:
        """The overlay2 directory of each layer from the base up, by an image's `inspect`; None if
        this process cannot read them."""


def no_image(image: str, address: str) -> str:
    """What is said of an image that is not there."""
    return f"the engine at {address} has no image {image}: build or pull it first"


def no_answer(address: str, why: str = "") -> str:
    """What is said of an engine that stopped answering."""
    said = f" ({why})" if why else ""
    return f"the engine at {address} stopped answering{said}: start it and run again"


def embedded_instead(silent: str) -> str:
    """What is said where the engine that DOCKER_HOST names does not answer."""
    return f"{silent}: using the embedded engine instead"
