"""What reading an image needs throughout: what is wanted, the limits, the digests under way."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Protocol

from msgspec import Struct, field

from runner.model.entries import Entry
from runner.oci.budget import Budget
from runner.oci.content_selection import Wanted
from runner.oci.digests import Digests


class Copy(Protocol):
    """Gets the bytes of one layer's tarball as they are read."""

    def add(self, piece: bytes) -> None:
        """The next of them."""

    def end(self, diff_id: str, entries: Sequence[Entry]) -> None:
        """That was all; `diff_id` is the digest of what was given."""


Copies = Callable[[str, bool], Copy | None]
"""Who gets the layer at a path of the archive ("" where that is not known), which is stored as it
is or packed; None if it is not copied."""


class Reading(Struct, frozen=True):
    """One image on its way in."""

    wanted: Wanted
    budget: Budget
    digests: Digests
    checks: list[Callable[[], None]] = field(default_factory=list)
    """What is still to be looked at when all digests are known; each raises `DamagedError`."""
    copies: Copies | None = None

    def check(self) -> None:
        """Wait for the digests and look at them."""
        while self.checks:
            self.checks.pop()()
