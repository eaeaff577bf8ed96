"""The errors that dockbench raises on purpose: raised low, rendered once by the command line.

The text of each is one line that names the cause and the next step.
"""

from __future__ import annotations

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


class BaseError(DockbenchError):
    """A base image could not be provided."""


class ProjectError(DockbenchError):
    """The project to package is incomplete or cannot be read."""


class ImageError(DockbenchError):
    """An image's layers could not be read."""


class StoreError(DockbenchError):
    """A record could not be written or read."""
