"""What a trial has found so far; it goes into the record however the trial ends."""

from __future__ import annotations

from dataclasses import dataclass, field

from runner.model.record import (
    CheckRecord,
    ContextRecord,
    Failure,
    FloorRecord,
    ScenarioRecord,
    Sizes,
    Status,
)


@dataclass
class Found:
    """The findings, filled in from stage to stage."""

    context: ContextRecord | None = None
    image_id: str = ""
    """Of the cold build: what is checked and measured."""
    scenarios: tuple[ScenarioRecord, ...] = ()
    left_out: dict[str, str] = field(default_factory=dict)
    check: CheckRecord | None = None
    sizes: Sizes | None = None
    floor: FloorRecord | None = None
    notes: tuple[str, ...] = ()
    status: Status = Status.ok
    failure: Failure | None = None
