"""The progression: a bar for each step, from as found to the smallest."""

from __future__ import annotations

from runner.analysis.findings import Findings
from runner.analysis.progression import progression
from runner.analysis.provenance import Setting
from runner.analysis.steps import Step
from runner.report import formats
from runner.report.figures.chart import Bar, Chart
from runner.report.figures.row_selection import telling_steps
from runner.report.footnotes import failure_text
from runner.report.phrases import NOT_SHIPPED_NOTE, finding_text, possible_text
from runner.report.provenance import setting_lines
from runner.report.tables import row_name, what_changed

KEEPS = "Unpacked image size; each step keeps what the steps above it changed."

MIXED_MARK = " *"
"""Behind the names of steps on a stand-in, where only some are."""


def progression_chart(found: Findings) -> Chart:
    """What the chart says, as data."""
    steps = progression(found.steps).steps
    shown, left_out = telling_steps(steps)
    mixed = mixed_bases(steps)
    return Chart(
        title=title(found),
        subtitle=" ".join(
            filter(None, (possible_text(found.headline), KEEPS, verdict(steps), left_out))
        ),
        bars=tuple(bar_of(step, mixed, what_changed(step)) for step in shown),
        factors_heading="vs first step",
        base_legend=base_legend(steps),
        footer=footer(steps, found.setting),
    )  # fmt: skip


def title(found: Findings) -> str:
    """What was found; the experiments' names where nothing was."""
    experiments = " and ".join(found.setting.experiments)
    return finding_text(found.headline) or experiments or "nothing passed"


def verdict(steps: tuple[Step, ...]) -> str:
    """How many did not pass."""
    failed = sum(step.unpacked_bytes is None for step in steps)
    if not failed:
        return "Every image passed its check."
    have = "have" if failed > 1 else "has"
    return f"{failed:,} of {len(steps):,} did not pass and {have} no size."


def mixed_bases(steps: tuple[Step, ...]) -> bool:
    """Whether some stand on stand-ins and some do not."""
    return len({step.standin for step in steps}) > 1


def footer(steps: tuple[Step, ...], setting: Setting) -> tuple[str, ...]:
    """What is the same in every row, and what it was measured on."""
    mark = "* " if mixed_bases(steps) else ""
    first, *rest = setting_lines(setting) or [""]
    lines = [mark + first, *rest] if first else []
    if any(not step.ships for step in steps):
        lines.insert(0, NOT_SHIPPED_NOTE)
    return tuple(lines)


def bar_of(step: Step, mixed: bool, about: str) -> Bar:
    """A step as a row of the chart."""
    return Bar(
        name=row_name(step) + (MIXED_MARK if mixed and step.standin else ""),
        about=about,
        base_bytes=step.base_bytes or 0,
        own_bytes=step.own_bytes or 0,
        compressed_bytes=step.compressed_bytes,
        original_bytes=step.original_bytes,
        floor_bytes=step.floor_bytes,
        factor=formats.factor(step.factor) if step.factor is not None else "",
        failure="" if step.unpacked_bytes is not None else failure_text(step),
        ships=step.ships,
    )


def base_legend(steps: tuple[Step, ...]) -> str:
    """Stand-ins are called so in the legend."""
    kinds = {step.standin for step in steps}
    if kinds == {True}:
        return "base layers (stand-in images)"
    return "base layers (* stand-in images)" if True in kinds else "base layers"
