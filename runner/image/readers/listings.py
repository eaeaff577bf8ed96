"""What is in the folders of all layers, looked up by two threads: compiled code waits for the file
system, and Python's lock is free meanwhile.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator, Sequence

from runner.image.aside import can_help
from runner.image.readers.budget import Budget
from runner.image.readers.native import folders as compiled

_THREADS = 2
"""More gain little: the kernel's part is short, and what was found is worked on beside them."""


def listings(
    folders: Sequence[str], budget: Budget, meanwhile: Callable[[], None] | None = None
) -> Iterator[compiled.Listing | None]:
    """The listing of each folder, in this order; None for one in which something was not plain
    enough, or is beyond the budget. `meanwhile` is called when a thread has begun.
    """
    found = [_Turn(folder, budget.entries) for folder in folders]
    turns = iter(found)
    helped = can_help()
    for _ in range(min(_THREADS, len(folders)) if helped else 0):
        threading.Thread(target=_take_turns, name="_take_turns", args=(turns,), daemon=True).start()
    if meanwhile is not None:
        meanwhile()
    if not helped:
        _take_turns(turns)
    try:
        for turn in found:
            yield turn.result()
            turn.forget()
    finally:
        for _ in turns:
            """Whatever nobody has begun: the threads end with the folder that they are in."""


class _Turn:
    """The listing of one folder, on its way."""

    def __init__(self, folder: str, most: int) -> None:
        self._listing: compiled.Listing | None = compiled.Listing(folder, most)
        self._done = threading.Lock()
        self._done.acquire()

    def read(self) -> None:
        """Look at everything in the folder."""
        done = False
        try:
            done = self._listing is not None and self._listing.read()
        finally:
            if not done:
                self._listing = None
            self._done.release()

    def result(self) -> compiled.Listing | None:
        """Wait for it."""
        with self._done:
            return self._listing

    def forget(self) -> None:
        """Make room."""
        self._listing = None


def _take_turns(turns: Iterator[_Turn]) -> None:
    """Whoever is free takes the next folder."""
    for turn in turns:
        turn.read()
