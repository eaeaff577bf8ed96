"""The files that Hydra leaves of a job and a sweep, written by us: without credentials, and through
no link below the results directory."""

from __future__ import annotations

from pathlib import Path

from hydra.core.hydra_config import HydraConfig
from omegaconf import DictConfig, OmegaConf

from runner.model.redact import redacted
from runner.store.atomic import write_text

DIRECTORY = ".hydra"


def write_job(composed: DictConfig, results: Path) -> None:
    """Leave `.hydra/` in the job's directory, unless Hydra does that itself
    (`hydra.output_subdir=…`). Raises `StoreError`."""
    asked = HydraConfig.get()
    if asked.output_subdir is not None:
        return
    directory = Path(str(asked.runtime.output_dir)) / DIRECTORY
    _write(directory / "config.yaml", composed, results)
    _write(directory / "hydra.yaml", HydraConfig.instance().cfg, results)
    _write(directory / "overrides.yaml", asked.overrides.task, results)


def write_multirun(config: DictConfig) -> None:
    """Leave multirun.yaml in the sweep's directory, as Hydra's own sweeper does."""
    path = Path(str(config.hydra.sweep.dir)) / "multirun.yaml"
    _write(path, config, Path(str(config.run.results)))


def _write(path: Path, config: object, results: Path) -> None:
    below = results.absolute() if path.is_absolute() else results
    if not path.is_relative_to(below):
        below = path.parent
    write_text(path, redacted(OmegaConf.to_yaml(config)), below)
