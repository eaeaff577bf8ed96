"""Every combination of the edits that apply to one Dockerfile, the most promising first.

Pure functions. How promising a combination is follows from what each edit saved alone; what failed
alone is in no combination.
"""

from __future__ import annotations

import heapq
import math
from collections.abc import Iterator, Mapping, Sequence

from runner.compare.candidates import Candidate
from runner.dockerfile.edits.registry import EDITS

Space = Mapping[str, tuple[str, ...]]
"""Factor → the levels that change the Dockerfile; each factor can also stay as it is."""


def space_of(found: Sequence[Candidate], failed: Sequence[str]) -> Space:
    """The edits that apply to a source, by the candidates that were made of it; without those that
    failed alone (names)."""
    levels: dict[str, dict[str, None]] = {}
    bad = {next(iter(x.levels.items())) for x in found if x.name in failed and len(x.levels) == 1}
    for item in found:
        for factor, level in item.levels.items():
            if factor in EDITS and (factor, level) not in bad:
                levels.setdefault(factor, {})[level] = None
    return {factor: tuple(levels[factor]) for factor in EDITS if factor in levels}


def combinations(space: Space) -> int:
    """How many there are, none at all included; several may come to one text."""
    return math.prod(len(levels) + 1 for levels in space.values())


def grid(space: Space, saved_bytes: Mapping[tuple[str, str], int]) -> Iterator[dict[str, str]]:
    """Every combination once, by the sum of what its edits saved alone (0 where that is not known),
    the fewer edits first where that is equal; the empty one included."""
    axes = [
        sorted(
            ((0.0, factor, ""), *((_cost(saved_bytes, factor, x), factor, x) for x in levels)),
            key=lambda choice: choice[0],
        )
        for factor, levels in space.items()
    ]
    start = (0,) * len(axes)
    waiting = [(sum(axis[0][0] for axis in axes), 0, start)]
    while waiting:
        cost, last, chosen = heapq.heappop(waiting)
        picked = [axis[index] for axis, index in zip(axes, chosen, strict=True)]
        yield {factor: level for _, factor, level in picked if level}
        for place in range(last, len(axes)):
            index = chosen[place] + 1
            if index < len(axes[place]):
                more = axes[place][index][0] - axes[place][index - 1][0]
                after = (*chosen[:place], index, *chosen[place + 1 :])
                heapq.heappush(waiting, (cost + more, place, after))


def _cost(saved_bytes: Mapping[tuple[str, str], int], factor: str, level: str) -> float:
    """An edit costs one byte, so that those that save nothing come last."""
    return 1.0 - saved_bytes.get((factor, level), 0)


def saved_alone(
    found: Sequence[Candidate], unpacked_bytes: Mapping[str, int]
) -> dict[tuple[str, str], int]:
    """Factor and level → bytes that the edit saved alone; `unpacked_bytes` has the sizes of what
    passed by name, the source first among `found`."""
    source = unpacked_bytes.get(found[0].name)
    return {
        next(iter(item.levels.items())): source - unpacked_bytes[item.name]
        for item in found
        if source is not None and len(item.levels) == 1 and item.name in unpacked_bytes
    }
