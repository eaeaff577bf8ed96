"""The Hydra application: composes configurations and hands each job to a function.

Hydra is kept at this edge. It prints its errors and exits by itself unless told to raise; here they
are raised, as `ConfigError` with Hydra's own words, which name file, key and choices.
"""

from __future__ import annotations

import os
import re
import sys
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import hydra
import yaml
from hydra.core.hydra_config import HydraConfig
from hydra.errors import HydraException
from hydra.types import RunMode
from omegaconf import DictConfig, OmegaConf, open_dict
from omegaconf.errors import OmegaConfBaseException

from runner.engine.scratch import scratch_directory
from runner.model.errors import ConfigError
from runner.model.paths import data_root
from runner.sweep.config import Config, as_config, register
from runner.sweep.words import words_of

RAISE_ERRORS = "HYDRA_FULL_ERROR"
CONFIG_DIR = "--config-dir"
_PLAIN_PATH = re.compile(r"[\w./ +,@%~-]+")
"""What can stand between quotes in an override as it is."""
_OF_HYDRA = re.compile(r"-|[+~]*hydra\b")
"""How an option begins, or the override of a key of Hydra's own."""


class Job:
    """One composed configuration, its overrides, and the means to compose more like it."""

    def __init__(self, composed: DictConfig, search: Sequence[str] = ()) -> None:
        """`search` is the override that says where else configurations lie, if any does."""
        self.config = as_config(composed)
        self.overrides: list[str] = list(HydraConfig.get().overrides.task)
        self.resolved_yaml: str = OmegaConf.to_yaml(composed, resolve=True)
        self._search = search

    def compose(self, overrides: list[str]) -> Config:
        """The configuration that these overrides make."""
        return as_config(hydra.compose("config", [*self._search, *overrides]))


def run_jobs(arguments: Sequence[str], job: Callable[[Job], None]) -> None:
    """Call `job` for each configuration that the arguments ask for (several with `-m`).

    Hydra's command line composes every configuration twice, the first time to learn whether it is a
    sweep; what is plainly none is composed once. Raises `ConfigError` for what Hydra refuses, and
    whatever `job` raises: then no further configuration is composed.
    """
    register()
    if (request := plain_request(arguments)) is None or not run_plain(*request, job):
        run_by_hydra(arguments, job)


def plain_request(arguments: Sequence[str]) -> tuple[list[str], list[str]] | None:
    """Overrides, and the override for a configuration folder of the user's; None where there are
    other options, or keys of Hydra's own."""
    overrides, search = list(arguments), []
    if overrides[:1] == [CONFIG_DIR]:
        folder = str(Path(overrides[1]).absolute())
        if not Path(folder).is_dir() or not _PLAIN_PATH.fullmatch(folder):
            return None
        overrides, search = overrides[2:], [f"hydra.searchpath=['file://{folder}']"]
    return None if any(map(_OF_HYDRA.match, overrides)) else (overrides, search)


def run_plain(overrides: list[str], search: list[str], job: Callable[[Job], None]) -> bool:
    """Call `job` for the one configuration of a plain request; False where that takes Hydra's
    command line all the same, or cannot be composed: that says why in words for a shell."""
    with plain_hydra():
        try:
            composed = hydra.compose("config", [*search, *overrides], return_hydra_config=True)
            if asks_for_more(composed.hydra):
                return False
            HydraConfig.instance().set_config(composed)
            with open_dict(composed):
                del composed["hydra"]
            found = Job(composed, search)
        except (HydraException, OmegaConfBaseException, yaml.YAMLError):
            return False
        job(found)
    return True


def asks_for_more(settings: DictConfig) -> bool:
    """Whether a configuration asks Hydra for more than to be composed: a sweep, callbacks, an
    environment."""
    sweep = settings.mode is RunMode.MULTIRUN
    return sweep or bool(settings.callbacks) or bool(settings.job.env_set)


def run_by_hydra(arguments: Sequence[str], job: Callable[[Job], None]) -> None:
    """`run_jobs` by Hydra's command line."""
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
        scratch_directory() as scratch,
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
    with plain_hydra():
        yield lambda overrides: as_config(hydra.compose("config", overrides))


@contextmanager
def plain_hydra() -> Iterator[None]:
    """Hydra without its command line, on the configurations of this package."""
    configs = str(data_root() / "configs")
    with raised_errors(), hydra.initialize_config_dir(configs, version_base="1.3"):
        yield


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
