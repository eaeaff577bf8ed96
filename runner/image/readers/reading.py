"""What reading an image needs throughout: what is wanted, the limits, the digests under way."""

from __future__ import annotations

from collections.abc import Callable

from msgspec import Struct, field

from runner.image.readers.budget import Budget
from runner.image.readers.digests import Digests
from runner.image.readers.wanted import Wanted


class Reading(Struct, frozen=True):
    """One image on its way in."""

    wanted: Wanted
    budget: Budget
    digests: Digests
    checks: list[Callable[[], None]] = field(default_factory=list)
    """What is still to be looked at when all digests are known; each raises `DamagedError`."""

    def check(self) -> None:
        """Wait for the digests and look at them."""
        while self.checks:
            self.checks.pop()()
