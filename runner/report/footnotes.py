"""The lines under the summary: how to read it, what failed, what its levels are about, and more."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator

import pandas as pd

from runner.analysis.frame import factor_column
from runner.analysis.progression import Step, all_steps, differing_factors, is_path
from runner.analysis.setting import Setting
from runner.model.levels import FACTORS
from runner.model.text import markdown, printable
from runner.report.provenance import setting_lines
from runner.report.text import shortened

READING_GRID = (
    "Sizes are measured from the layers, in decimal units; an image that does not pass its check"
    " has no size."
)
READING = (
    READING_GRID + " Saved is against the last step that passed; vs first step"
    " is how many times smaller; original post is the unpacked size that the post reports."
)
TAIL_LINES, TAIL_WIDTH = 5, 160
"""How much of a failed variant's log is quoted; summary.csv and the record have more."""


def footnotes_markdown(frame: pd.DataFrame, setting: Setting) -> list[str]:
    """How to read the table, what failed, where the numbers come from, the variants' notes."""
    failed = [line for step in all_steps(frame) if not step.ok for line in _quoted(step)]
    levels = path_levels(frame, setting) if is_path(frame) else level_lines(frame, setting)
    below = [*levels, *setting_lines(setting), *notes(setting)]
    reading = READING if is_path(frame) else READING_GRID
    return [f"- {markdown(reading)}", *failed, *(f"- {markdown(line)}" for line in below)]


def _quoted(step: Step) -> list[str]:
    """How a variant failed, and the end of its log as a block of code below it."""
    tail = step.log_tail.splitlines()[-TAIL_LINES:]
    block = [f"      {shortened(printable(line), TAIL_WIDTH)}".rstrip() for line in tail]
    return [f"- {markdown(failure_line(step))}", *(["", *block, ""] if block else [])]


def failures(frame: pd.DataFrame) -> tuple[str, ...]:
    """A line for each variant that has no size: where it failed, and why."""
    return tuple(failure_line(step) for step in all_steps(frame) if not step.ok)


def failure_line(step: Step) -> str:
    """`NAME: build failed: RUN pip install …: exit code 1`"""
    said = " ".join(step.failure.split())
    return ": ".join(filter(None, (step.name, failure_text(step), said)))


def status_text(step: Step) -> str:
    """`check failed`"""
    return step.status.replace("_", " ")


def failure_text(step: Step) -> str:
    """`build failed: RUN pip install …`: how a variant failed, and where."""
    where = " ".join(step.failing_step.split())
    return status_text(step) + (f": {where}" if where else "")


def level_lines(frame: pd.DataFrame, setting: Setting) -> tuple[str, ...]:
    """What each level that the table names is about; a path's steps say what they change."""
    if is_path(frame):
        return ()
    return tuple(f"{name}: {about}" for name, about in _abouts(frame, setting, sorted))


def path_levels(frame: pd.DataFrame, setting: Setting) -> tuple[str, ...]:
    """What each level is about that a path goes through, in one line: beside what its steps say
    that they change."""
    told = "; ".join(f"{name}, {about}" for name, about in _abouts(frame, setting, list))
    return (f"Levels on the way: {told}.",) if told else ()


def _abouts(
    frame: pd.DataFrame, setting: Setting, order: Callable[[Iterable[str]], list[str]]
) -> Iterator[tuple[str, str]]:
    """`FACTOR=LEVEL`, and what it is about, for each level of the factors in which the variants
    differ; levels that do not say are left out."""
    columns = {factor_column(factor): factor for factor in FACTORS}
    for column in differing_factors(frame, list(columns)):
        for level in order(frame[column].dropna().unique()):
            named = f"{columns[column]}={level}"
            if about := setting.abouts.get(named):
                yield named, about


def notes(setting: Setting) -> tuple[str, ...]:
    """A line for each note, with the variants that carry it."""
    return tuple(f"{', '.join(note.variants)}: {note.text}" for note in setting.notes)
