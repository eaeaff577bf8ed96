"""The sizes of a grid's variants, smallest first."""

from __future__ import annotations

import pandas as pd

from runner.analysis.frame import factor_column
from runner.analysis.headline import headline
from runner.analysis.progression import Step, all_steps, differing_factors
from runner.analysis.setting import Setting
from runner.model.levels import FACTORS
from runner.report.figures.chart import Chart
from runner.report.figures.progression import (
    bar_of,
    base_legend,
    footer,
    mixed_bases,
    title,
    verdict,
)
from runner.report.figures.telling import telling_variants
from runner.report.footnotes import constant_lines
from runner.report.phrases import possible_text


def sizes_chart(frame: pd.DataFrame, setting: Setting) -> Chart:
    """A bar for each variant; under its name the levels that its name does not say."""
    steps = all_steps(frame)
    levels = _levels(frame, steps)
    shown, left_out = telling_variants(steps)
    mixed = mixed_bases(steps)
    about = "Unpacked image size of each variant."
    return Chart(
        title=title(frame, setting),
        subtitle=" ".join(
            filter(None, (possible_text(headline(frame)), about, verdict(steps), left_out))
        ),
        bars=tuple(bar_of(step, mixed, levels[step.label]) for step in shown),
        factors_heading="",
        base_legend=base_legend(steps),
        footer=(*constant_lines(setting), *footer(steps, setting)),
    )


def _levels(frame: pd.DataFrame, steps: tuple[Step, ...]) -> dict[str, str]:
    """Label → the levels that differ between the variants and that it does not say."""
    columns = {factor_column(factor): factor for factor in FACTORS}
    held: dict[str, list[str]] = {step.label: [] for step in steps}
    for column in differing_factors(frame, list(columns)):
        for step, level in zip(steps, frame[column].fillna("").tolist(), strict=True):
            if level and level not in step.label:
                held[step.label].append(f"{columns[column]}={level}")
    return {label: ", ".join(levels) for label, levels in held.items()}
