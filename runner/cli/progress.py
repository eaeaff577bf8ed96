"""Live progress on stderr: how far, what is running now, since when, and how long it will take.

On a terminal bars that are redrawn; elsewhere one line for each piece of work.
"""

from __future__ import annotations

import time
from textwrap import wrap
from typing import Any

from rich.console import Console, RenderableType
from rich.progress import Progress, ProgressColumn, Task, TaskID, TextColumn
from rich.progress_bar import ProgressBar
from rich.table import Column
from rich.text import Text

from runner.cli.console import messages
from runner.model.redact import redacted
from runner.model.text import one_line, printable, shortened
from runner.sweep.progress import SweepProgress

ALMOST = 0.97
"""A piece of work that takes longer than its estimate waits at this share of its bar."""
BAR_WIDTH = 20
WORTH_A_LINE_S = 2.0
"""Shorter pieces of work leave no line behind."""


class EstimatedBar(ProgressColumn):
    """A bar that fills with time, at the pace of the estimate; pulses where there is none."""

    def render(self, task: Task) -> RenderableType:
        """The bar of one task."""
        estimate_s = task.fields["estimate_s"]
        elapsed_s = task.elapsed or 0.0
        if not estimate_s:
            return ProgressBar(total=None, width=BAR_WIDTH, pulse=True, animation_time=elapsed_s)
        return ProgressBar(
            total=estimate_s, completed=min(elapsed_s, ALMOST * estimate_s), width=BAR_WIDTH
        )


class Elapsed(ProgressColumn):
    """How long it has taken."""

    def render(self, task: Task) -> Text:
        """`0:42`."""
        return Text(clock(task.elapsed or 0.0))


class Remaining(ProgressColumn):
    """What the estimate leaves."""

    def render(self, task: Task) -> Text:
        """`about 3:20 left`, or nothing where no estimate was given."""
        estimate_s = task.fields["estimate_s"]
        if not estimate_s:
            return Text("")
        left_s = estimate_s - (task.elapsed or 0.0)
        return Text(f"about {clock(left_s)} left" if left_s > 0 else "longer than expected")


def unwrapped(**options: Any) -> Column:
    """A column that never wraps."""
    return Column(no_wrap=True, overflow="ellipsis", **options)


class LiveProgress:
    """Draws progress with rich; use as a context manager."""

    def __init__(self, console: Console | None = None) -> None:
        self.console = console or messages()
        self.bars = Progress(
            TextColumn(
                "{task.description}", style="", markup=False, table_column=unwrapped(min_width=12)
            ),
            EstimatedBar(table_column=unwrapped(width=BAR_WIDTH)),
            Elapsed(table_column=unwrapped(min_width=4)),
            Remaining(table_column=unwrapped(min_width=15)),
            TextColumn(
                "{task.fields[now]}", style="dim", markup=False, table_column=unwrapped(ratio=1)
            ),
            console=self.console,
            transient=True,
            expand=True,
            redirect_stdout=False,
            redirect_stderr=False,
        )
        self.whole: TaskID | None = None
        self.piece: TaskID | None = None
        self.what = ""
        self.started_s = 0.0

    def __enter__(self) -> LiveProgress:
        """Nothing is drawn before there is something to draw."""
        return self

    def __exit__(self, *_: object) -> None:
        """Stop drawing and leave the terminal as it was."""
        if self.bars.live.is_started:
            self.bars.stop()

    def overall(self, what: str, done: int, of: int, left_s: float | None) -> None:
        """The sweep as a whole: `done` of `of` pieces, about `left_s` seconds to go."""
        if not self.console.is_terminal:
            return
        self.bars.start()
        description = f"{shown(what)} {done}/{of}"
        if self.whole is None:
            self.whole = self.bars.add_task(description, total=None, now="", estimate_s=left_s)
            return
        elapsed_s = self.bars.tasks[self.bars.task_ids.index(self.whole)].elapsed or 0.0
        self.bars.update(
            self.whole,
            description=description,
            estimate_s=elapsed_s + left_s if left_s else None,
        )

    def begin(self, what: str, estimate_s: float | None = None) -> None:
        """A piece of work begins."""
        self.drop()
        self.what, self.started_s = what, time.monotonic()
        if self.console.is_terminal:
            self.bars.start()
            self.piece = self.bars.add_task(shown(what), total=None, now="", estimate_s=estimate_s)
            return
        expected = f" (about {clock(estimate_s)})" if estimate_s else ""
        self.say(f"{what}{expected}")

    def detail(self, text: str) -> None:
        """What is happening inside it."""
        if self.piece is not None:
            self.bars.update(self.piece, now=shortened(shown(text), 200))

    def end(self, result: str = "") -> None:
        """It is over: leave one line with what came out and how long it took, if either is worth a
        line."""
        self.drop()
        elapsed_s = time.monotonic() - self.started_s
        if self.what and (result or elapsed_s >= WORTH_A_LINE_S):
            told = f"{result}; " if result else ""
            self.say(f"{self.what}: {told}took {clock(elapsed_s)}")
        self.what = ""

    def note(self, text: str) -> None:
        """A line that stays."""
        self.say(text)

    def say(self, text: str) -> None:
        """Print one line above the bars; a terminal breaks it at word ends, a path nowhere."""
        told = printable(redacted(text))
        if self.console.is_terminal:
            told = broken(told, self.console.width)
        self.console.print(told, soft_wrap=True)

    def drop(self) -> None:
        """Take the bar of the piece of work away."""
        if self.piece is not None:
            self.bars.remove_task(self.piece)
            self.piece = None


def clock(duration_s: float) -> str:
    """Seconds as `0:42`, `3:05` or `1:02:03`."""
    minutes, seconds = divmod(max(0, round(duration_s)), 60)
    hours, minutes = divmod(minutes, 60)
    return f"{hours}:{minutes:02}:{seconds:02}" if hours else f"{minutes}:{seconds:02}"


def shown(text: str) -> str:
    """A piece of work by its name, on one line."""
    return one_line(redacted(text))


def broken(text: str, columns: int) -> str:
    """The text in lines of at most so many columns; a longer word stays whole, to be copied."""
    return "\n".join(wrap(text, columns, break_long_words=False, break_on_hyphens=False))


_: SweepProgress = LiveProgress(messages())
