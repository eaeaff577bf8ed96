"""Repeated measurements of variants as samples, as blocks, and compared with a reference."""

from __future__ import annotations

from collections.abc import Hashable, Iterator
from dataclasses import dataclass
from functools import lru_cache

from runner.analysis.findings import Findings
from runner.analysis.labels import variant_key
from runner.analysis.sample_warnings import warnings_of
from runner.analysis.statistics import Blocks, Comparison, compare
from runner.analysis.steps import TIMES, Step, samples
from runner.model.errors import ConfigError
from runner.model.record import Record, Status


@dataclass(frozen=True)
class Sample:
    """One number that one trial measured."""

    experiment: str
    variant_id: str
    name: str
    label: str
    trial: int
    """Trials of one number are a block: every variant was measured once, in shuffled order."""
    metric: str
    """The column of summary.csv that it counts for."""
    value: float
    started_at: str


def samples_of(found: Findings) -> Iterator[Sample]:
    """Every sample of the trials that passed, in the order of variants and trials."""
    labels: dict[Hashable, str] = {
        (step.experiment, step.name, step.variant_id): step.label for step in found.steps
    }
    for record in found.records:
        if record.status is Status.ok:
            for metric, value in samples(record):
                yield _sample(record, labels[variant_key(record)], metric, value)


def _sample(record: Record, label: str, metric: str, value: float) -> Sample:
    return Sample(
        record.experiment, record.variant_id, record.name, label, record.trial, metric, value,
        record.provenance.started_at,
    )  # fmt: skip


def blocks_of(found: Findings, metric: str) -> Blocks:
    """For each trial what every variant (by label) measured; those that failed are left out."""
    passed = {step.label for step in found.steps if step.ok}
    blocks: dict[int, dict[str, float]] = {}
    for sample in samples_of(found):
        if sample.metric == metric and sample.label in passed:
            blocks.setdefault(sample.trial, {})[sample.label] = sample.value
    return [blocks[trial] for trial in sorted(blocks)]


@dataclass(frozen=True)
class Times:
    """One metric of every variant against the reference."""

    metric: str
    comparisons: tuple[Comparison, ...]


def reference_of(steps: tuple[Step, ...], asked: str = "") -> Step | None:
    """The variant that others are compared with: the one that is asked for by name, label or id,
    else the first step, else `defaults`, else the first row. None if none passed.

    Raises `ConfigError` naming what there is.
    """
    passed = [step for step in steps if step.ok]
    if not asked:
        default = [step for step in passed if step.name == "defaults"]
        return next(iter([*default, *passed]), None)
    for step in passed:
        if asked in (step.label, step.name, step.variant_id):
            return step
    known = ", ".join(step.label for step in passed[:10]) or "none, as none passed"
    raise ConfigError(f"reference {asked!r} is not a variant that passed: choose from {known}")


MOST_COMPARED = 60
"""Variants of a comparison: each is resampled thousands of times."""


@lru_cache(maxsize=4)
def compared_times(found: Findings, asked: str = "") -> tuple[Step | None, tuple[Times, ...]]:
    """The reference, and for each time that was measured more than once how every other variant
    compares with it; nothing where each variant was measured once."""
    reference = reference_of(found.steps, asked)
    if reference is None or len(found.steps) > MOST_COMPARED:
        return reference, ()
    times = []
    for metric in TIMES:
        blocks = blocks_of(found, metric)
        if len(blocks) > 1 and any(reference.label in block for block in blocks):
            times.append(Times(metric, tuple(compare(blocks, reference.label))))
    return reference, tuple(one for one in times if one.comparisons)


def odd_samples(found: Findings) -> tuple[str, ...]:
    """A line for each variant and time whose samples are odd, and what to do about it."""
    held: dict[tuple[str, str], list[float]] = {}
    for sample in sorted(samples_of(found), key=lambda sample: sample.started_at):
        if sample.metric in TIMES:
            held.setdefault((sample.label, sample.metric), []).append(sample.value)
    return tuple(
        f"{label}, {metric.removesuffix('_s').replace('_', ' ')}: {warning}"
        for (label, metric), values in held.items()
        for warning in warnings_of(values)
    )
