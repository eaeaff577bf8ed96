"""Stand-ins for tests: one of each, made once for this machine and kept in the user's cache."""

from __future__ import annotations

from dataclasses import dataclass, field

from runner.engine.bases.providers import provide
from runner.engine.docker.engine import DockerEngine
from runner.engine.standins.references import PLAIN_NAMES
from runner.model.engine import BaseImage
from runner.model.errors import BaseError
from runner.model.levels import Base, Provider
from tests.engine import needs


def stand_in(level: str) -> Base:
    """The level whose base is this stand-in, whatever registry answers."""
    image = PLAIN_NAMES[level]
    return Base(level=level, about="", image=image, standin=level, provider=Provider.standin)


@dataclass
class Listener:
    """Remembers the pieces of work that it was told of."""

    pieces: list[str] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)

    def begin(self, what: str, estimate_s: float | None = None) -> None:  # noqa: ARG002
        self.pieces.append(what)

    def detail(self, text: str) -> None:
        """Ignore it."""

    def end(self, result: str = "") -> None:
        """Ignore it."""

    def note(self, text: str) -> None:
        self.notes.append(text)


def provided(engine: DockerEngine, level: str) -> BaseImage:
    """The stand-in, present on the engine."""
    try:
        return provide(stand_in(level), engine, Listener())
    except BaseError as error:
        needs.stand_ins(engine, error)
