"""Steps of a build of the copy, told with the commands that the project's author wrote."""

from __future__ import annotations

from runner.dockerfile import native_modules, poetry_fallback


def as_written(step: str) -> str:
    """The name of a step, which may be cut off, without what the copy adds to its commands."""
    return poetry_fallback.as_written(native_modules.as_written(step))
