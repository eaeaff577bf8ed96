"""Variants that fail: a row with step, reason and log tail; the others go on; exit code 1."""

from __future__ import annotations

from typing import NamedTuple

import pytest

from runner.engine.clean import is_orphan, our_containers
from runner.engine.docker.engine import DockerEngine
from runner.model import labels
from runner.model.record import Failure, Record, Status
from tests.e2e.commands import CommandLine, Done, Results
from tests.e2e.hanging import containers_of


class Ran(NamedTuple):
    """A path of which every step but the last fails."""

    done: Done
    results: Results

    def record(self, name: str) -> Record:
        """The step's record."""
        (found,) = [record for record in self.results.records if record.name == name]
        return found

    def failed(self, name: str, status: Status) -> Failure:
        """How a step failed; it ended so in its row, too."""
        (row,) = [row for row in self.results.rows if row["name"] == name]
        assert row["status"] == status.value
        assert row["unpacked_bytes"] == ""
        failure = failure_of(self.record(name), status)
        assert row["failure"] == failure.message
        assert failure.message in self.done.told
        return failure


@pytest.fixture(scope="module")
def ran(usual: tuple[str, ...], tmp_path_factory: pytest.TempPathFactory) -> Ran:
    """The path, run once for all tests here."""
    path = CommandLine(tmp_path_factory.mktemp("failing"), usual=usual).on_path("failing")
    return Ran(path.bench(expect=1), path.results("failing"))


def failure_of(record: Record, status: Status) -> Failure:
    """The failure of a record that ended so."""
    assert record.status is status
    assert record.sizes is None, "what does not work has no size"
    assert record.failure is not None
    return record.failure


def lines_with(text: str, words: str) -> list[str]:
    """The lines that have these words."""
    return [line for line in text.splitlines() if words in line]


def test_a_step_that_cannot_be_built_is_a_row_and_the_others_are_measured(
    here: CommandLine, engine: DockerEngine
) -> None:
    path = here.on_path("troubled")
    running = path.start_bench()
    done = running.wait()
    assert done.exit_code == 1
    assert containers_of(engine, running.process.pid) == []
    results = path.results("troubled")
    results.assert_whole(2)
    assert [row["status"] for row in results.rows] == ["build_failed", "ok"]
    failure = failure_of(results.records[0], Status.build_failed)
    assert "RUN pip install" in failure.step
    assert failure.exit_code == 1
    assert any("dockbench-e2e-has-no-such-package" in line for line in failure.log_tail)
    broken = next(row for row in results.rows if row["name"] == "broken")
    assert "RUN pip install" in broken["failing_step"]
    assert "build failed" in done.told
    told, summed_up = lines_with(done.err, "broken: build failed in ")
    assert summed_up == f"  {told}", "at once, and at the end of the sweep"
    assert "RUN pip install" in told
    assert "exit code 1: ERROR: No matching distribution found for" in told
    for text in (done.told, done.err, broken["failure"]):
        assert "No matching distribution found for dockbench-e2e-has-no-such-package" in text
    assert "  | ERROR: Could not find a version" in done.err
    assert "broken" in (results.paths.tables / "summary.md").read_text()
    log = next(path for path in results.paths.logs.iterdir() if "no-such-pack" in path.read_text())
    assert "failed in" in log.read_text()

    again = path.bench(expect=1)
    assert "1 of 2 measured on this engine before" in again.err
    assert [record.name for record in results.records].count("broken") == 2


def test_the_path_goes_on_after_each_failure(ran: Ran) -> None:
    ran.results.assert_whole(8)
    by_step = sorted(ran.results.records, key=lambda record: record.step or 0)
    statuses = [record.status for record in by_step]
    assert statuses[-1] is Status.ok
    assert Status.ok not in statuses[:-1]


def test_no_container_is_left(ran: Ran, engine: DockerEngine) -> None:
    variants = {record.variant_id for record in ran.results.records}
    marks = [found["Labels"] for found in our_containers(engine)]
    left = {mark.get(labels.VARIANT) for mark in marks if is_orphan(mark, local=True)}
    assert not variants & left


def test_a_file_that_is_not_in_the_repository(ran: Ran) -> None:
    failure = ran.failed("forgotten", Status.build_failed)
    assert "requirements/forgotten.txt" in failure.step + failure.message


def test_an_index_that_is_down_ends_the_build_in_time(ran: Ran) -> None:
    failure = ran.failed("index_down", Status.build_failed)
    assert ran.record("index_down").elapsed_s < 300
    assert "pip install" in failure.step
    assert any("Connection refused" in line for line in failure.log_tail)
    told, _ = lines_with(ran.done.err, "index_down: build failed in ")
    assert "the package index does not answer (Connection refused): check the network" in told
    assert told.endswith(failure.message)


def test_a_build_that_takes_too_long_is_stopped(ran: Ran) -> None:
    assert "2 s" in ran.failed("too_long", Status.build_timeout).message


def test_a_container_that_never_answers(ran: Ran) -> None:
    failure = ran.failed("never_answers", Status.check_timeout)
    assert failure.step == "check: GET /health"
    assert "not healthy within 3 s" in failure.message
    assert failure.log_tail == ("starting sleep",)
    told, _ = lines_with(ran.done.err, "never_answers: check timeout in ")
    assert told.endswith(failure.message)


def test_a_container_that_ends_at_once(ran: Ran) -> None:
    failure = ran.failed("ends_at_once", Status.check_failed)
    assert failure.exit_code == 1
    assert "exited with 1 before it was healthy" in failure.message
    # Two streams: the engine writes down what comes first on either.
    assert sorted(failure.log_tail) == ["no configuration, no service", "starting die"]
    assert "  | no configuration, no service" in ran.done.err


def test_a_command_that_is_not_in_the_image(ran: Ran) -> None:
    failure = ran.failed("no_such_command", Status.check_failed)
    assert failure.step == "check: start"
    assert "gunicron" in failure.message


def test_an_answer_that_is_not_the_expected_one(ran: Ran) -> None:
    failure = ran.failed("wrong_answer", Status.check_failed)
    assert "$.sum: expected 43, got 42" in failure.message
