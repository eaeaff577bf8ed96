"""A dry run: what a sweep would measure."""

from __future__ import annotations

from collections.abc import Sequence

from runner.sweep.plan import PlannedVariant
from runner.sweep.process import Process


class DryRun:
    """Says what there is to do, and does nothing."""

    def __init__(self, process: Process) -> None:
        self.process = process

    def tell(self, planned: Sequence[PlannedVariant]) -> None:
        """Print the plan."""
