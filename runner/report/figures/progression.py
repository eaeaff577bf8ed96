"""The progression: a bar for each step, from as found to the smallest."""

from __future__ import annotations

from runner.analysis.progression import Progression, Step
from runner.analysis.setting import Setting
from runner.report import formats
from runner.report.figures.chart import Bar, Chart
from runner.report.footnotes import failure_text
from runner.report.provenance import setting_lines

MIXED_MARK = " *"
"""Behind the names of steps on a stand-in, where only some are."""


def progression_chart(progression: Progression, setting: Setting) -> Chart:
    """What the chart says, as data."""
    mixed = len({step.standin for step in progression.steps}) > 1
    bars = tuple(
        bar_of(
            step,
            name=step.name + (MIXED_MARK if mixed and step.standin else ""),
            about=step.about or step.changed,
        )
        for step in progression.steps
    )
    return Chart(
        title=_title(progression, setting),
        subtitle=_subtitle(progression),
        bars=bars,
        factors_heading="vs first step",
        base_legend=base_legend(progression.steps),
        footer=tuple(("* " if mixed and not number else "") + line
                     for number, line in enumerate(setting_lines(setting))),
    )  # fmt: skip


def bar_of(step: Step, name: str, about: str) -> Bar:
    """A step as a row of the chart."""
    return Bar(
        name=name,
        about=about,
        base_bytes=step.base_bytes or 0,
        own_bytes=step.own_bytes or 0,
        compressed_bytes=step.compressed_bytes,
        original_bytes=step.original_bytes,
        floor_bytes=step.floor_bytes,
        factor=formats.factor(step.factor) if step.factor is not None else "",
        failure="" if step.unpacked_bytes is not None else failure_text(step),
    )


def base_legend(steps: tuple[Step, ...]) -> str:
    """Stand-ins are called so in the legend."""
    kinds = {step.standin for step in steps}
    if kinds == {True}:
        return "base layers (stand-in images)"
    return "base layers (* stand-in images)" if True in kinds else "base layers"


def _title(progression: Progression, setting: Setting) -> str:
    what = " and ".join(setting.experiments) or "progression"
    first, best = progression.first, progression.best
    if first is None or best is None or best is first:
        return what
    return (
        f"{what}: {formats.size(first.unpacked_bytes)} → {formats.size(best.unpacked_bytes)},"
        f" {formats.factor(best.factor)} smaller"
    )


def _subtitle(progression: Progression) -> str:
    text = "Unpacked image size; each step keeps what the steps above it changed. "
    failed, steps = len(progression.failed), len(progression.steps)
    if failed:
        return (
            text
            + f"{failed} of {steps} did not pass and {'have' if failed > 1 else 'has'} no size."
        )
    return text + "Every image passed its check."
