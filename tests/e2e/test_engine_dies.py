"""The engine is killed, or frozen, in mid-build or mid-check: what is left, and the next run."""

from __future__ import annotations

import os
import signal
import time

from runner.engine.clean import our_containers
from runner.engine.linux import orphan_cleanup
from runner.model.record import Status
from tests.e2e.conftest import Machine
from tests.e2e.hanging import BUILD, CHECK, ENDED, SHORT, wait_until_it_hangs


def test_what_is_measured_stays_and_the_next_run_starts_the_engine_again(machine: Machine) -> None:
    for experiment in (BUILD, CHECK):
        dies_in(machine, experiment)


def dies_in(machine: Machine, experiment: str) -> None:
    """The engine is killed in the second step, and the same command goes on from there."""
    here = machine.command.on_path(experiment)
    ran_before = machine.engine.running_pid() is not None
    running = here.start_bench()
    wait_until_it_hangs(running, experiment, lambda: machine.engine)
    daemon = machine.engine.running_pid()
    assert daemon is not None
    os.kill(daemon, signal.SIGKILL)
    done = running.wait()

    assert done.exit_code == 2
    assert ("starting the embedded engine" in done.err) != ran_before
    assert "engine" in done.error
    assert "start it again" in done.error
    assert orphan_cleanup.processes_of(machine.cache.engine) == [], "no build, no container goes on"
    results = here.results(experiment)
    results.assert_whole(1)
    assert [row["name"] for row in results.rows] == ["good"]

    again = here.bench(SHORT[experiment], expect=1)
    assert "starting the embedded engine" in again.err
    assert "1 of 2 measured on this engine before" in again.err
    results.assert_whole(2)
    assert [record.status for record in results.records] == [Status.ok, ENDED[experiment]]
    assert our_containers(machine.engine) == []


def test_a_frozen_engine_is_waited_for_no_longer_than_the_build_may_take(machine: Machine) -> None:
    here = machine.command.on_path(BUILD)
    running = here.start_bench("run.build_timeout_s=20")
    wait_until_it_hangs(running, BUILD, lambda: machine.engine)
    daemon = machine.engine.running_pid()
    assert daemon is not None
    os.kill(daemon, signal.SIGSTOP)
    frozen = time.monotonic()
    try:
        done = running.wait()
    finally:
        os.kill(daemon, signal.SIGCONT)
    assert time.monotonic() - frozen < 20 + 40
    assert done.exit_code == 2
    assert "does not answer, and the time of a build is over" in done.error
    results = here.results(BUILD)
    results.assert_whole(1)
    assert [row["name"] for row in results.rows] == ["good"], "the variant is not to blame"

    again = here.bench(SHORT[BUILD], expect=1)
    assert "starting the embedded engine" not in again.err, "it is the same one"
    assert [record.status for record in results.records] == [Status.ok, ENDED[BUILD]]
