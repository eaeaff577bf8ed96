"""Base images that are on the engine already, wherever they came from."""

from __future__ import annotations

from runner.engine.bases.images import describe_base, find_image
from runner.engine.port import BaseProvider, Engine
from runner.model.engine import BaseImage
from runner.model.errors import BaseError
from runner.model.levels import Base, Provider
from runner.model.progress import Progress


class Present:
    """Takes what a build without us would take: the engine's own image of that name."""

    def provide(self, base: Base, engine: Engine, progress: Progress) -> BaseImage:  # noqa: ARG002
        """The image, told by its id; raises `BaseError` if the engine has none of that name."""
        if find_image(engine, base.image) is None:
            raise BaseError(
                f"the engine has no image {base.image}: build or load it there, or use another"
                " base.provider"
            )
        return describe_base(engine, base.image, Provider.engine, "it is on the engine")


def _proof(provider: Present) -> BaseProvider:
    return provider
