"""All that a set of records says, worked out once: for tables, figures and pages."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from functools import cached_property

import pandas as pd

from runner.analysis.frame import frame_of, grouped
from runner.analysis.headline import Headline, headline
from runner.analysis.labels import labels
from runner.analysis.provenance import Setting, setting_of
from runner.analysis.select_latest import current
from runner.analysis.steps import Step, steps_of
from runner.model.record import Record


@dataclass(frozen=True, eq=False)
class Findings:
    """What records say together; of several runs in one directory only the newest counts."""

    records: tuple[Record, ...]
    """Those that count, by step, name and trial."""
    steps: tuple[Step, ...]
    """One for each variant, as tables and figures show it."""
    setting: Setting

    @cached_property
    def frame(self) -> pd.DataFrame:
        """The same with every column, for programs."""
        return frame_of(self.steps)

    @cached_property
    def headline(self) -> Headline:
        """What the variants show in one finding."""
        return headline(self.steps)

    @property
    def path(self) -> bool:
        """Whether the variants are steps of a path (else a grid)."""
        return any(step.number is not None for step in self.steps)

    @property
    def passed(self) -> bool:
        """Whether no variant failed."""
        return all(step.ok for step in self.steps)


def find(records: Iterable[Record]) -> Findings:
    """What the records say."""
    held = current(records)
    names = labels(held)
    return Findings(tuple(held), steps_of(grouped(held), names), setting_of(held, names))
