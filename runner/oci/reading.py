"""What reading an image needs throughout: what is wanted, the limits, the digests under way."""

from __future__ import annotations

from collections.abc import Callable

from msgspec import Struct, field

from runner.oci.budget import Budget
from runner.oci.content_selection import Wanted
from runner.oci.digests import Digests


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
