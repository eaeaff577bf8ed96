"""When a container starts slowly next to another: both in proportion and in seconds."""

from __future__ import annotations

SLOW_START = 2.0
SLOW_START_S = 0.3
"""An image starts slowly if it takes so many times as long to its first healthy answer as another,
and so much longer: both."""


def slow(one_s: float, other_s: float) -> bool:
    """Whether a start of `one_s` seconds is slow next to one of `other_s`; never next to none."""
    return other_s > 0 and one_s - other_s >= SLOW_START_S and one_s >= SLOW_START * other_s
