"""A path's steps: computed here, drawn elsewhere."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from runner.analysis.steps import Step
from runner.model.levels import FACTORS


@dataclass(frozen=True)
class Progression:
    """The steps of a path, in order."""

    steps: tuple[Step, ...]

    @property
    def first(self) -> Step | None:
        """The step that factors refer to; None if it failed."""
        return self.steps[0] if self.steps and self.steps[0].unpacked_bytes is not None else None

    @property
    def best(self) -> Step | None:
        """The smallest image that passed its check and may be shipped, the earliest of equals."""
        return smallest(step for step in self.steps if step.ships)

    @property
    def possible(self) -> Step | None:
        """The smallest image of all, if it is smaller than what may be shipped."""
        found, best = smallest(self.steps), self.best
        return None if found is None or found is best or found.ships else found

    @property
    def failed(self) -> tuple[Step, ...]:
        """Steps that did not pass."""
        return tuple(step for step in self.steps if not step.ok)


def smallest(steps: Iterable[Step]) -> Step | None:
    """The step with the smallest image, the earliest of equals; None if none has a size."""
    sized = [step for step in steps if step.unpacked_bytes is not None]
    return min(sized, key=lambda step: step.unpacked_bytes or 0) if sized else None


def progression(steps: Iterable[Step]) -> Progression:
    """The rows that are steps of a path, in the order of their steps."""
    return Progression(tuple(step for step in steps if step.number is not None))


def differing_factors(steps: Sequence[Step]) -> list[str]:
    """The factors of which there is more than one level; a variant that has no levels at all
    differs from the others in itself."""
    levelled = [step.levels for step in steps if step.levels]
    return [factor for factor in FACTORS if len({levels.get(factor) for levels in levelled}) > 1]
