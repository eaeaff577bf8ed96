"""Live progress on stderr: how far, what is running now, since when, and how long it will take.

On a terminal a bar that is redrawn; elsewhere one line for each piece of work.
"""

from __future__ import annotations

import time
from types import TracebackType

from rich.console import Console
from rich.markup import escape
from rich.progress import BarColumn, Progress, ProgressColumn, Task, TextColumn, TimeElapsedColumn
from rich.text import Text

from runner.model.progress import Progress as ProgressPort

ALMOST = 0.97
"""A piece of work that takes longer than its estimate waits at this share of its bar."""


class RemainingColumn(ProgressColumn):
    """The estimate of what is left, from the pieces of work still to come."""

    def render(self, task: Task) -> Text:
        """`about 3:20 left`, or nothing where no estimate was given."""
        estimate_s = task.fields.get("estimate_s")
        if not estimate_s:
            return Text("")
        left_s = max(0.0, estimate_s - (task.elapsed or 0.0))
        return Text(f"about {clock(left_s)} left" if left_s else "longer than estimated")


class LiveProgress:
    """Draws progress with rich; use as a context manager."""

    def __init__(self, console: Console | None = None) -> None:
        self.console = console or Console(stderr=True)
        self.bar = Progress(
            TextColumn("{task.description}"),
            BarColumn(bar_width=24),
            TimeElapsedColumn(),
            RemainingColumn(),
            TextColumn("[dim]{task.fields[now]}"),
            console=self.console,
            transient=True,
        )
        self.task: int | None = None
        self.estimate_s: float | None = None
        self.started = 0.0
        self.what = ""
        self.pace = 1.0

    def __enter__(self) -> LiveProgress:
        """Start drawing."""
        if self.console.is_terminal:
            self.bar.start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        """Stop drawing and leave the terminal as it was."""
        self.bar.stop()

    def begin(self, what: str, estimate_s: float | None = None) -> None:
        """A piece of work begins."""
        self.what, self.estimate_s, self.started = what, estimate_s, time.monotonic()
        if self.console.is_terminal:
            self.drop()
            self.task = self.bar.add_task(
                escape(what), total=estimate_s, now="", estimate_s=estimate_s
            )
            return
        expected = f" (about {clock(estimate_s)})" if estimate_s else ""
        self.console.print(f"{what}{expected}", markup=False, highlight=False)

    def detail(self, text: str) -> None:
        """What is happening inside it."""
        if self.task is None:
            return
        elapsed_s = time.monotonic() - self.started
        limit_s = ALMOST * self.estimate_s if self.estimate_s else elapsed_s
        self.bar.update(
            self.task, completed=min(elapsed_s, limit_s), now=escape(shorten(text, 48))
        )  # type: ignore[arg-type]

    def end(self) -> None:
        """It is over: leave one line with how long it took, if that was worth a line."""
        elapsed_s = time.monotonic() - self.started
        self.drop()
        if elapsed_s >= 2 and self.what:
            self.console.print(f"{self.what}: {clock(elapsed_s)}", markup=False, highlight=False)
        self.what = ""

    def note(self, text: str) -> None:
        """A line that stays."""
        self.console.print(text, markup=False, highlight=False)

    def drop(self) -> None:
        """Take the bar away."""
        if self.task is not None:
            self.bar.remove_task(self.task)  # type: ignore[arg-type]
            self.task = None


def clock(duration_s: float) -> str:
    """Seconds as `0:42`, `3:05` or `1:02:03`."""
    minutes, seconds = divmod(round(duration_s), 60)
    hours, minutes = divmod(minutes, 60)
    return f"{hours}:{minutes:02}:{seconds:02}" if hours else f"{minutes}:{seconds:02}"


def shorten(text: str, width: int) -> str:
    """The text on one line of at most `width` characters."""
    line = " ".join(text.split())
    return line if len(line) <= width else line[: width - 1] + "…"


_: ProgressPort = LiveProgress(Console(quiet=True))
