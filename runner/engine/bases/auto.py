"""base.provider=auto: the registry if it answers within a few seconds, else a stand-in."""

from __future__ import annotations

from runner.engine.bases.registry import Registry, pinned_reference, registry_answers
from runner.engine.port import BaseProvider, Engine
from runner.engine.standins.references import no_standin
from runner.engine.standins.standin import StandIn
from runner.model.engine import BaseImage
from runner.model.errors import BaseError
from runner.model.levels import Base, Provider
from runner.model.paths import CachePaths
from runner.model.progress import Progress


class Auto:
    """Chooses between registry and stand-in; the choice and its reason are in the `BaseImage`."""

    def __init__(self, cache: CachePaths | None = None) -> None:
        self._cache = cache or CachePaths.default()

    def provide(self, base: Base, engine: Engine, progress: Progress) -> BaseImage:
        """The image of this level, present on the engine; raises `BaseError`."""
        provider, reason = choose(base, engine)
        if provider is Provider.registry:
            return Registry(reason).provide(base, engine, progress)
        return StandIn(self._cache, reason).provide(base, engine, progress)


def choose(base: Base, engine: Engine) -> tuple[Provider, str]:
    """Which provider, and why, for the user and the record.

    Raises `BaseError` where the registry does not answer and the level has no stand-in.
    """
    silent = registry_answers(engine, base.image)
    if not silent:
        return Provider.registry, "its registry answers"
    if pinned_reference(engine, base.image):
        return Provider.registry, f"pulled before; {silent}"
    if missing := no_standin(base.level, base.standin, base.image):
        raise BaseError(f"{silent}, and {missing}: use base.provider=archive or engine")
    return Provider.standin, silent


def _proof(provider: Auto) -> BaseProvider:
    return provider
