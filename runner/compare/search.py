"""`dockbench compare --search`: optuna chooses which edits are tried together.

Two objectives, both as small as can be: the bytes of the image, and the seconds of the build after
an edited line (of the cold build where that is not timed).
"""

from __future__ import annotations

import importlib
import warnings
from collections.abc import Mapping, Sequence
from typing import Any

from runner.compare.exploring import Space
from runner.model.errors import ConfigError
from runner.model.record import Record

FIRST = 4
"""Combinations that are drawn before the sampler goes by what it knows, known ones included."""
FAILED = 1.5
"""How many times worse than the worst that passed a combination counts that failed."""
NONE = ""
"""The level of a factor that stays as the source has it."""
Objectives = tuple[float, float]


def require_optuna() -> None:
    """Raise `ConfigError` where optuna is not installed."""
    try:
        importlib.import_module("optuna")
    except ImportError as error:
        raise ConfigError(
            "--search needs optuna, which is not installed: pip install 'dockbench[optuna]', or"
            " --grid, which needs nothing"
        ) from error


def objectives(record: Record) -> Objectives:
    """Unpacked bytes, and seconds of the build after an edit, of a trial that passed."""
    times = {item.name: item.duration_s for item in record.scenarios}
    assert record.sizes is not None
    return float(record.sizes.unpacked_bytes), times.get("source_edit", times.get("cold", 0.0))


class Search:
    """One study of one source; asks what to try, and is told what came out."""

    def __init__(self, space: Space, seed: int) -> None:
        self._optuna: Any = importlib.import_module("optuna")
        self._optuna.logging.set_verbosity(self._optuna.logging.ERROR)
        self._space = {
            factor: self._optuna.distributions.CategoricalDistribution((NONE, *levels))
            for factor, levels in space.items()
        }
        self._study = self._optuna.create_study(
            directions=["minimize", "minimize"],
            sampler=self._sampler(seed),
        )
        self._worst: Objectives = (0.0, 0.0)

    def _sampler(self, seed: int) -> Any:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            return self._optuna.samplers.TPESampler(
                seed=seed, n_startup_trials=FIRST, multivariate=True
            )

    def know(self, levels: Mapping[str, str], values: Objectives) -> None:
        """Something that was measured without being asked for; of factors beyond the space it is
        left out."""
        if set(levels) - set(self._space):
            return
        self._note(values)
        params = {factor: levels.get(factor, NONE) for factor in self._space}
        if any(params[name] not in self._space[name].choices for name in params):
            return
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            trial = self._optuna.trial.create_trial(
                params=params, distributions=self._space, values=list(values)
            )
            self._study.add_trial(trial)

    def ask(self) -> tuple[Any, dict[str, str]]:
        """What to try next: a trial to be told about, and the levels of its edits."""
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            trial = self._study.ask(self._space)
        return trial, {factor: level for factor, level in trial.params.items() if level != NONE}

    def tell(self, trial: Any, values: Sequence[float] | None) -> None:
        """What came out. None for what failed, which counts as worse than all that passed: the
        sampler forgets a failed trial, and would ask for it again."""
        if values is not None:
            self._note(values)
        told = values or [FAILED * value for value in self._worst]
        self._study.tell(trial, list(told))

    def _note(self, values: Sequence[float]) -> None:
        self._worst = (max(self._worst[0], values[0]), max(self._worst[1], values[1]))
