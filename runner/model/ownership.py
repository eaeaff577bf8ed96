"""Which process made something: written into a label or into the name of a temporary file, read by
the run that cleans up after it."""

from __future__ import annotations

import os
import re
from dataclasses import dataclass
from pathlib import Path

_PROC = Path("/proc")
_MARK = re.compile(r"(?:^|[.-])([0-9]+)-([0-9]+)-([0-9]+)[.-]")


@dataclass(frozen=True)
class Owner:
    """One process on one machine since one boot; a number that is used again is another process."""

    boot: str
    namespace: str
    """Its pid namespace: pids of another one mean nothing here."""
    pid: int
    started: str
    """Start time of the process, in clock ticks since boot."""

    @classmethod
    def current(cls) -> Owner:
        """This process."""
        pid = os.getpid()
        return cls(_boot(), _namespace(), pid, _started(pid))

    @classmethod
    def parse(cls, text: str) -> Owner | None:
        """The owner that a label names, or None if it names none."""
        parts = text.split(":")
        if len(parts) != 4 or not parts[2].isdigit():
            return None
        return cls(parts[0], parts[1], int(parts[2]), parts[3])

    @classmethod
    def marked(cls, name: str) -> Owner | None:
        """The owner whose mark is in the name of a file, or None if there is none."""
        found = _MARK.search(name)
        return cls(_boot(), found[1], int(found[2]), found[3]) if found else None

    @property
    def mark(self) -> str:
        """The owner, in the name of a file that another boot of this machine may find: start times
        tell its processes from ours."""
        return f"{self.namespace}-{self.pid}-{self.started}"

    def __str__(self) -> str:
        return f"{self.boot}:{self.namespace}:{self.pid}:{self.started}"

    def is_gone(self, local: bool) -> bool:
        """Whether the process certainly does not run any more.

        `local` says that the engine is on this machine: only then is another boot an earlier one
        of ours. What another pid namespace started cannot be judged by its pid and counts as alive.
        """
        if self.namespace != _namespace():
            return False
        if self.boot != _boot():
            return local
        return _started(self.pid) != self.started


def _boot() -> str:
    try:
        return (_PROC / "sys/kernel/random/boot_id").read_text().strip()
    except OSError:
        return "unknown"


def _namespace() -> str:
    try:
        return str((_PROC / "self/ns/pid").stat().st_ino)
    except OSError:
        return "0"


def _started(pid: int) -> str:
    """Start time of a living process, in clock ticks since boot; empty for one that is gone."""
    try:
        stat = (_PROC / str(pid) / "stat").read_text()
    except OSError:
        return ""
    after_name = stat.rpartition(")")[2].split()
    return "" if after_name[0] in ("Z", "X") else after_name[19]
