"""Ctrl-C, SIGTERM and kill -9 in the middle of a build and of a check, and the run after it."""

from __future__ import annotations

import os
import signal
import time

import pytest

from runner.engine.port import Engine
from runner.model.record import Status
from tests.e2e.commands import CommandLine, Done, Running
from tests.e2e.hanging import (
    BUILD,
    CHECK,
    ENDED,
    SHORT,
    builds,
    running_checks,
    wait_until_it_hangs,
)


def no_build_goes_on(engine: Engine) -> bool:
    """Whether the engine has given the build up, at the latest after a while."""
    deadline = time.monotonic() + 30
    while builds(engine) and time.monotonic() < deadline:
        time.sleep(0.1)
    return not builds(engine)


def start_until_it_hangs(path: CommandLine, engine: Engine, experiment: str) -> Running:
    """A bench that is in the middle of the step that hangs."""
    running = path.start_bench()
    wait_until_it_hangs(running, experiment, lambda: engine)
    return running


def assert_next_run_continues(path: CommandLine, experiment: str) -> None:
    """It measures what is missing, and nothing else."""
    done = path.bench(SHORT[experiment], expect=1)
    assert "1 of 2 measured on this engine before" in done.err
    results = path.results(experiment)
    results.assert_whole(2)
    statuses = {record.name: record.status for record in results.records}
    assert statuses == {"good": Status.ok, "hangs": ENDED[experiment]}
    assert len(results.rows) == 2


def assert_ends_well(path: CommandLine, engine: Engine, experiment: str, running: Running) -> Done:
    """After the signal: one line, nothing runs, and what was measured is in the table."""
    done = running.wait()
    assert running_checks(engine, running.process.pid) == []
    assert no_build_goes_on(engine)
    assert "what is finished is kept" in done.error
    results = path.results(experiment)
    results.assert_whole(1)
    assert [row["name"] for row in results.rows] == ["good"]
    assert "good" in done.out
    return done


@pytest.mark.parametrize("experiment", [BUILD, CHECK])
def test_each_run_goes_on_where_the_one_before_was_cut_short(
    here: CommandLine, engine: Engine, experiment: str
) -> None:
    """By Ctrl-C; by SIGTERM twice, as `timeout` sends it: to the process, then to its group; by
    kill -9. The last run comes to an end."""
    path = here.on_path(experiment)

    running = start_until_it_hangs(path, engine, experiment)
    os.killpg(running.process.pid, signal.SIGINT)
    done = assert_ends_well(path, engine, experiment, running)
    assert done.exit_code == 130
    assert done.error.startswith("dockbench: interrupted: ")
    measured = path.results(experiment).records

    if experiment == CHECK:
        running = start_until_it_hangs(path, engine, experiment)
        running.process.terminate()
        os.killpg(running.process.pid, signal.SIGTERM)
        done = assert_ends_well(path, engine, experiment, running)
        assert done.exit_code == 143
        assert done.error.startswith("dockbench: stopped by SIGTERM: ")
        assert path.results(experiment).records == measured

    running = start_until_it_hangs(path, engine, experiment)
    assert running.signal(signal.SIGKILL).exit_code == -signal.SIGKILL
    path.results(experiment).assert_whole(1)
    assert path.results(experiment).records == measured
    assert no_build_goes_on(engine), "the engine gives up what nobody waits for"

    assert_next_run_continues(path, experiment)
    assert running_checks(engine, running.process.pid) == []
