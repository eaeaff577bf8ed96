"""A service that has crashed in a container which goes on: what restarts it when a file is edited
(`uvicorn --reload`, nodemon) waits for an edit, which no check makes."""

from __future__ import annotations

import re
from collections.abc import Sequence

SILENT_S = 15.0
"""How long its log may end with an exception, and nothing listen, before it is taken for that."""
_WAITS = re.compile(
    r"app crashed - waiting for file changes|Waiting for file changes before restart"
)
_BEGINS = "Traceback (most recent call last):"
_RAISED = re.compile(r"\w[\w.]*(?:Error|Exception)\b")


class Crash:
    """Whether a log has ended with an exception for some time."""

    def __init__(self) -> None:
        self._words: Sequence[str] = ()
        self._since_s = 0.0

    def seen(self, words: Sequence[str], now_s: float) -> bool:
        """Whether the log, whose last lines are `words` now, has ended like that for `SILENT_S`;
        to be asked every few seconds while nothing listens."""
        crashed = has_crashed(words)
        if list(words) != list(self._words) or not crashed:
            self._words, self._since_s = words, now_s
        return crashed and now_s - self._since_s >= SILENT_S


def has_crashed(words: Sequence[str]) -> bool:
    """Whether the last lines of a log are an exception of Python that nothing has caught, or what a
    reloader says of a program that ended.

    >>> has_crashed(["Traceback (most recent call last):", "KeyError: 'A'", ""])
    True
    >>> has_crashed(["Traceback (most recent call last):", "KeyError: 'A'", "Trying again"])
    False
    """
    said = [line.strip() for line in words if line.strip()]
    if not said:
        return False
    if _WAITS.search(said[-1]):
        return True
    return _BEGINS in said and _RAISED.match(said[-1]) is not None
