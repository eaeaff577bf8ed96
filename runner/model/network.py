"""How the builds of a trial reach package indexes: directly, or through the caching proxy."""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import Enum


class NetworkMode(Enum):
    """What was asked for."""

    auto = "auto"
    """`cached` where times are to be compared: several trials, or more than a cold build."""
    cached = "cached"
    direct = "direct"


@dataclass(frozen=True)
class Network:
    """What a trial's builds have."""

    mode: str = "direct"
    """`cached` or `direct`."""
    reason: str = ""
    """Why they, or what of them does, go direct although the proxy was asked for."""
    base_reference: str = ""
    """The base with the proxy's variables; empty for the base itself."""
    build_args: dict[str, str] = field(default_factory=dict)
    """Docker's predefined proxy arguments."""
