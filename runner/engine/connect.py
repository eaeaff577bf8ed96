"""Finds the engine to use: the one that answers, else the embedded one."""

from __future__ import annotations

import os
import sys
from collections.abc import Callable, Iterator, Sequence
from typing import Literal

from runner.engine.docker.embedded import EmbeddedEngine
from runner.engine.docker.engine import DockerEngine
from runner.engine.docker.existing import candidates, find_existing, opened
from runner.engine.image_store import embedded_instead
from runner.model.errors import EngineError
from runner.model.progress import Progress, Silent

Preference = Literal["auto", "existing", "embedded"]

_WAY_OUT = "start Docker or run as root; `make figures` draws the committed results"


def connect(progress: Progress, prefer: Preference = "auto") -> DockerEngine:
    """The engine that answers, else the embedded one, started (and installed) if need be.

    Raises `EngineError`: one line that says what is missing.
    """
    existing, silent = _existing(prefer)
    if existing is not None:
        return existing
    if prefer == "existing":
        raise EngineError(f"no Docker engine answers ({'; '.join(silent)}): start Docker")
    _note_other_host(silent, progress.note)
    engine = EmbeddedEngine()
    missing = cannot_embed()
    if missing and not engine.attach():
        raise EngineError(f"no Docker engine answers and {missing}: {_WAY_OUT}")
    engine.start(progress)
    return engine


def connect_to_read(prefer: Preference, note: Callable[[str], None]) -> DockerEngine:
    """The engine that answers, else the embedded one if it was ever used: an image that was never
    built is on no engine, so none is installed. Raises `EngineError`."""
    existing, silent = _existing(prefer)
    if existing is not None:
        return existing
    embedded = EmbeddedEngine()
    attached = prefer != "existing" and embedded.attach()
    if attached or (prefer != "existing" and embedded.paths.data.is_dir()):
        _note_other_host(silent, note)
        return embedded if attached else connect(Silent(), prefer="embedded")
    why = f" ({'; '.join(silent)})" if silent else ""
    raise EngineError(
        f"no archive or layout of that name, and no engine to ask{why}: name an archive, or start"
        " Docker"
    )


def connect_to(address: str) -> DockerEngine:
    """The engine at an address at which one was found before; raises `EngineLostError`."""
    embedded = EmbeddedEngine()
    if address == embedded.address and embedded.attach():
        return embedded
    tls = {candidate.address: candidate.tls for candidate in candidates()}.get(address)
    return opened(address, tls)


def engines(with_embedded: bool) -> Iterator[DockerEngine]:
    """The engine that answers, and the embedded one if it has ever run.

    An embedded engine that does not run is started for this, and stopped again.
    """
    existing, _ = find_existing()
    if existing is not None:
        yield existing
    embedded = EmbeddedEngine()
    if not with_embedded or not embedded.paths.data.is_dir() or cannot_embed():
        return
    ran = embedded.running_pid() is not None
    embedded.start()
    try:
        yield embedded
    finally:
        if not ran:
            embedded.stop()


def _existing(prefer: Preference) -> tuple[DockerEngine | None, list[str]]:
    return (None, []) if prefer == "embedded" else find_existing()


def _note_other_host(silent: Sequence[str], note: Callable[[str], None]) -> None:
    """Say so where DOCKER_HOST names an engine that does not answer, and another one is used."""
    if silent and os.environ.get("DOCKER_HOST"):
        note(embedded_instead(silent[0]))


def cannot_embed() -> str:
    """Why the embedded engine cannot run here; empty if it can."""
    if sys.platform != "linux":
        return "the embedded engine needs Linux"
    if os.geteuid() != 0:
        return "this user is not root"
    return ""
