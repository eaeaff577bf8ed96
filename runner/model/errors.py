"""The errors that dockbench raises on purpose: raised low, rendered once by the command line.

The text of each is one line that names the cause and the next step.
"""

from __future__ import annotations

from runner.model.text import one_line

KEPT = "what is finished is kept, and the same command goes on from there"
"""What the line of a run that was cut short ends with."""


class DockbenchError(Exception):
    """The request or the environment is wrong; the command line ends with exit code 2."""

    exit_code = 2


class ConfigError(DockbenchError):
    """A configuration value is not acceptable; the text names file or key, value and choices."""


class ConstraintError(ConfigError):
    """Levels that contradict each other; the text gives both levels and the reason."""


class EngineError(DockbenchError):
    """No container engine can be used, or it stopped answering."""


class EngineLostError(EngineError):
    """The engine answered before and does not any more: nothing further can be measured."""


class EngineFullError(EngineLostError):
    """The engine's disk is full: it answers, and nothing further can be built or run on it."""


class RefusedError(EngineError):
    """The engine answers that it will not do what it was asked for."""

    def __init__(self, said: str) -> None:
        super().__init__(f"the engine refused: {said}")
        self.said = said
        """Its reason, on one line."""


class MissingError(RefusedError):
    """What the engine was asked about is not there."""


class BaseError(DockbenchError):
    """A base image could not be provided."""


class ProjectError(DockbenchError):
    """The project to package is incomplete or cannot be read."""


class ImageError(DockbenchError):
    """An image's layers could not be read."""


class StoreError(DockbenchError):
    """A record could not be written or read."""


def cause_of(error: BaseException) -> str:
    """The text of an error on one line: what the operating system said ("No such file or
    directory") instead of the layers above it, where it said something."""
    seen: BaseException | None = error
    said = ""
    while seen is not None:
        if isinstance(seen, OSError) and seen.strerror:
            said = seen.strerror
        seen = seen.__cause__ or seen.__context__
    return one_line(said or str(error))
