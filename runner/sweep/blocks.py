"""In which order trials run: seeded blocks, each of which holds every variant once.

Slow drift of the machine then falls on all variants alike, and each value can be compared with the
others of its block.
"""

from __future__ import annotations

import random
from collections.abc import Sequence
from typing import TypeVar

T = TypeVar("T")


def blocks(variants: Sequence[T], trials: int, seed: int, shuffle: bool = True) -> list[list[T]]:
    """For each trial the variants in the order in which they run; same seed, same order."""
    if not shuffle:
        return [list(variants) for _ in range(trials)]
    return [
        random.Random(f"{seed}:{trial}").sample(variants, len(variants)) for trial in range(trials)
    ]
