"""What a sweep asks of Hydra: to compose, to read a sweep's syntax, and to launch jobs."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import Any

from hydra.core.config_loader import ConfigLoader
from hydra.core.hydra_config import HydraConfig
from hydra.core.override_parser.overrides_parser import OverridesParser
from hydra.core.utils import JobReturn, JobStatus
from hydra.plugins.launcher import Launcher
from omegaconf import DictConfig, OmegaConf, open_dict

from runner.sweep.by_file import noted
from runner.sweep.config import Config
from runner.sweep.hydra_files import write_multirun
from runner.sweep.job import JobEnd
from runner.sweep.overrides import Request, requests, values_of


class HydraSide:
    """One sweep, as Hydra sees it."""

    def __init__(self, loader: ConfigLoader, config: DictConfig, launcher: Launcher) -> None:
        self.loader = loader
        self.config = config
        self.launcher = launcher
        self.parser = OverridesParser.create(config_loader=loader)

    def requests(self, arguments: Sequence[str], params: dict[str, str]) -> list[Request]:
        """Every combination that the arguments ask for."""
        return requests(arguments, params, self.parser)

    def values(self, override: str) -> list[str]:
        """The single overrides that one of a grid stands for."""
        return values_of(*self.parser.parse_overrides([override]))

    def compose(self, overrides: Sequence[str]) -> Config:
        """The configuration of a job with these overrides."""
        with self._composed(overrides) as composed:
            return noted(composed)

    def resolved(self, overrides: Sequence[str]) -> str:
        """The same as YAML, every interpolation resolved."""
        with self._composed(overrides) as composed:
            return OmegaConf.to_yaml(composed, resolve=True)

    @contextmanager
    def _composed(self, overrides: Sequence[str]) -> Iterator[DictConfig]:
        composed = self.loader.load_sweep_config(self.config, list(overrides))
        with _current(composed):
            with open_dict(composed):
                del composed["hydra"]
            yield composed

    def write_multirun(self) -> None:
        """Leave multirun.yaml in the sweep's directory, as Hydra's own sweeper does."""
        with _current(self.config):  # the directory's name may be that of the chosen experiment
            write_multirun(self.config)

    def launch(self, jobs: Sequence[Sequence[str]], first: int) -> list[JobEnd]:
        """Run these jobs; returns how each ended, in the same order."""
        with _current(self.config):
            return list(map(_end, self.launcher.launch(jobs, initial_job_idx=first)))

    @property
    def launcher_name(self) -> str:
        """What was chosen as `hydra/launcher`."""
        return str(self.config.hydra.runtime.choices.get("hydra/launcher", "basic"))


@contextmanager
def _current(config: DictConfig) -> Iterator[None]:
    """What `${hydra:…}` is resolved from meanwhile."""
    before = HydraConfig.instance().cfg
    HydraConfig.instance().set_config(config)
    try:
        yield
    finally:
        HydraConfig.instance().cfg = before


def _end(job: JobReturn) -> JobEnd:
    found: Any = job._return_value  # the property would raise it
    if job.status is JobStatus.COMPLETED:
        return JobEnd(record=getattr(found, "record", None))
    error = found if isinstance(found, BaseException) else RuntimeError(repr(found))
    return JobEnd(record=getattr(error, "record", None), error=error)
