"""Variants that fail: a row with step, reason and log tail; the others go on; exit code 1."""

from __future__ import annotations

import time
from collections.abc import Iterator

import pytest

from runner.engine.clean import is_orphan, our_containers
from runner.engine.port import Engine
from runner.model import labels
from runner.model.record import Failure, Record, Status
from tests.e2e.commands import CommandLine, Done

DOWN = "http://127.0.0.1:9/simple"
"""An index where nothing listens: port 9 discards, where there is anything at all."""


def failure_of(record: Record, status: Status) -> Failure:
    """The failure of a record that ended so."""
    assert record.status is status
    assert record.sizes is None, "what does not work has no size"
    assert record.failure is not None
    return record.failure


def one_failure(here: CommandLine, status: Status, *overrides: str) -> tuple[Failure, Done]:
    """How the only variant of a bench failed."""
    done = here.bench(*overrides, expect=1)
    results = here.results("variants")
    results.assert_whole(1)
    (row,) = results.rows
    assert row["status"] == status.value
    assert row["unpacked_bytes"] == ""
    (record,) = results.records
    return failure_of(record, status), done


@pytest.fixture
def nothing_left(engine: Engine, here: CommandLine) -> Iterator[CommandLine]:
    """The working folder; after the test no container of its variants is there."""
    yield here
    records = [
        record
        for folder in (here.folder / "results").iterdir()
        for record in here.results(folder.name).records
    ]
    variants = {record.variant_id for record in records}
    assert variants
    marks = [found["Labels"] for found in our_containers(engine)]
    left = {mark.get(labels.VARIANT) for mark in marks if is_orphan(mark, local=True)}
    assert not variants & left


def lines_with(text: str, words: str) -> list[str]:
    """The lines that have these words."""
    return [line for line in text.splitlines() if words in line]


def test_a_step_that_cannot_be_built_is_a_row_and_the_others_are_measured(
    nothing_left: CommandLine, usual: tuple[str, ...]
) -> None:
    provider = next(word for word in usual if word.startswith("base.provider="))
    path = CommandLine(nothing_left.folder, usual=("experiment=troubled", provider))
    done = path.bench(expect=1)
    results = path.results("troubled")
    results.assert_whole(2)
    assert [row["status"] for row in results.rows] == ["build_failed", "ok"]
    failure = failure_of(results.records[0], Status.build_failed)
    assert "RUN pip install" in failure.step
    assert failure.exit_code == 1
    assert any("dockbench-e2e-has-no-such-package" in line for line in failure.log_tail)
    broken = next(row for row in results.rows if row["name"] == "broken")
    assert "RUN pip install" in broken["failing_step"]
    assert "build failed" in done.out
    (told,) = lines_with(done.err, "broken: build failed in ")
    assert "RUN pip install" in told
    assert "exit code 1: ERROR: No matching distribution found for" in told
    for text in (done.out, done.err, broken["failure"]):
        assert "No matching distribution found for dockbench-e2e-has-no-such-package" in text
    assert "  | ERROR: Could not find a version" in done.err
    assert "broken" in (results.paths.tables / "summary.md").read_text()
    log = next(path for path in results.paths.logs.iterdir() if "no-such-pack" in path.read_text())
    assert "failed in" in log.read_text()

    again = path.bench(expect=1)
    assert "1 of 2 measured on this engine before" in again.err
    assert [record.name for record in results.records].count("broken") == 2


def test_a_file_that_is_not_in_the_repository(here: CommandLine) -> None:
    missing = "project.dependencies.trimmed.requirements=requirements/forgotten.txt"
    failure, _ = one_failure(here, Status.build_failed, missing)
    assert "requirements/forgotten.txt" in failure.step + failure.message


def test_an_index_that_is_down_ends_the_build_in_time(nothing_left: CommandLine) -> None:
    begun = time.monotonic()
    failure, done = one_failure(
        nothing_left,
        Status.build_failed,
        *("mirror=custom", f"mirror.index_url={DOWN}", "deps=stale", "run.build_timeout_s=120"),
    )
    assert time.monotonic() - begun < 300
    assert "pip install" in failure.step
    assert any("Connection refused" in line for line in failure.log_tail)
    (told,) = lines_with(done.err, "build failed in ")
    assert "the package index does not answer (Connection refused): check the network" in told
    assert told.endswith(failure.message)
    assert "pip install" in done.out
    (row,) = nothing_left.results("variants").rows
    assert row["failure"] == failure.message


def test_a_build_that_takes_too_long_is_stopped(here: CommandLine) -> None:
    # pip waits longer between its attempts than the limit allows.
    failure, _ = one_failure(
        here,
        Status.build_timeout,
        *("mirror=custom", f"mirror.index_url={DOWN}", "deps=stale", "run.build_timeout_s=2"),
    )
    assert "2 s" in failure.message


def test_a_container_that_never_answers(nothing_left: CommandLine) -> None:
    failure, done = one_failure(
        nothing_left,
        Status.check_timeout,
        *("project.command=[python,-m,page.app,sleep]", "project.check.timeout_s=3"),
    )
    assert failure.step == "check: GET /health"
    assert "not healthy within 3 s" in failure.message
    assert failure.log_tail == ("starting sleep",)
    assert "not healthy within 3 s" in done.out


def test_a_container_that_ends_at_once(nothing_left: CommandLine) -> None:
    failure, done = one_failure(
        nothing_left, Status.check_failed, "project.command=[python,-m,page.app,die]"
    )
    assert failure.exit_code == 1
    assert "ended with exit code 1" in failure.message
    # Two streams: the engine writes down what comes first on either.
    assert sorted(failure.log_tail) == ["no configuration, no service", "starting die"]
    assert "  | no configuration, no service" in done.err


def test_a_command_that_is_not_in_the_image(nothing_left: CommandLine) -> None:
    failure, _ = one_failure(nothing_left, Status.check_failed, "project.command=[gunicron]")
    assert failure.step == "check: start"
    assert "gunicron" in failure.message


def test_an_answer_that_is_not_the_expected_one(nothing_left: CommandLine) -> None:
    failure, done = one_failure(
        nothing_left, Status.check_failed, "project.check.answer_file=check/wrong.json"
    )
    assert "$.sum: expected 43, got 42" in failure.message
    assert "expected 43, got 42" in done.out
