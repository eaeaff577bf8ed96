"""What the trials of one variant say together: a step, and what comparing steps adds to it."""

from __future__ import annotations

from collections.abc import Hashable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from statistics import median_low

from runner.analysis.labels import Labels, variant_key
from runner.analysis.no_effect import no_effect
from runner.analysis.statistics import median_interval
from runner.model.levels import FACTORS
from runner.model.record import Record, Sizes, Status
from runner.model.variant import in_order

SCENARIOS: tuple[str, ...] = ("cold", "mounts_warm", "noop", "source_edit", "deps_edit")
"""The scenarios that have a column, `<scenario>_s`."""

REPUSHED: tuple[str, ...] = ("source", "deps")
"""The edits whose repushed bytes have a column, `<edit>_repush_bytes`."""

UNSHIPPED = ("minimal", "traced")
"""Levels of prune that are not for shipping, for records of versions that did not say."""

TIMES: tuple[str, ...] = (*(f"{scenario}_s" for scenario in SCENARIOS), "healthy_s")
"""The columns of times."""

REPUSHES: tuple[str, ...] = tuple(f"{edit}_repush_bytes" for edit in REPUSHED)
"""The columns of what an edit makes a deploy upload again."""


@dataclass(frozen=True)
class Span:
    """A median in seconds, and its interval where there is more than one trial."""

    value_s: float
    low_s: float | None = None
    high_s: float | None = None


@dataclass(frozen=True)
class Step:
    """One variant as tables and figures show it; None where nothing was measured.

    Sizes are in bytes, times in seconds. `ok` is false if a trial failed: then there is no size.
    """

    variant_id: str
    number: int | None
    """Position in the path, from 0; None for a variant of a grid."""
    name: str
    label: str
    """What it is called where it stands between others: no two have the same."""
    about: str
    ships: bool
    """Whether such an image may be shipped."""
    changed: str
    """Levels that differ from the step before, as `factor=level, …`."""
    levels: Mapping[str, str]
    """Factor → level; empty for a Dockerfile that somebody brought."""
    status: str
    failing_step: str
    failure: str
    """Why it failed; empty where it passed."""
    log_tail: str
    """The last lines that it printed, if it failed."""
    base_provider: str
    base_reference: str
    base_digest: str
    builder: str
    dockerfile_digest: str
    tags: str
    experiment: str
    chain: str
    """What the path of the step was swept over; empty for a path by itself."""
    context_bytes: int | None
    context_files: int | None
    unpacked_bytes: int | None
    base_bytes: int | None
    own_bytes: int | None
    compressed_bytes: int | None
    wasted_bytes: int | None
    floor_bytes: int | None
    """What the container opened of its image while its check ran."""
    layers: int | None
    own_layers: int | None
    compressor: str
    times: Mapping[str, Span]
    """Column (`cold_s`) → median over the trials; only what was measured."""
    repushed: Mapping[str, int]
    """Column (`source_repush_bytes`) → bytes; only what was measured."""
    trials: int
    failed_trials: int
    original_bytes: int | None
    """What the original post measured at this step."""
    saved_bytes: int | None = None
    """Against the last step that passed its check; negative if the image grew."""
    factor: float | None = None
    """How many times smaller than the first step."""
    no_effect: str = ""
    """Why the step came to nothing; empty if it did not."""
    size_rank: int | None = None
    """1 for the smallest image; equal ones share a rank."""

    @property
    def ok(self) -> bool:
        """Whether every trial passed, so that the numbers count."""
        return self.status == "ok"

    @property
    def standin(self) -> bool:
        """Whether the base image is a stand-in."""
        return self.base_provider == "standin"


def samples(record: Record) -> Iterator[tuple[str, float]]:
    """Every number that a trial measured anew each time, as (column, value)."""
    for timed in record.scenarios:
        if timed.name in SCENARIOS:
            yield f"{timed.name}_s", timed.duration_s
        edit = timed.name.removesuffix("_edit")
        if edit in REPUSHED and timed.repush_bytes is not None:
            yield f"{edit}_repush_bytes", timed.repush_bytes
    if record.check is not None:
        yield "healthy_s", record.check.healthy_s


def steps_of(groups: Iterable[Sequence[Record]], names: Labels) -> tuple[Step, ...]:
    """A step for each group of trials: by path and step, else from the smallest to the largest."""
    made = [(_step(trials, names), trials[0]) for trials in groups]
    made.sort(key=lambda pair: _place(pair[0]))
    compared = _compared(made)
    sizes = sorted(step.unpacked_bytes for step in compared if step.unpacked_bytes is not None)
    ranks = {size: place for place, size in reversed(list(enumerate(sizes, start=1)))}
    return tuple(
        step if step.unpacked_bytes is None else replace(step, size_rank=ranks[step.unpacked_bytes])
        for step in compared
    )


def _step(trials: Sequence[Record], names: Labels) -> Step:
    """What differs between the trials comes from the first; sizes are those of the trial whose
    unpacked size is the low median: they describe one real image."""
    first = trials[0]
    key: Hashable = variant_key(first)
    failed = next((record for record in trials if record.status is not Status.ok), None)
    failure = failed.failure if failed else None
    passed = () if failed else trials
    context = next((record.context for record in trials if record.context is not None), None)
    sizes = _median_sizes(record.sizes for record in passed if record.sizes)
    of_base = [layer for layer in sizes.layers if layer.is_base] if sizes else []
    base_bytes = sum(layer.unpacked_bytes for layer in of_base)
    floors = [record.floor.bytes for record in passed if record.floor is not None]
    times, repushed = _medians(passed)
    return Step(
        variant_id=first.variant_id,
        number=first.step,
        name=first.name,
        label=names.texts[key],
        about=first.about,
        ships=_ships(first),
        changed=changed_text(first.changed),
        levels=first.levels,
        status=(failed or first).status.value,
        failing_step=failure.step if failure else "",
        failure=failure.told if failure else "",
        log_tail="\n".join(failure.log_tail) if failure else "",
        base_provider=first.base.provider,
        base_reference=first.base.reference,
        base_digest=first.base.digest,
        builder=first.provenance.builder,
        dockerfile_digest=first.dockerfile_digest,
        tags=", ".join(first.tags),
        experiment=first.experiment,
        chain=names.chains.get(key, ""),
        context_bytes=context.bytes if context else None,
        context_files=context.files if context else None,
        unpacked_bytes=sizes.unpacked_bytes if sizes else None,
        base_bytes=base_bytes if sizes else None,
        own_bytes=sizes.unpacked_bytes - base_bytes if sizes else None,
        compressed_bytes=sizes.compressed_bytes if sizes else None,
        wasted_bytes=sizes.wasted_bytes if sizes else None,
        floor_bytes=median_low(floors) if floors else None,
        layers=len(sizes.layers) if sizes else None,
        own_layers=len(sizes.layers) - len(of_base) if sizes else None,
        compressor=sizes.compressor if sizes else "",
        times=times,
        repushed=repushed,
        trials=len(trials),
        failed_trials=sum(record.status is not Status.ok for record in trials),
        original_bytes=first.original_bytes,
    )


def _ships(record: Record) -> bool:
    if record.ships is not None:
        return record.ships
    return record.levels.get("prune") not in UNSHIPPED


def changed_text(changed: dict[str, str]) -> str:
    """`base=alpine, cache=purge`, in the factors' order."""
    return ", ".join(f"{key}={value}" for key, value in in_order(changed))


def _median_sizes(sizes: Iterable[Sizes]) -> Sizes | None:
    ranked = sorted(sizes, key=lambda item: (item.unpacked_bytes, item.compressed_bytes))
    return ranked[(len(ranked) - 1) // 2] if ranked else None


def _medians(trials: Sequence[Record]) -> tuple[dict[str, Span], dict[str, int]]:
    """The median of each time with its interval; of repushed bytes the low median."""
    measured: dict[str, list[float]] = {}
    for record in trials:
        for column, value in samples(record):
            measured.setdefault(column, []).append(value)
    times: dict[str, Span] = {}
    repushed: dict[str, int] = {}
    for column, values in measured.items():
        if column.endswith("_bytes"):
            repushed[column] = int(median_low(values))
        else:
            found = median_interval(values)
            several = found.count > 1
            times[column] = (
                Span(found.value, found.low, found.high) if several else Span(found.value)
            )
    return times, repushed


def _place(step: Step) -> tuple[str, str, float, float, str, str]:
    """Steps first, path by path and in order; then by size, with what has none at the end."""
    in_path, size = step.number is not None, step.unpacked_bytes
    return (
        step.experiment if in_path else "\U0010ffff",
        step.chain,
        float("inf") if step.number is None else step.number,
        float("inf") if size is None or in_path else size,
        step.label,
        step.variant_id,
    )


def _compared(made: Sequence[tuple[Step, Record]]) -> list[Step]:
    """Each step with what it saved since the last good one of its path, how many times smaller than
    the first it is, and, where it did nothing, why."""
    firsts: dict[tuple[str, str], int | None] = {}
    good: dict[tuple[str, str], tuple[int, Record]] = {}
    compared = []
    for step, record in made:
        path, size = (step.experiment, step.chain), step.unpacked_bytes
        if step.number is not None:
            first = firsts.setdefault(path, size)
            if size is not None:
                if path in good:
                    before, other = good[path]
                    saved, why = before - size, no_effect(other, record)
                    step = replace(step, saved_bytes=saved, no_effect=why)
                if first is not None and size > 0:
                    step = replace(step, factor=first / size)
                good[path] = (size, record)
        compared.append(step)
    return compared


def level_factors(levels: Iterable[Mapping[str, str]]) -> list[str]:
    """The factors, and what else the records have levels for."""
    named = {factor for held in levels for factor in held}
    return [*FACTORS, *sorted(named - set(FACTORS))]
