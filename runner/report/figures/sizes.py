"""The sizes of a grid's variants, smallest first."""

from __future__ import annotations

from runner.analysis.findings import Findings
from runner.analysis.progression import differing_factors
from runner.analysis.steps import Step
from runner.report.figures.chart import Chart
from runner.report.figures.progression import (
    bar_of,
    base_legend,
    footer,
    mixed_bases,
    title,
    verdict,
)
from runner.report.figures.row_selection import telling_variants
from runner.report.footnotes import constant_lines
from runner.report.phrases import possible_text


def sizes_chart(found: Findings) -> Chart:
    """A bar for each variant; under its name the levels that its name does not say."""
    steps = found.steps
    levels = _levels(steps)
    shown, left_out = telling_variants(steps)
    mixed = mixed_bases(steps)
    about = "Unpacked image size of each variant."
    return Chart(
        title=title(found),
        subtitle=" ".join(
            filter(None, (possible_text(found.headline), about, verdict(steps), left_out))
        ),
        bars=tuple(bar_of(step, mixed, levels[step.label]) for step in shown),
        factors_heading="",
        base_legend=base_legend(steps),
        footer=(*constant_lines(found.setting), *footer(steps, found.setting)),
    )


def _levels(steps: tuple[Step, ...]) -> dict[str, str]:
    """Label → the levels that differ between the variants and that it does not say."""
    differing = differing_factors(steps)
    return {
        step.label: ", ".join(
            f"{factor}={level}"
            for factor in differing
            if (level := step.levels.get(factor)) and level not in step.label
        )
        for step in steps
    }
