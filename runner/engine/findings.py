"""What `dockbench doctor` says: one finding for each thing that it looked at."""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum


class Status(Enum):
    """How much a finding matters."""

    ok = "ok"
    warning = "warning"
    problem = "problem"


@dataclass(frozen=True)
class Finding:
    """One thing that was looked at."""

    status: Status
    subject: str
    """What was looked at, in a word or two."""
    what: str
    """What was found."""
    next_step: str = ""
    """What to do about it; empty where nothing is to be done."""
