"""How long work tells what it is doing; the command line draws it, tests listen to it."""

from __future__ import annotations

from typing import Protocol


class Progress(Protocol):
    """A listener for one piece of work after the other, each with an optional estimate."""

    def begin(self, what: str, estimate_s: float | None = None) -> None:
        """A piece of work begins; `estimate_s` is how long it is expected to take, in seconds."""

    def detail(self, text: str) -> None:
        """What is happening inside the piece of work right now (a build step, a file)."""

    def end(self, result: str = "") -> None:
        """The piece of work is over, well or not; `result` is what came out, in a few words."""

    def note(self, text: str) -> None:
        """One line that the user should keep (a choice that was made, a warning)."""


class Silent:
    """Drops everything."""

    def begin(self, what: str, estimate_s: float | None = None) -> None:
        """Ignore it."""

    def detail(self, text: str) -> None:
        """Ignore it."""

    def end(self, result: str = "") -> None:
        """Ignore it."""

    def note(self, text: str) -> None:
        """Ignore it."""


_: Progress = Silent()
