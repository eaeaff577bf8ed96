"""What a sweep tells beside its single pieces of work: how far it is as a whole."""

from __future__ import annotations

import contextlib
import sys
from typing import Protocol

from runner.model.progress import Progress, Silent
from runner.model.redact import redacted
from runner.model.text import printable


class SweepProgress(Progress, Protocol):
    """A listener that also hears of the whole."""

    def overall(self, what: str, done: int, of: int, left_s: float | None) -> None:
        """`done` of `of` variants are measured; about `left_s` seconds are left, if known."""


class SilentSweep(Silent):
    """Nobody listens."""

    def overall(self, what: str, done: int, of: int, left_s: float | None) -> None:
        """Ignore it."""


class LinesOnStderr(SilentSweep):
    """What a worker of a launcher says: notes, a line each; how far it is, the command knows."""

    def note(self, text: str) -> None:
        """Print it; a stderr that has gone away ends nothing."""
        with contextlib.suppress(OSError, ValueError):
            print(printable(redacted(text)), file=sys.stderr, flush=True)


_: SweepProgress = SilentSweep()
__: SweepProgress = LinesOnStderr()
