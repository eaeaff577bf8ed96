"""A moment by which something has to be over: one is made for a trial, all its waiting obeys it."""

from __future__ import annotations

import time
from dataclasses import dataclass


@dataclass(frozen=True)
class Deadline:
    """A moment on the monotonic clock."""

    at_s: float

    @classmethod
    def after(cls, seconds: float) -> Deadline:
        """So many seconds from now."""
        return cls(time.monotonic() + seconds)

    @property
    def left_s(self) -> float:
        """Seconds until then; not positive when it is over."""
        return self.at_s - time.monotonic()

    @property
    def is_over(self) -> bool:
        """Whether the moment has passed."""
        return self.left_s <= 0

    def limit_s(self, most_s: float, least_s: float = 0.0) -> float:
        """How long something may take that may take `most_s` by itself: no longer than until the
        deadline, but at least `least_s`."""
        return max(least_s, min(most_s, self.left_s))
