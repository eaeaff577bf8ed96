"""What to do about an engine that is lost: its containers and builds may go on without it."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from runner.engine.port import Engine
from runner.model.errors import EngineLostError


@contextmanager
def cleared_if_lost(engine: Engine) -> Iterator[None]:
    """When the block loses the engine, end what it left running before the error goes on."""
    try:
        yield
    except EngineLostError:
        engine.clear_if_dead()
        raise
