"""A path's rows as steps: computed here, drawn elsewhere."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from runner.analysis.rows import REPUSHED, SCENARIOS, Row
from runner.model.levels import FACTORS


@dataclass(frozen=True)
class Span:
    """A median in seconds, and its interval where there is more than one trial."""

    value_s: float
    low_s: float | None = None
    high_s: float | None = None


TIMES: tuple[str, ...] = (*(f"{scenario}_s" for scenario in SCENARIOS), "healthy_s")
"""The columns of times."""

REPUSHES: tuple[str, ...] = tuple(f"{edit}_repush_bytes" for edit in REPUSHED)
"""The columns of what an edit makes a deploy upload again."""


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
    no_effect: str
    """Why the step came to nothing; empty if it did not."""
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
    standin: bool
    """Whether the base image is a stand-in."""
    unpacked_bytes: int | None
    base_bytes: int | None
    own_bytes: int | None
    compressed_bytes: int | None
    wasted_bytes: int | None
    floor_bytes: int | None
    """What the container opened of its image while its check ran."""
    layers: int | None
    own_layers: int | None
    times: Mapping[str, Span]
    """Column (`cold_s`) → median over the trials; only what was measured."""
    repushed: Mapping[str, int]
    """Column (`source_repush_bytes`) → bytes; only what was measured."""
    trials: int
    saved_bytes: int | None
    """Against the last step that passed its check; negative if the image grew."""
    factor: float | None
    """How many times smaller than the first step."""
    original_bytes: int | None
    """What the original post measured at this step."""

    @property
    def ok(self) -> bool:
        """Whether every trial passed, so that the numbers count."""
        return self.status == "ok"


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


def steps_of(rows: Iterable[Row]) -> tuple[Step, ...]:
    """Every row, in its order."""
    return tuple(_step(row) for row in rows)


def _step(row: Row) -> Step:
    levels = row["levels"]
    assert isinstance(levels, dict)
    return Step(
        variant_id=str(row["variant_id"]),
        number=_whole(row, "step"),
        name=str(row["name"]),
        label=str(row["label"]),
        about=_text(row, "about"),
        ships=bool(row["ships"]),
        no_effect=_text(row, "no_effect"),
        changed=_text(row, "changed"),
        levels=levels,
        status=str(row["status"]),
        failing_step=_text(row, "failing_step"),
        failure=_text(row, "failure"),
        log_tail=_text(row, "log_tail"),
        standin=row["base_provider"] == "standin",
        unpacked_bytes=_whole(row, "unpacked_bytes"),
        base_bytes=_whole(row, "base_bytes"),
        own_bytes=_whole(row, "own_bytes"),
        compressed_bytes=_whole(row, "compressed_bytes"),
        wasted_bytes=_whole(row, "wasted_bytes"),
        floor_bytes=_whole(row, "floor_bytes"),
        layers=_whole(row, "layers"),
        own_layers=_whole(row, "own_layers"),
        times={column: span for column in TIMES if (span := _span(row, column)) is not None},
        repushed={column: size for column in REPUSHES if (size := _whole(row, column)) is not None},
        trials=_whole(row, "trials") or 0,
        saved_bytes=_whole(row, "saved_bytes"),
        factor=_number(row, "factor_vs_first"),
        original_bytes=_whole(row, "original_bytes"),
    )


def _span(row: Row, column: str) -> Span | None:
    value, bare = _number(row, column), column.removesuffix("_s")
    if value is None:
        return None
    return Span(value, _number(row, f"{bare}_low_s"), _number(row, f"{bare}_high_s"))


def _whole(row: Row, column: str) -> int | None:
    value = row.get(column)
    return value if isinstance(value, int) else None


def _number(row: Row, column: str) -> float | None:
    value = row.get(column)
    return float(value) if isinstance(value, int | float) else None


def _text(row: Row, column: str) -> str:
    return str(row.get(column) or "")
