"""The Hydra application: one job is one trial of one variant.

Hydra prints its errors and exits by itself unless told to raise; here they are raised, as
`ConfigError` with words of ours, which name file, key and choices.
"""

from __future__ import annotations

import logging
import os
import sys
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, nullcontext
from functools import partial
from pathlib import Path

import hydra
import yaml
from hydra.conf import HydraConf
from hydra.core.hydra_config import HydraConfig
from hydra.errors import HydraException
from hydra.types import RunMode
from omegaconf import DictConfig, OmegaConf
from omegaconf.errors import OmegaConfBaseException

from runner.model.errors import ConfigError
from runner.model.paths import data_root
from runner.model.record import Status
from runner.sweep.by_file import noted
from runner.sweep.config import Config, as_config, register
from runner.sweep.dry import DryRun
from runner.sweep.hydra_errors import words_of
from runner.sweep.hydra_files import write_job
from runner.sweep.job import Metrics, VariantFailedError, metrics, objectives
from runner.sweep.measure import run_one
from runner.sweep.plan import planned
from runner.sweep.process import Process, current
from runner.sweep.trust import refuse_lost_rerun, refuse_untrusted
from runner.sweep.worker import interrupted_once, workers_of_this_command

RAISE_ERRORS = "HYDRA_FULL_ERROR"
OUR_SWEEPER = "hydra_plugins.dockbench."
CONFIGS = str(data_root() / "configs")

register()


def trial(composed: DictConfig) -> Metrics | float | list[float]:
    """Measure one trial of one variant, unless that is done; returns its metrics.

    A sweeper that optimises is given its objectives instead. Raises `VariantFailedError` for a
    variant that failed, whose record is written, and other `DockbenchError`s where there is none.
    """
    asked = HydraConfig.get()
    config = noted(composed)
    process = current()
    if config.run.dry:
        tell_plan(config, asked, process)
        return 0.0
    write_job(composed, Path(config.run.results))
    ours = str(asked.sweeper.get("_target_", "")).startswith(OUR_SWEEPER)
    swept = ours and asked.mode is RunMode.MULTIRUN
    describe = None if swept else partial(OmegaConf.to_yaml, composed, resolve=True)
    with interrupted_once() if process.worker else nullcontext():
        record = run_one(config, list(asked.overrides.task), process, describe)
    if record.status is not Status.ok:
        raise VariantFailedError(record)
    found = metrics(record)
    return found if swept else _steering(found, config, asked.sweeper)


def tell_plan(config: Config, asked: HydraConf, process: Process) -> None:
    """What a single job would measure; raises `ConfigError` for a sweeper that chooses jobs by
    what it has measured."""
    if asked.mode is RunMode.MULTIRUN:
        raise ConfigError(
            "a dry run shows what dockbench's own sweeper would measure: leave hydra/sweeper out"
        )
    process.plan += DryRun(process).tell([planned(config, list(asked.overrides.task))])


def _steering(found: Metrics, config: Config, sweeper: DictConfig) -> Metrics | float | list[float]:
    """What another sweeper is given: one that has a direction optimises, and needs numbers."""
    names = config.run.objective
    direction = sweeper.get("direction")
    if direction is None and not names:
        return found
    directions = len(direction) if OmegaConf.is_list(direction) else 1
    if not names and directions == 1:
        names = ["unpacked_bytes"]
    if len(names) != directions:
        raise ConfigError(
            f"hydra.sweeper.direction has {directions} directions and run.objective"
            f" {len(names)} metrics: name as many (run.objective=[unpacked_bytes,cold_s])"
        )
    return objectives(found, names)


_NO_LEVEL = "Config group override must be"
"""What Hydra says of a choice that is null or a number."""

main: Callable[[], None] = hydra.main(
    version_base="1.3", config_path=CONFIGS, config_name="config"
)(trial)


def run(arguments: Sequence[str]) -> None:
    """The application on these arguments.

    Raises `ConfigError` for what Hydra refuses, and what a sweep or a single job raises.
    """
    logging.raiseExceptions = False  # a line that finds no room is one, not a traceback for each
    with command_line("dockbench", arguments), raised_errors(), workers_of_this_command():
        refuse_untrusted(arguments)
        refuse_lost_rerun(arguments)
        main()


@contextmanager
def composer() -> Iterator[Callable[[list[str]], Config]]:
    """Overrides → configuration, without Hydra's command line; raises as `run` does."""
    with raised_errors(), hydra.initialize_config_dir(CONFIGS, version_base="1.3"):
        yield lambda overrides: as_config(hydra.compose("config", overrides))


@contextmanager
def command_line(program: str, arguments: Sequence[str]) -> Iterator[None]:
    """Let Hydra read these arguments: it knows no other source than sys.argv."""
    before = sys.argv
    sys.argv = [program, *arguments]
    try:
        yield
    finally:
        sys.argv = before


@contextmanager
def raised_errors() -> Iterator[None]:
    """Turn what Hydra and OmegaConf refuse into `ConfigError`, with their own words."""
    before = os.environ.get(RAISE_ERRORS)
    os.environ[RAISE_ERRORS] = "1"
    try:
        yield
    except (HydraException, OmegaConfBaseException) as error:
        raise ConfigError(words_of(error)) from error
    except yaml.YAMLError as error:
        raise ConfigError(f"not YAML: {' '.join(str(error).split())}") from error
    except ValueError as error:
        if not str(error).startswith(_NO_LEVEL):
            raise
        raise ConfigError(
            "an override gives a factor, a project or an experiment a value that is no name (null,"
            " a number): write FACTOR=LEVEL, such as base=slim"
        ) from error
    finally:
        if before is None:
            del os.environ[RAISE_ERRORS]
        else:
            os.environ[RAISE_ERRORS] = before
