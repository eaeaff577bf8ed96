"""What cannot be measured at all, and how that is said."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from runner.model.errors import BaseError, ConstraintError
from runner.model.record import Status
from runner.recipe import constraints
from runner.sweep.plan import PlannedVariant
from runner.sweep.prepare import ReadyVariant


@dataclass(frozen=True)
class Refusal:
    """A variant whose levels contradict each other."""

    name: str
    reason: str


def first_refusal(planned: Sequence[PlannedVariant]) -> Refusal | None:
    """The first variant whose levels contradict each other; raises `ConfigError` for bad values."""
    for variant in planned:
        config = variant.config
        try:
            constraints.check(config.levels(), config.project, config.builder)
        except ConstraintError as error:
            step = f"step {variant.name}: " if variant.step is not None else ""
            return Refusal(variant.name, f"{step}{error}")
    return None


def nothing_but(refused: Sequence[Refusal]) -> ConstraintError:
    """The error of a sweep that was refused as a whole."""
    first, *others = refused
    if not others:
        return ConstraintError(first.reason)
    return ConstraintError(
        f"all {len(refused)} combinations contradict themselves; the first, {first.name}:"
        f" {first.reason}"
    )


def no_base(variants: Sequence[ReadyVariant]) -> BaseError | None:
    """The error of a sweep of which no variant has a base; None if one has, or there is none."""
    ends = [item.end for item in variants if item.end is not None]
    if not ends or len(ends) < len(variants):
        return None
    if any(end.status is not Status.base_failed for end in ends):
        return None
    reasons = list(dict.fromkeys(end.failure.message for end in ends))
    if len(reasons) == 1:
        return BaseError(reasons[0])
    return BaseError(
        f"no base of {len(variants)} variants can be had; the first,"
        f" {variants[0].variant.name}: {reasons[0]}"
    )


def no_source(sources: Sequence[ReadyVariant]) -> BaseError | None:
    """The error of a comparison where no Dockerfile of the project's own can be built; None where
    one can, or there is none. Alternatives that do not start from one would lose what it does."""
    ends = [item.end for item in sources]
    if not ends or any(end is None or end.status is not Status.base_failed for end in ends):
        return None
    said = [
        f"{item.variant.name}: {item.end.failure.message}"
        for item in sources
        if item.end is not None
    ]
    return BaseError("; ".join(dict.fromkeys(said)))
