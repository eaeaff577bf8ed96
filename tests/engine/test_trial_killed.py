"""A run that is killed or interrupted leaves no half record, and no container for long."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from runner.engine.clean import sweep_orphans
from runner.engine.docker.engine import DockerEngine
from runner.model import labels
from runner.model.paths import ResultPaths
from runner.store.records import RecordStore
from tests.engine.processes import processes_with, wait_until_gone
from tests.engine.trials import plan_of, write_project
from tests.unit.records import record

PATIENCE_S = 60.0
SLEEPY = 'ARG BASE_IMAGE\nFROM ${BASE_IMAGE}\nCMD ["sh", "-c", "sleep 300"]\n'
SECONDS = "300.75"
"""Nothing else on the machine sleeps as long."""
SLOW = f"ARG BASE_IMAGE\nFROM ${{BASE_IMAGE}}\nRUN sleep {SECONDS}\n"


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    write_project(tmp_path, SLEEPY)
    return tmp_path


@pytest.fixture
def start(
    engine: DockerEngine, tiny: str, folder: Path
) -> Iterator[Callable[[], subprocess.Popen[bytes]]]:
    """Starts a process that runs the trial; it is killed at the end of the test."""
    processes: list[subprocess.Popen[bytes]] = []

    def begin() -> subprocess.Popen[bytes]:
        command = [sys.executable, "-m", "tests.engine.trials", str(folder), tiny]
        root = Path(__file__).parents[2]
        processes.append(subprocess.Popen(command, cwd=root, stderr=subprocess.PIPE))
        return processes[-1]

    yield begin
    for process in processes:
        process.kill()
        process.communicate()
    sweep_orphans(engine)


def containers(engine: DockerEngine, folder: Path, tiny: str) -> list[str]:
    """Names of the running containers of the variant."""
    marked: dict[str, str | list[str] | bool] = {
        "label": f"{labels.VARIANT}={plan_of(engine, folder, tiny).variant_id}"
    }
    return [str(found.name) for found in engine.client.containers.list(filters=marked)]


def wait_for(what: str, happens: Callable[[], object]) -> None:
    """Wait until something happens, or fail."""
    deadline = time.monotonic() + PATIENCE_S
    while not happens():
        assert time.monotonic() < deadline, f"{what} did not happen"
        time.sleep(0.05)


def test_kill_9_in_mid_check(
    engine: DockerEngine, tiny: str, folder: Path, start: Callable[[], subprocess.Popen[bytes]]
) -> None:
    store = RecordStore(ResultPaths(folder / "results"))
    finished = record("finished before")
    store.write(finished)
    process = start()
    wait_for("the container", lambda: containers(engine, folder, tiny))
    process.send_signal(signal.SIGKILL)
    process.wait()
    assert store.read_all() == [finished]
    sweep_orphans(engine)
    assert containers(engine, folder, tiny) == [], "or a run beside this one has swept it"
    again = start()
    wait_for("the container of the next run", lambda: containers(engine, folder, tiny))
    assert again.poll() is None, "the killed run's lock does not hold up the next"


def test_ctrl_c_in_mid_check(
    engine: DockerEngine, tiny: str, folder: Path, start: Callable[[], subprocess.Popen[bytes]]
) -> None:
    process = start()
    wait_for("the container", lambda: containers(engine, folder, tiny))
    os.kill(process.pid, signal.SIGINT)
    _, error = process.communicate(timeout=PATIENCE_S)
    assert b"KeyboardInterrupt" in error
    assert containers(engine, folder, tiny) == []
    assert RecordStore(ResultPaths(folder / "results")).read_all() == []
    variant = plan_of(engine, folder, tiny).variant_id
    assert engine.client.images.list(filters={"label": f"{labels.VARIANT}={variant}"}) == []


def test_ctrl_c_in_mid_build(
    engine: DockerEngine, folder: Path, start: Callable[[], subprocess.Popen[bytes]]
) -> None:
    (folder / "Dockerfile").write_text(SLOW)
    process = start()
    wait_for("the build", lambda: processes_with(SECONDS))
    os.kill(process.pid, signal.SIGINT)
    _, error = process.communicate(timeout=PATIENCE_S)
    assert b"KeyboardInterrupt" in error
    assert wait_until_gone(SECONDS) == []
    assert RecordStore(ResultPaths(folder / "results")).read_all() == []
    assert engine.client.ping()


def test_two_runs_take_turns(
    engine: DockerEngine, tiny: str, folder: Path, start: Callable[[], subprocess.Popen[bytes]]
) -> None:
    first = start()
    wait_for("the first container", lambda: containers(engine, folder, tiny))
    second = start()
    assert second.stderr is not None
    waits = second.stderr.readline().decode()
    assert waits.startswith(
        f"another trial is measured on this engine (process {first.pid}, which measures there"
    )
    (held,) = containers(engine, folder, tiny)
    assert second.poll() is None
    os.kill(first.pid, signal.SIGINT)
    first.wait(PATIENCE_S)
    wait_for(
        "the second container",
        lambda: [name for name in containers(engine, folder, tiny) if name != held],
    )
