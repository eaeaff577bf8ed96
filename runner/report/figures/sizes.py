"""The sizes of a grid's variants, smallest first."""

from __future__ import annotations

import pandas as pd

from runner.analysis.frame import factor_column
from runner.analysis.progression import all_steps, differing_factors
from runner.analysis.setting import Setting
from runner.model.levels import FACTORS
from runner.report import formats
from runner.report.figures.chart import Chart
from runner.report.figures.progression import MIXED_MARK, bar_of, base_legend
from runner.report.provenance import setting_lines


def sizes_chart(frame: pd.DataFrame, setting: Setting) -> Chart:
    """A bar for each variant; under its name the levels that differ between variants."""
    factors = differing_factors(frame, [factor_column(factor) for factor in FACTORS])
    steps = all_steps(frame)
    mixed = len({step.standin for step in steps}) > 1
    levels = [
        _unnamed(step.name, dict(zip(factors, row, strict=True)))
        for step, row in zip(
            steps, frame[factors].fillna(formats.ABSENT).to_numpy().tolist(), strict=True
        )
    ]
    failed = sum(not step.ok for step in steps)
    passed = (
        f"{failed} of {len(steps)} did not pass." if failed else "Every image passed its check."
    )
    return Chart(
        title=" and ".join(setting.experiments) or "variants",
        subtitle=f"Unpacked image size of each variant. {passed}",
        bars=tuple(
            bar_of(step, step.name + (MIXED_MARK if mixed and step.standin else ""), text)
            for step, text in zip(steps, levels, strict=True)
        ),
        factors_heading="",
        base_legend=base_legend(steps),
        footer=tuple(("* " if mixed and not number else "") + line
                     for number, line in enumerate(setting_lines(setting))),
    )  # fmt: skip


def _unnamed(name: str, levels: dict[str, str]) -> str:
    """The levels as text, unless the variant's name says them already."""
    known = {factor: level for factor, level in levels.items() if level != formats.ABSENT}
    if all(level in name for level in known.values()):
        return ""
    return ", ".join(f"{factor}={level}" for factor, level in known.items())
