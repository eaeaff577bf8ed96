"""What a sweep asks of Hydra, behind which tests play it."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Protocol

from runner.sweep.config import Config
from runner.sweep.job import JobEnd
from runner.sweep.overrides import Request


class HydraPort(Protocol):
    """What a sweep asks of Hydra."""

    def requests(self, arguments: Sequence[str], params: dict[str, str]) -> list[Request]:
        """Every combination that the arguments ask for."""

    def values(self, override: str) -> list[str]:
        """The single overrides that one of a grid stands for."""

    def compose(self, overrides: Sequence[str]) -> Config:
        """The configuration of a job with these overrides."""

    def resolved(self, overrides: Sequence[str]) -> str:
        """The same as YAML, every interpolation resolved."""

    def write_multirun(self) -> None:
        """Leave multirun.yaml in the sweep's directory."""

    def launch(self, jobs: Sequence[Sequence[str]], first: int) -> list[JobEnd]:
        """Run these jobs; how each ended, in the same order."""

    @property
    def launcher_name(self) -> str:
        """What was chosen as `hydra/launcher`."""
