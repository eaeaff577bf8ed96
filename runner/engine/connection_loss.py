"""What to do about an engine that is lost: its containers and builds may go on without it."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from runner.engine.docker.embedded import EmbeddedEngine
from runner.engine.port import Engine
from runner.model.errors import EngineLostError


@contextmanager
def cleared_if_lost(engine: Engine) -> Iterator[None]:
    """When the block loses the engine, end what it left running before the error goes on."""
    try:
        yield
    except EngineLostError:
        clear_if_dead(engine)
        raise


def clear_if_dead(engine: Engine) -> None:
    """End what the embedded engine left if its daemon died; any other engine is not ours to end."""
    if isinstance(engine, EmbeddedEngine):
        engine.clear_if_dead()


def parts_of(engine: Engine) -> tuple[int | None, ...]:
    """Pids of the processes that an engine of ours consists of; of any other nothing is known."""
    return engine.parts() if isinstance(engine, EmbeddedEngine) else ()
