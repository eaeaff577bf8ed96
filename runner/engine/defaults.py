"""How long an engine may be silent."""

from __future__ import annotations

import math

PROBE_TIMEOUT_S = 5
"""How long an engine may take to say that it is there."""

CALL_TIMEOUT_S = 60
"""How long an engine may be silent in the middle of a call outside of trials."""

PULL_TIMEOUT_S = 600
"""The same while it asks a registry, which it does several times before it says a word."""

_SLOWEST_BYTES_PER_S = 10e6


def moving_timeout_s(size_bytes: float) -> int:
    """The same for a call that takes in or gives out so many bytes, as if on a slow disk: an engine
    writes an export to its disk before it sends the first byte."""
    return CALL_TIMEOUT_S + math.ceil(size_bytes / _SLOWEST_BYTES_PER_S)
