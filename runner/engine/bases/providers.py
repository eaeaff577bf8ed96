"""Providers of base images: pulled from a registry, built as a stand-in, loaded from a file."""

from __future__ import annotations

from collections.abc import Callable

from runner.engine.bases.archive import Archive
from runner.engine.bases.auto import Auto
from runner.engine.bases.local import Present
from runner.engine.bases.registry import Registry
from runner.engine.port import BaseProvider, Engine
from runner.engine.standins.standin import StandIn
from runner.model.engine import BaseImage
from runner.model.levels import Base, Provider
from runner.model.paths import CachePaths
from runner.model.progress import Progress

_PROVIDERS: dict[Provider, Callable[[CachePaths], BaseProvider]] = {
    Provider.auto: Auto,
    Provider.registry: lambda _: Registry(),
    Provider.standin: StandIn,
    Provider.archive: lambda _: Archive(),
    Provider.engine: lambda _: Present(),
}


def provide(
    base: Base, engine: Engine, progress: Progress, cache: CachePaths | None = None
) -> BaseImage:
    """Make the base of this level present on the engine, from where `base.provider` says.

    Raises `BaseError`: one line with the cause and what to do.
    """
    provider = _PROVIDERS[base.provider](cache or CachePaths.default())
    return provider.provide(base, engine, progress)
