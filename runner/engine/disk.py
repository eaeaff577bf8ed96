"""How much room an engine has left: programs in a build often hide that they had none."""

from __future__ import annotations

import os
import re

from runner.engine.port import Engine
from runner.model.errors import EngineError

LEAST_BYTES = 32 << 20
"""Below this a build cannot be believed: Python, for one, silently does without bytecode."""

_FULL = re.compile(
    r"no space left on device|disk quota exceeded|\bENOSPC\b|enough free space", re.IGNORECASE
)


def says_full(text: str) -> bool:
    """Whether a program's words are about a disk that is full."""
    return bool(_FULL.search(text))


def free_bytes(engine: Engine) -> int | None:
    """Free bytes of the file system that holds the engine's images; None where it is not ours."""
    if not engine.is_local:
        return None
    try:
        root = str(engine.system().get("DockerRootDir") or "")
        status = os.statvfs(root)
    except (EngineError, OSError):
        return None
    return status.f_bavail * status.f_frsize


def is_full(engine: Engine) -> bool:
    """Whether the engine's disk is known to have less than `LEAST_BYTES`."""
    free = free_bytes(engine)
    return free is not None and free < LEAST_BYTES
