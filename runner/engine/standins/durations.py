"""How long the stand-ins took on this machine, so that the next estimate is a good one."""

from __future__ import annotations

import contextlib
from collections.abc import Iterable
from pathlib import Path

import msgspec

from runner.engine.files import write_atomically

SHIPPED_S = {
    "context debian": 27.0,
    "context tiny": 3.0,
    "export": 10.0,
    "tiny": 1.0,
    "debian": 3.0,
    "slim": 25.0,
    "slim after others": 5.0,
    "full": 70.0,
    "full after others": 60.0,
    "derived": 80.0,
    "derived after full": 7.0,
    "derived after others": 70.0,
    "musl": 90.0,
    "musl after others": 70.0,
    "alpine": 150.0,
    "alpine after others": 130.0,
}
"""Seconds on two cores, for a machine that has not measured its own yet."""
_COMPILED_S = 160.0
"""The same for a Python that is compiled."""


class Durations:
    """A small table in a file: what was made, and how many seconds it took the last time."""

    def __init__(self, path: Path) -> None:
        self._path = path

    def estimate_s(self, what: str) -> float:
        """The last measured duration, else the shipped one."""
        usual_s = _COMPILED_S if what.startswith("python3.") else 60.0
        return self._measured().get(what, SHIPPED_S.get(what, usual_s))

    def remember(self, what: str, duration_s: float) -> None:
        """Keep a measured duration; what cannot be written is not worth failing for."""
        table = self._measured() | {what: round(duration_s, 1)}
        with contextlib.suppress(OSError):
            write_atomically(self._path, msgspec.json.encode(table))

    def _measured(self) -> dict[str, float]:
        try:
            return msgspec.json.decode(self._path.read_bytes(), type=dict[str, float])
        except (OSError, msgspec.DecodeError):
            return {}


def key_of(target: str, present: Iterable[str]) -> str:
    """Under which name a build of the target is timed: what is present already saves work."""
    others = set(present) - {target, "tiny", "debian"}
    if target in ("tiny", "debian") or not others:
        return target
    if target == "derived" and "full" in others:
        return "derived after full"
    return f"{target} after others"
