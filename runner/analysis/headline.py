"""What a set of variants shows, in one finding: the smallest image that one may ship."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from runner.analysis.progression import Progression, smallest
from runner.analysis.steps import Step


@dataclass(frozen=True)
class Headline:
    """Two images and how they compare; what is only possible stands next to it."""

    path: bool
    """Whether the variants are steps of a path: then `before` is where it starts."""
    before: Step | None
    """The first step; of edits, the Dockerfile that they are edits of; of other variants, the
    largest image. None if there is nothing to compare with."""
    best: Step | None
    """The smallest image that passed its check and may be shipped."""
    possible: Step | None
    """A smaller one that is not for shipping."""

    @property
    def ratio(self) -> float | None:
        """How many times smaller the best image is; None if there is nothing to compare with."""
        if self.before is None or self.best is None or self.before is self.best:
            return None
        before, best = self.before.unpacked_bytes, self.best.unpacked_bytes
        return before / best if before and best else None


def headline(steps: Sequence[Step]) -> Headline:
    """The finding of the rows."""
    path = tuple(step for step in steps if step.number is not None)
    if path:
        found = Progression(path)
        return Headline(True, found.first, found.best, found.possible)
    best, least = smallest(step for step in steps if step.ships), smallest(steps)
    sized = [step for step in steps if step.unpacked_bytes is not None]
    compared = _sources(sized, best) or sized
    largest = max(compared, key=lambda step: step.unpacked_bytes or 0, default=None)
    possible = None if least is None or least is best or least.ships else least
    return Headline(False, largest, best, possible)


def _sources(steps: Sequence[Step], best: Step | None) -> list[Step]:
    """The Dockerfiles that other rows are edits of (`Dockerfile` of `Dockerfile+cache=purge`): the
    one of the best row, else all of them."""
    edited = {step.name.partition("+")[0] for step in steps if "+" in step.name}
    sources = [step for step in steps if step.name in edited]
    return [x for x in sources if best and best.name.startswith(f"{x.name}+")] or sources
