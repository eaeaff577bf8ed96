"""The lines under the summary: how to read it, what failed, what its levels are about, and more."""

from __future__ import annotations

import textwrap
from collections.abc import Collection, Iterable, Iterator, Mapping

from runner.analysis.findings import Findings
from runner.analysis.progression import differing_factors
from runner.analysis.provenance import Setting
from runner.analysis.steps import Step
from runner.model.text import markdown, one_line, printable, shortened
from runner.report.phrases import NOT_SHIPPED_NOTE
from runner.report.provenance import setting_lines

READING = (
    "Sizes are measured from the layers, in decimal units (1 MB is 1 000 000 bytes); an image that"
    " does not pass its check has no size."
)
EXPLAINED = {
    "wasted": "bytes stored in one layer that a later layer deletes or replaces",
    "floor": "bytes of the files that a container opened while its check ran: a lower bound for"
    " every image of this service",
    "saved": "against the last step that passed its check",
    "vs first step": "how many times smaller",
    "original post": "the unpacked size that the post reports",
    "cold build": "a build without layer cache and cache mounts",
    "mounts warm": "a build without layer cache whose cache mounts are kept",
    "no change": "a build right after another of the same files",
    "source edit": "a build after one line of a source file has changed",
    "deps edit": "a build after a dependency was added",
    "healthy after": "from the start of a container to its first healthy answer",
    "source repush": "compressed bytes of the layers that differ after the source edit: what each"
    " deploy uploads and each host downloads again",
    "deps repush": "the same after the dependency was added",
}
"""Heading of a column → what it means."""

INTERVALS = (
    "Times are medians over the trials; in brackets the interval of the median from order"
    " statistics: with 95 % confidence from six trials on, with 94 % for five, 88 % for four, 75 %"
    " for three."
)
TAIL_LINES, TAIL_WIDTH = 5, 160
"""How much of a failed variant's log is quoted; summary.csv and the record have more."""

WIDTH = 100
"""Columns of a line of prose in Markdown."""

NAMED = 6
"""How many variants a note names."""


def footnotes_markdown(found: Findings, headings: Collection[str]) -> list[str]:
    """How to read the columns that are there, what failed, where the numbers come from, what the
    variants' notes say, and what the levels are about."""
    steps, setting = found.steps, found.setting
    failed = [line for step in steps if not step.ok for line in _quoted(step)]
    lines = [*setting_lines(setting), *notes(setting)]
    return [
        *bullets(reading_lines(steps, headings)),
        *failed,
        *bullets([*constant_lines(setting), *lines]),
        *_level_table(levels_on_show(found)),
    ]


def reading_lines(steps: Iterable[Step], headings: Collection[str]) -> list[str]:
    """How sizes are measured, and what each column means that does not say it itself."""
    held = list(steps)
    lines = [READING]
    if any(not step.ships for step in held):
        lines.append(NOT_SHIPPED_NOTE)
    lines += [f"{name}: {text}." for name, text in EXPLAINED.items() if name in headings]
    if any(step.trials > 1 and step.times for step in held):
        lines.append(INTERVALS)
    return lines


def constant_lines(setting: Setting) -> tuple[str, ...]:
    """The levels that every row has, said once."""
    told = ", ".join(f"{key}={value}" for key, value in setting.constant.items())
    but = " but those of the project's own Dockerfiles" if setting.partly else ""
    return (f"The same in every row{but}: {told}.",) if told else ()


def bullets(lines: Iterable[str]) -> Iterator[str]:
    """Items of a list, wrapped; no line of one begins what Markdown would take for another."""
    for line in lines:
        first, *rest = textwrap.wrap(
            one_line(line), WIDTH, break_long_words=False, break_on_hyphens=False
        ) or [""]
        yield f"- {markdown(first)}"
        yield from (f"  {markdown(part)}" for part in rest)


def _quoted(step: Step) -> list[str]:
    """How a variant failed, and the end of its log as a block of code below it."""
    tail = step.log_tail.splitlines()[-TAIL_LINES:]
    block = [f"      {shortened(printable(line), TAIL_WIDTH)}".rstrip() for line in tail]
    return [*bullets([failure_line(step)]), *(["", *block, ""] if block else [])]


def _level_table(levels: Mapping[str, str]) -> list[str]:
    if not levels:
        return []
    rows = [f"| {markdown(name)} | {markdown(about)} |" for name, about in levels.items()]
    return ["", "| level | what it does |", "| --- | --- |", *rows]


MOST_OF_A_STEP = 200
"""Characters of a RUN that a line about it shows; the log has all of it."""


def failures(steps: Iterable[Step]) -> tuple[str, ...]:
    """A line for each variant that has no size: where it failed, and why."""
    return tuple(failure_line(step) for step in steps if not step.ok)


def failure_line(step: Step) -> str:
    """`NAME: build failed: RUN pip install …: exit code 1`"""
    said = " ".join(step.failure.split())
    return ": ".join(filter(None, (step.label, failure_text(step), said)))


def status_text(step: Step) -> str:
    """`check failed`"""
    return step.status.replace("_", " ")


def failure_text(step: Step) -> str:
    """`build failed: RUN pip install …`: how a variant failed, and where."""
    where = shortened(" ".join(step.failing_step.split()), MOST_OF_A_STEP)
    return status_text(step) + (f": {where}" if where else "")


def level_lines(found: Findings) -> tuple[str, ...]:
    """What each level that the table names is about; a path's steps say what they change."""
    if found.path:
        return ()
    return tuple(f"{name}: {about}" for name, about in levels_on_show(found).items())


def levels_on_show(found: Findings) -> dict[str, str]:
    """`FACTOR=LEVEL` → what it is about, for each level of the factors in which the variants
    differ; in the order of a path, else by name. Levels that do not say are left out."""
    shown = {}
    for factor in differing_factors(found.steps):
        levels = list(
            dict.fromkeys(step.levels[factor] for step in found.steps if factor in step.levels)
        )
        for level in levels if found.path else sorted(levels):
            if about := found.setting.abouts.get(f"{factor}={level}"):
                shown[f"{factor}={level}"] = about
    return shown


def notes(setting: Setting) -> tuple[str, ...]:
    """A line for each note, with the variants that carry it."""
    return tuple(f"{named(note.variants)}: {note.text}" for note in setting.notes)


def named(variants: tuple[str, ...]) -> str:
    """`a, b, c`; of many the first, and how many more."""
    left = len(variants) - NAMED
    if left <= 1:
        return ", ".join(variants)
    return f"{', '.join(variants[:NAMED])} and {left:,} more"
