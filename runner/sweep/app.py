"""The Hydra application: composes configurations and hands each job to a function.

Hydra is kept at this edge. It prints its errors and exits by itself unless told to raise; here they
are raised, as `ConfigError` with Hydra's own words, which name file, key and choices.
"""

from __future__ import annotations

import os
import sys
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from typing import Any

import hydra
from hydra.core.hydra_config import HydraConfig
from hydra.errors import HydraException
from omegaconf import DictConfig, OmegaConf
from omegaconf.errors import OmegaConfBaseException

from runner.model.errors import ConfigError
from runner.model.paths import data_root
from runner.sweep.config import Config, as_config, register

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


def run_jobs(overrides: Sequence[str], job: Callable[[Job], None]) -> None:
    """Call `job` for each configuration that the overrides ask for (several with `-m`).

    Raises `ConfigError` for what Hydra refuses, and whatever `job` raises.
    """
    register()

    def task(composed: DictConfig) -> None:
        job(Job(composed))

    main: Callable[[], Any] = hydra.main(
        version_base="1.3", config_path=str(data_root() / "configs"), config_name="config"
    )(task)
    with command_line("dockbench bench", overrides), raised_errors():
        main()


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
    finally:
        if before is None:
            del os.environ[RAISE_ERRORS]
        else:
            os.environ[RAISE_ERRORS] = before


def words_of(error: BaseException) -> str:
    """What the error says, with what its cause adds, on one line."""
    texts = [str(error)]
    override = getattr(error, "override", None)
    if override and override not in texts[0]:
        texts.insert(0, f"{override}:")
    cause = error.__cause__
    if cause is not None and str(cause) not in " ".join(texts):
        texts.append(str(cause))
    return " ".join(" ".join(texts).split())
