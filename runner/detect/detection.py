"""What detection says: values with where they were seen, and what was not found."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any


@dataclass(frozen=True)
class Found:
    """A part of a project's description."""

    values: dict[str, Any]
    """Keys of `dockbench.yaml` → values."""
    evidence: tuple[str, ...]
    """`port 8000: EXPOSE in Dockerfile`: what is taken for what, and why."""


@dataclass(frozen=True)
class Missing:
    """Something that was not found."""

    why: str
    """What was looked for in vain."""
    line: str
    """What to write into `dockbench.yaml`, as an example."""


@dataclass(frozen=True)
class Detected:
    """All that was found, and all that was not."""

    values: dict[str, Any] = field(default_factory=dict)
    evidence: tuple[str, ...] = ()
    missing: tuple[Missing, ...] = ()
    python: str = ""
    """The version of Python that the project asks for (`3.12`); empty where it does not say."""
