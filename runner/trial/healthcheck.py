"""Whether the HEALTHCHECK of an image passes in a container that has passed its check.

A check asks from outside, a HEALTHCHECK runs a program of the image. One that is gone (curl in a
slim base) makes every container of the image unhealthy, though it answers.
"""

from __future__ import annotations

import time
from collections.abc import Sequence

from runner.engine.running import RunningContainer
from runner.model.errors import RefusedError

PASSED = "passed"
_TRIES_S = 3.0
"""How long one that fails is tried again: what it asks may come up later than the first answer."""
_PAUSE_S = 0.5
_MOST_S = 30.0
"""How long one may run: what the engine gives it where the image says nothing."""
_SHELL = ("/bin/sh", "-c")
_NOT_THERE = (126, 127)


def healthcheck(container: RunningContainer) -> str:
    """`PASSED`, why it fails, or empty for an image without one. Raises `EngineLostError`."""
    command = _command(container)
    if not command:
        return ""
    deadline = time.monotonic() + _TRIES_S
    while failure := _failure(container, command):
        if time.monotonic() > deadline:
            return failure
        time.sleep(_PAUSE_S)
    return PASSED


def _command(container: RunningContainer) -> Sequence[str]:
    """The words that the engine runs; none where there is no HEALTHCHECK."""
    config = container.container.attributes.get("Config") or {}
    kind, *words = (config.get("Healthcheck") or {}).get("Test") or ["NONE"]
    if kind == "CMD-SHELL":
        return [*(config.get("Shell") or _SHELL), *words]
    return words if kind == "CMD" else []


def _failure(container: RunningContainer, command: Sequence[str]) -> str:
    """Why it fails; empty where it passes."""
    try:
        code = container.container.exit_code_of(command, _MOST_S)
    except RefusedError:
        return "its program is not in the image, or cannot be started"
    if code is None:
        return f"it still runs after {_MOST_S:g} s"
    if code in _NOT_THERE:
        return f"exit code {code}: its program is not in the image, or cannot be started"
    return f"exit code {code}" if code else ""
