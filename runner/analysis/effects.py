"""What each level did to a metric: in a path the difference to the step before, in a grid its
Shapley value, which no order of changes can bias."""

from __future__ import annotations

from collections.abc import Hashable, Iterator, Mapping
from dataclasses import dataclass
from functools import cache, lru_cache

from runner.analysis.findings import Findings
from runner.analysis.progression import differing_factors
from runner.analysis.steps import REPUSHES, TIMES, Step

SIZES = ("unpacked_bytes", "compressed_bytes")
MOST_FACTORS, MOST_TARGETS = 8, 64
"""Factors between two variants of a grid (every subset of them is a state), and for how many
variants, those with the smallest values, shares are worked out."""

State = frozenset[Hashable]


@dataclass(frozen=True)
class Effect:
    """What one level did, in the metric's unit; `low` and `high` are the ends of its interval,
    None where it has none (sizes are exact, shares of single trials unknown)."""

    experiment: str
    metric: str
    factor: str
    level: str
    effect: float
    low: float | None
    high: float | None
    method: str
    """`path`: against the step before; `shapley`: averaged over all orders of the changes."""


def shares(values: Mapping[State, float]) -> dict[Hashable, float]:
    """Each factor's share of `values[all factors] - values[no factor]`: what it adds, averaged over
    all walks that change one factor after the other through states that were measured. Raises
    `ValueError` if there is no such walk.

    L. S. Shapley, A Value for n-Person Games (1953); where states are missing, the walks around
    them count, as for games with restricted coalitions.
    """
    everything: State = frozenset().union(*values)

    @cache
    def walks_to(state: State) -> int:
        if state not in values:
            return 0
        return sum(walks_to(state - {factor}) for factor in state) if state else 1

    @cache
    def walks_from(state: State) -> int:
        if state not in values:
            return 0
        rest = everything - state
        return sum(walks_from(state | {factor}) for factor in rest) if rest else 1

    total = walks_to(everything)
    if not total:
        raise ValueError("no order of changes passes through measured states only")
    result = dict.fromkeys(everything, 0.0)
    for state, value in values.items():
        for factor in everything - state:
            walks = walks_to(state) * walks_from(state | {factor})
            if walks:
                result[factor] += walks / total * (values[state | {factor}] - value)
    return result


@lru_cache(maxsize=4)
def effects(found: Findings) -> tuple[Effect, ...]:
    """The effects of all levels on all metrics that were measured."""
    experiment = " and ".join(found.setting.experiments)
    made = path_effects(found) if found.path else grid_effects(found)
    return tuple(
        Effect(experiment, metric, factor, level, effect, low, high, method)
        for metric, factor, level, effect, low, high, method in made
    )


_Made = tuple[str, str, str, float, float | None, float | None, str]


def path_effects(found: Findings) -> Iterator[_Made]:
    """Each step that passed against the last one before it that did, in its own path; its factor
    and level are what the step changed."""
    before: Step | None = None
    for step in found.steps:
        if step.number is None or not step.ok:
            continue
        if before is not None and (before.number or 0) < step.number:
            swept = step.label.partition(", ")[2].split(", ")
            parts = [part for part in step.changed.split(", ") if part and part not in swept]
            changed = [part.partition("=") for part in parts]
            factor = ", ".join(key for key, _, _ in changed) or "step"
            level = ", ".join(value for _, _, value in changed) or step.label
            for metric in (*SIZES, *TIMES, *REPUSHES):
                old, new = value_of(before, metric), value_of(step, metric)
                if old is not None and new is not None:
                    yield metric, factor, level, new - old, *_ends(before, step, metric), "path"
        before = step


def _ends(before: Step, step: Step, metric: str) -> tuple[float | None, float | None]:
    """From the intervals of both medians: wider than it has to be, never too narrow."""
    old, new = before.times.get(metric), step.times.get(metric)
    if old is None or new is None or None in (old.low_s, old.high_s, new.low_s, new.high_s):
        return None, None
    assert old.low_s is not None
    assert old.high_s is not None
    assert new.low_s is not None
    assert new.high_s is not None
    return new.low_s - old.high_s, new.high_s - old.low_s


def grid_effects(found: Findings) -> Iterator[_Made]:
    """For every variant that passed, of what it adds to the baseline, the share of each level in
    which it differs; a level's effect is the mean over the variants that have it, `low` and `high`
    the smallest and the largest of them. The baseline is the variant that has the largest image."""
    factors = differing_factors(found.steps)
    passed = {
        tuple(step.levels.get(factor, "") for factor in factors): step
        for step in found.steps
        if step.ok and step.levels
    }
    if len(passed) < 2:
        return
    baseline = max(passed, key=lambda levels: (passed[levels].unpacked_bytes or 0, levels))
    for metric in (*SIZES, *TIMES, *REPUSHES):
        held = {
            levels: value
            for levels, step in passed.items()
            if (value := value_of(step, metric)) is not None
        }
        if baseline in held:
            yield from _shares_of(metric, factors, baseline, held)


def _shares_of(
    metric: str, factors: list[str], baseline: tuple[str, ...], held: dict[tuple[str, ...], float]
) -> Iterator[_Made]:
    found: dict[tuple[str, str], list[float]] = {}
    for target in sorted(held, key=lambda levels: (held[levels], levels))[:MOST_TARGETS]:
        places = [
            n for n, pair in enumerate(zip(baseline, target, strict=True)) if len({*pair}) > 1
        ]
        if not 0 < len(places) <= MOST_FACTORS:
            continue
        states = _states(places, baseline, target, held)
        try:
            split = shares(states)
        except ValueError:
            continue
        for place, share in split.items():
            assert isinstance(place, int)
            found.setdefault((factors[place], target[place]), []).append(share)
    for (factor, level), parts in sorted(found.items()):
        yield (
            metric, factor, level, sum(parts) / len(parts), min(parts), max(parts), "shapley",
        )  # fmt: skip


def _states(
    places: list[int],
    baseline: tuple[str, ...],
    target: tuple[str, ...],
    held: Mapping[tuple[str, ...], float],
) -> dict[State, float]:
    """The measured variants between both, by which places have changed."""
    states: dict[State, float] = {}
    for chosen in range(1 << len(places)):
        changed = frozenset(place for n, place in enumerate(places) if chosen >> n & 1)
        levels = tuple(target[n] if n in changed else level for n, level in enumerate(baseline))
        if levels in held:
            states[changed] = held[levels]
    return states


def value_of(step: Step, metric: str) -> float | None:
    """The step's number for a metric; None where it was not measured."""
    if metric in TIMES:
        span = step.times.get(metric)
        return None if span is None else span.value_s
    if metric in REPUSHES:
        return step.repushed.get(metric)
    value = getattr(step, metric)
    return None if value is None else float(value)
