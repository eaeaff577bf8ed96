"""The Hydra application: composes configurations and hands each job to a function.

Hydra is kept at this edge. It prints its errors and exits by itself unless told to raise; here they
are raised, as `ConfigError` with Hydra's own words, which name file, key and choices.
"""

from __future__ import annotations

import os
import sys
import tempfile
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from typing import Any

import hydra
import yaml
from hydra.core.hydra_config import HydraConfig
from hydra.errors import HydraException
from omegaconf import DictConfig, OmegaConf
from omegaconf.errors import OmegaConfBaseException

from runner.model.errors import ConfigError
from runner.model.paths import data_root
from runner.sweep.config import Config, as_config, register
from runner.sweep.words import words_of

RAISE_ERRORS = "HYDRA_FULL_ERROR"


class Job:
    """One composed configuration, its overrides, and the means to compose more like it."""

    def __init__(self, composed: DictConfig) -> None:
        self.config = as_config(composed)
        self.overrides: list[str] = list(HydraConfig.get().overrides.task)
        self.resolved_yaml: str = OmegaConf.to_yaml(composed, resolve=True)

    def compose(self, overrides: list[str]) -> Config:
        """The configuration that these overrides make."""
        return as_config(hydra.compose(config_name="config", overrides=overrides))


def run_jobs(arguments: Sequence[str], job: Callable[[Job], None]) -> None:
    """Call `job` for each configuration that the overrides ask for (several with `-m`).

    Raises `ConfigError` for what Hydra refuses, and whatever `job` raises: then no further
    configuration is composed.
    """
    register()
    raised: list[Exception] = []

    def task(composed: DictConfig) -> None:
        if raised:
            return
        try:
            job(Job(composed))
        except Exception as error:  # noqa: BLE001 - Hydra would print it, in words of its own
            raised.append(error)

    main: Callable[[], Any] = hydra.main(
        version_base="1.3", config_path=str(data_root() / "configs"), config_name="config"
    )(task)
    # Hydra leaves a note of every sweep in its sweep folder, also of one that it then refuses.
    with (
        tempfile.TemporaryDirectory(prefix="dockbench-") as scratch,
        command_line("dockbench bench", [*arguments, f"hydra.sweep.dir={scratch}"]),
        raised_errors(),
    ):
        main()
        if raised:
            raise raised[0]


@contextmanager
def composer() -> Iterator[Callable[[list[str]], Config]]:
    """Overrides → configuration, without Hydra's command line; raises as `run_jobs` does."""
    register()
    configs = str(data_root() / "configs")
    with raised_errors(), hydra.initialize_config_dir(configs, version_base="1.3"):
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
    finally:
        if before is None:
            del os.environ[RAISE_ERRORS]
        else:
            os.environ[RAISE_ERRORS] = before
