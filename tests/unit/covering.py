"""A sample of the product of all levels in which every pair of levels that can meet does meet."""

from __future__ import annotations

import itertools
import random
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache

from runner.dockerfile.facts import BaseConfig, Opened
from runner.model.engine import BuilderName
from runner.model.errors import ConstraintError
from runner.model.levels import FACTORS, Levels
from runner.model.variant import Recipe
from runner.recipe.render import render
from tests.unit.dockerfiles import package_manager
from tests.unit.levels_from_yaml import level_names, load_levels, load_project

CANDIDATES = 600
SEED = 20


@dataclass(frozen=True)
class Sample:
    """One combination and what it renders to."""

    levels: Levels
    manager: str
    recipe: Recipe

    @property
    def pairs(self) -> frozenset[tuple[str, str]]:
        """The pairs of levels that meet in it."""
        named = [f"{factor}={level}" for factor, level in self.levels.names().items()]
        return frozenset(itertools.combinations([*named, f"manager={self.manager}"], 2))

    @property
    def exceptions(self) -> set[str]:
        """The hadolint rules that its levels break on purpose."""
        return {
            rule for factor in FACTORS for rule in getattr(self.levels, factor).hadolint_exceptions
        }


@cache
def covering_sample() -> tuple[Sample, ...]:
    """As few of the candidates as are needed to show every pair that any candidate shows."""
    candidates = list(_candidates())
    missing = set().union(*(sample.pairs for sample in candidates))
    chosen = []
    while missing:
        best = max(candidates, key=lambda sample: len(sample.pairs & missing))
        chosen.append(best)
        missing -= best.pairs
    return tuple(chosen)


def _candidates() -> Iterator[Sample]:
    """Random combinations that are allowed, the same ones every time."""
    draw = random.Random(SEED)
    names = {factor: level_names(factor) for factor in FACTORS}
    found = 0
    while found < CANDIDATES:
        levels = load_levels(**{factor: draw.choice(names[factor]) for factor in FACTORS})
        if levels.mirror.custom:
            levels.mirror.apt_url = levels.mirror.apk_url = "https://mirror.example"
        manager = package_manager(levels)
        try:
            sample = sample_of(levels, draw.choice(["", manager]) if manager == "apk" else manager)
        except ConstraintError:
            continue
        found += 1
        yield sample


def sample_of(levels: Levels, manager: str | None = None) -> Sample:
    """One combination on the real base, or on one with another package manager."""
    chosen = package_manager(levels) if manager is None else manager
    config = BaseConfig({"PATH": "/opt/venv/bin:/bin"}, command=tuple(load_project().command))
    opened = Opened(("/app", "/app/app.py"), config)
    recipe = render(levels, load_project(), BuilderName.buildkit, chosen, opened)
    return Sample(levels, chosen, recipe)
