"""Comes to an engine: the one that answers, else the embedded one."""

from __future__ import annotations

import os
import sys
from typing import Literal

from runner.engine.docker.embedded import EmbeddedEngine
from runner.engine.docker.existing import find_existing
from runner.engine.image_store import embedded_instead
from runner.engine.port import Engine
from runner.model.errors import EngineError
from runner.model.progress import Progress

Preference = Literal["auto", "existing", "embedded"]

_WAY_OUT = "start Docker or run as root; `make figures` draws the committed results"


def connect(progress: Progress, prefer: Preference = "auto") -> Engine:
    """The engine that answers, else the embedded one, started (and installed) if need be.

    Raises `EngineError`: one line that says what is missing.
    """
    silent: list[str] = []
    if prefer != "embedded":
        existing, silent = find_existing()
        if existing is not None:
            return existing
    if prefer == "existing":
        raise EngineError(f"no Docker engine answers ({'; '.join(silent)}): start Docker")
    if silent and os.environ.get("DOCKER_HOST"):
        progress.note(embedded_instead(silent[0]))
    return _embedded(progress)


def _embedded(progress: Progress) -> Engine:
    engine = EmbeddedEngine()
    missing = cannot_embed()
    if missing and not engine.attach():
        raise EngineError(f"no Docker engine answers and {missing}: {_WAY_OUT}")
    engine.start(progress)
    return engine


def cannot_embed() -> str:
    """Why the embedded engine cannot run here; empty if it can."""
    if sys.platform != "linux":
        return "the embedded engine needs Linux"
    if os.geteuid() != 0:
        return "this user is not root"
    return ""
