"""One Hydra job: one trial of one variant. It writes its record and returns its metrics."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from runner.dockerfile.steps_as_written import as_written
from runner.model.errors import ConfigError, DockbenchError
from runner.model.record import Record


class Metrics(dict[str, float]):
    """A trial's numbers, flat, by the names of the table's columns.

    The record that they come from travels with them, so that it comes home from another machine.
    """

    record: Record


class VariantFailedError(DockbenchError):
    """The variant could not be built, did not pass its check, or could not be measured.

    To Hydra a job that failed; its record, which says why, is written.
    """

    exit_code = 1

    def __init__(self, record: Record) -> None:
        super().__init__(record)
        self.record = record

    def __str__(self) -> str:
        """`slim: build failed in RUN pip install: exit code 1: …`."""
        return failure_line(self.record)


@dataclass(frozen=True)
class JobEnd:
    """How a job ended, as it came back from its launcher."""

    record: Record | None = None
    """None where there is none: the request, the engine or the launcher was at fault."""
    error: BaseException | None = None


def failure_line(record: Record) -> str:
    """Which variant failed, where and why, on one line."""
    failure = record.failure
    assert failure is not None
    status = record.status.value.replace("_", " ")
    trial = f" (trial {record.trial})" if record.trial else ""
    return f"{record.name}{trial}: {status} in {as_written(failure.step)}: {failure.told}"


def metrics(record: Record) -> Metrics:
    """The numbers of a trial that succeeded: sizes in bytes, times in seconds."""
    found = Metrics()
    found.record = record
    if record.sizes is not None:
        found["unpacked_bytes"] = float(record.sizes.unpacked_bytes)
        found["compressed_bytes"] = float(record.sizes.compressed_bytes)
        found["layers"] = float(len(record.sizes.layers))
        if record.sizes.wasted_bytes is not None:
            found["wasted_bytes"] = float(record.sizes.wasted_bytes)
    if record.floor is not None:
        found["floor_bytes"] = float(record.floor.bytes)
    if record.context is not None:
        found["context_bytes"] = float(record.context.bytes)
    for scenario in record.scenarios:
        found[f"{scenario.name}_s"] = scenario.duration_s
        edit = scenario.name.removesuffix("_edit")
        if scenario.repush_bytes is not None and edit != scenario.name:
            found[f"{edit}_repush_bytes"] = float(scenario.repush_bytes)
    if record.check is not None:
        found["healthy_s"] = record.check.healthy_s
    found["elapsed_s"] = record.elapsed_s
    return found


def objectives(found: Metrics, names: Sequence[str]) -> float | list[float]:
    """What a sweeper that optimises is given: one number, or one for each of its directions.

    Raises `ConfigError` for a metric that the trial does not have.
    """
    for name in names:
        if name not in found:
            raise ConfigError(
                f"run.objective: this trial has no {name}; choose from {', '.join(sorted(found))}"
            )
    values = [found[name] for name in names]
    return values[0] if len(values) == 1 else values
