"""Ctrl-C, SIGTERM and kill -9 in the middle of a build and of a check, and the run after it."""

from __future__ import annotations

import os
import signal
import time
from collections.abc import Callable, Sequence

import pytest

from runner.engine.docker.engine import DockerEngine
from runner.model.record import Status
from tests.e2e.commands import CommandLine, Done, Running
from tests.e2e.hanging import (
    BUILD,
    CHECK,
    ENDED,
    SHORT,
    builds,
    containers_of,
    running_checks,
    wait_until_it_hangs,
)

End = Callable[[CommandLine, DockerEngine, str, Running], None]
"""Cuts a run short and looks at what is left."""


def no_build_goes_on(engine: DockerEngine) -> bool:
    """Whether the engine has given the build up, at the latest after a while."""
    deadline = time.monotonic() + 30
    while builds(engine) and time.monotonic() < deadline:
        time.sleep(0.1)
    return not builds(engine)


def assert_next_run_continues(path: CommandLine, experiment: str) -> None:
    """It measures what is missing, and nothing else."""
    done = path.bench(SHORT[experiment], expect=1)
    assert "1 of 2 measured on this engine before" in done.err
    results = path.results(experiment)
    results.assert_whole(2)
    statuses = {record.name: record.status for record in results.records}
    assert statuses == {"good": Status.ok, "hangs": ENDED[experiment]}
    assert len(results.rows) == 2


def assert_ends_well(
    path: CommandLine, engine: DockerEngine, experiment: str, running: Running
) -> Done:
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


def interrupt(path: CommandLine, engine: DockerEngine, experiment: str, running: Running) -> None:
    """Ctrl-C, as it comes below `uv run`: from the terminal, and passed on once more."""
    os.killpg(running.process.pid, signal.SIGINT)
    time.sleep(0.1)
    os.killpg(running.process.pid, signal.SIGINT)
    done = assert_ends_well(path, engine, experiment, running)
    assert done.exit_code == 130
    assert done.error.startswith("dockbench: interrupted: ")


def terminate(path: CommandLine, engine: DockerEngine, experiment: str, running: Running) -> None:
    """SIGTERM twice, as `timeout` sends it: to the process, then to its group."""
    running.process.terminate()
    os.killpg(running.process.pid, signal.SIGTERM)
    done = assert_ends_well(path, engine, experiment, running)
    assert done.exit_code == 143
    assert done.error.startswith("dockbench: stopped by SIGTERM: ")


def kill(path: CommandLine, engine: DockerEngine, experiment: str, running: Running) -> None:
    """kill -9, of which a process in a session of its own tells and tidies up."""
    assert running.signal(signal.SIGKILL).exit_code == -signal.SIGKILL
    running.wait_for(
        "the line", lambda: "\ndockbench: killed: " in running.said, while_it_runs=False
    )
    done = running.wait()
    assert done.error.startswith("dockbench: killed: nothing of it runs on; ")
    assert "what is finished is kept" in done.error
    assert containers_of(engine, running.process.pid) == []
    path.results(experiment).assert_whole(1)
    assert no_build_goes_on(engine), "the engine gives up what nobody waits for"


@pytest.mark.parametrize(
    ("experiment", "ends"),
    [(BUILD, (kill, interrupt)), (CHECK, (interrupt, terminate, kill))],
    ids=[BUILD, CHECK],
)
def test_each_run_goes_on_where_the_one_before_was_cut_short(
    here: CommandLine, engine: DockerEngine, experiment: str, ends: Sequence[End]
) -> None:
    """The last run comes to an end; what the first has measured is never measured again."""
    path = here.on_path(experiment)
    runs, found = [], []
    for end in ends:
        running = path.start_bench()
        wait_until_it_hangs(running, experiment, lambda: engine)
        end(path, engine, experiment, running)
        runs.append(running.process.pid)
        found.append(path.results(experiment).records)
    assert found == [found[0]] * len(ends)

    assert_next_run_continues(path, experiment)
    assert [running_checks(engine, pid) for pid in runs] == [[]] * len(ends)
