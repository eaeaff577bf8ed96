"""What the trials of one variant say together: one row, and what comparing rows adds to it."""

from __future__ import annotations

from collections.abc import Hashable, Iterable, Iterator, Mapping, Sequence
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

Row = dict[str, object]


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


def rows_of(groups: Iterable[Sequence[Record]], names: Labels) -> list[Row]:
    """A row for each group of trials: by path and step, else from the smallest to the largest."""
    made = [(_row(trials, names), trials[0]) for trials in groups]
    made.sort(key=lambda pair: _place(pair[0]))
    _compare_steps(made)
    rows = [row for row, _ in made]
    _rank(rows)
    return rows


def _row(trials: Sequence[Record], names: Labels) -> Row:
    """What differs between the trials comes from the first."""
    first = trials[0]
    key: Hashable = variant_key(first)
    failed = [record for record in trials if record.status is not Status.ok]
    row: Row = {
        "experiment": first.experiment,
        "variant_id": first.variant_id,
        "name": first.name,
        "label": names.texts[key],
        "chain": names.chains.get(key, ""),
        "status": (failed[0] if failed else first).status.value,
        "base_provider": first.base.provider,
        "step": first.step,
        "about": first.about,
        "changed": changed_text(first.changed),
        "ships": _ships(first),
        "original_bytes": first.original_bytes,
        "trials": len(trials),
        "failed_trials": len(failed),
        "builder": first.provenance.builder,
        "base_reference": first.base.reference,
        "base_digest": first.base.digest,
        "dockerfile_digest": first.dockerfile_digest,
        "tags": ", ".join(first.tags),
        "levels": first.levels,
    }
    contexts = [record.context for record in trials if record.context is not None]
    if contexts:
        row |= {"context_bytes": contexts[0].bytes, "context_files": contexts[0].files}
    if failed:
        return row | _failure(failed[0])
    row |= _sizes([record.sizes for record in trials if record.sizes]) | _medians(trials)
    floors = [record.floor.bytes for record in trials if record.floor is not None]
    return row | ({"floor_bytes": median_low(floors)} if floors else {})


def _ships(record: Record) -> bool:
    if record.ships is not None:
        return record.ships
    return record.levels.get("prune") not in UNSHIPPED


def changed_text(changed: dict[str, str]) -> str:
    """`base=alpine, cache=purge`, in the factors' order."""
    return ", ".join(f"{key}={value}" for key, value in in_order(changed))


def _failure(record: Record) -> Row:
    if record.failure is None:
        return {}
    return {
        "failing_step": record.failure.step,
        "failure": record.failure.message,
        "log_tail": "\n".join(record.failure.log_tail),
    }


def _sizes(sizes: Sequence[Sizes]) -> Row:
    """Those of the trial whose unpacked size is the low median: they describe one real image."""
    if not sizes:
        return {}
    ranked = sorted(sizes, key=lambda item: (item.unpacked_bytes, item.compressed_bytes))
    chosen = ranked[(len(ranked) - 1) // 2]
    own = [layer for layer in chosen.layers if not layer.is_base]
    base_bytes = sum(layer.unpacked_bytes for layer in chosen.layers if layer.is_base)
    return {
        "unpacked_bytes": chosen.unpacked_bytes,
        "compressed_bytes": chosen.compressed_bytes,
        "wasted_bytes": chosen.wasted_bytes,
        "compressor": chosen.compressor,
        "layers": len(chosen.layers),
        "own_layers": len(own),
        "base_bytes": base_bytes,
        "own_bytes": chosen.unpacked_bytes - base_bytes,
    }


def _medians(trials: Sequence[Record]) -> Row:
    """The median of each time with its interval; of repushed bytes the low median."""
    measured: dict[str, list[float]] = {}
    for record in trials:
        for column, value in samples(record):
            measured.setdefault(column, []).append(value)
    row: Row = {}
    for column, values in measured.items():
        if column.endswith("_bytes"):
            row[column] = int(median_low(values))
            continue
        found = median_interval(values)
        row[column] = found.value
        if found.count > 1:
            bare = column.removesuffix("_s")
            row |= {f"{bare}_low_s": found.low, f"{bare}_high_s": found.high}
    return row


def _place(row: Row) -> tuple[str, str, float, float, str, str]:
    """Steps first, path by path and in order; then by size, with what has none at the end."""
    step, size = row["step"], row.get("unpacked_bytes")
    in_path = isinstance(step, int)
    return (
        str(row["experiment"]) if in_path else "\U0010ffff",
        str(row["chain"]),
        step if isinstance(step, int) else float("inf"),
        size if isinstance(size, int) and not in_path else float("inf"),
        str(row["label"]),
        str(row["variant_id"]),
    )


def _compare_steps(made: Sequence[tuple[Row, Record]]) -> None:
    """Add to each step what it saved since the last good one of its path, how many times smaller
    than the first it is, and, where it did nothing, why."""
    paths: dict[object, list[tuple[Row, Record]]] = {}
    for row, record in made:
        if row["step"] is not None:
            paths.setdefault((row["experiment"], row["chain"]), []).append((row, record))
    for steps in paths.values():
        first = steps[0][0].get("unpacked_bytes")
        before: tuple[int, Record] | None = None
        for row, record in steps:
            size = row.get("unpacked_bytes")
            if not isinstance(size, int):
                continue
            if before is not None:
                row["saved_bytes"] = before[0] - size
                row["no_effect"] = no_effect(before[1], record)
            if isinstance(first, int) and size > 0:
                row["factor_vs_first"] = first / size
            before = (size, record)


def _rank(rows: Sequence[Row]) -> None:
    sizes = sorted(size for row in rows if isinstance(size := row.get("unpacked_bytes"), int))
    ranks: dict[int, int] = {}
    for place, size in enumerate(sizes, start=1):
        ranks.setdefault(size, place)
    for row in rows:
        if isinstance(size := row.get("unpacked_bytes"), int):
            row["size_rank"] = ranks[size]


def level_factors(levels: Iterable[Mapping[str, str]]) -> list[str]:
    """The factors, and what else the records have levels for."""
    named = {factor for held in levels for factor in held}
    return [*FACTORS, *sorted(named - set(FACTORS))]
