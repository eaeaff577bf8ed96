"""Progress for work that is usually quick: nothing is drawn, or even imported, unless it lasts."""

from __future__ import annotations

import sys
import threading
from types import TracebackType
from typing import TYPE_CHECKING

from runner.cli.output import say

if TYPE_CHECKING:
    from runner.cli.progress import LiveProgress

PATIENCE_S = 1.5
"""How long a command may take before it says what it does."""


class Waiting:
    """Says on stderr what is going on if it lasts; a context manager."""

    def __init__(self, what: str, patience_s: float = PATIENCE_S) -> None:
        self._what = what
        self._timer = threading.Timer(patience_s, self._say)
        self._timer.daemon = True
        self._lock = threading.Lock()
        self._over = False
        self._drawn: LiveProgress | None = None

    def __enter__(self) -> Waiting:
        self._timer.start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._timer.cancel()
        with self._lock:
            self._over = True
            if self._drawn is not None:
                self._drawn.drop()
                self._drawn.__exit__(kind, error, trace)

    def _say(self) -> None:
        with self._lock:
            if self._over:
                return
            if not sys.stderr.isatty():
                say(f"{self._what} …")
                return
            from runner.cli.progress import LiveProgress

            self._drawn = LiveProgress()
            self._drawn.begin(self._what)
