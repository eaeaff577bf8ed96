"""What a sweep was asked for, as experiment.yaml says it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import yaml

from runner.model.paths import ResultPaths
from runner.sweep.config import Config
from runner.sweep.plan import PlannedVariant


@dataclass(frozen=True)
class PlannedJob:
    """One composed configuration and the variants that it asks for."""

    config: Config
    overrides: Sequence[str]
    resolved_yaml: str
    variants: Sequence[PlannedVariant]

    @property
    def results(self) -> ResultPaths:
        """The folder that its records go to."""
        return ResultPaths(Path(self.config.run.results))


def resolved(jobs: Sequence[PlannedJob]) -> str:
    """The resolved configuration; of several jobs that of the first, then what each overrides."""
    first, *others = jobs
    if not others:
        return first.resolved_yaml
    sweep = {"sweep": [list(job.overrides) for job in jobs]}
    return (
        f"# The first of {len(jobs)} jobs; `sweep`, at the end, lists the overrides of each.\n"
        f"{first.resolved_yaml}{yaml.safe_dump(sweep, default_flow_style=None, width=100)}"
    )
