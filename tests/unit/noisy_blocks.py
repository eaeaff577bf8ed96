"""Made-up rounds of measurements: variants that are identical but for what is asked for."""

from __future__ import annotations

from math import exp
from random import Random


def blocks(
    seed: int,
    *,
    variants: int,
    spread: float,
    rounds: int = 5,
    drift: float = 0.0,
    slower: float = 1.0,
) -> list[dict[str, float]]:
    """Shuffled rounds on a machine that is slower by `drift` at the end; `v00` takes `slower` times
    as long as the others."""
    chance = Random(seed)
    names = [f"v{number:02}" for number in range(variants)]
    made, place, total = [], 0, max(1, variants * rounds - 1)
    for _ in range(rounds):
        block = {}
        for name in chance.sample(names, k=variants):
            value = 10 * exp(chance.gauss(0, spread)) * (1 + drift * place / total)
            block[name] = value * (slower if name == "v00" else 1.0)
            place += 1
        made.append(block)
    return made
