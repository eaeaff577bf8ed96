"""An engine that dies in the middle of a trial: told at once, and nothing stays behind."""

from __future__ import annotations

import threading
import time
from pathlib import Path

import pytest

from runner.engine.docker.embedded import EmbeddedEngine
from runner.engine.linux import orphan_cleanup
from runner.model import labels
from runner.model.errors import EngineLostError
from tests.engine.conftest import build_tiny
from tests.engine.processes import kill_daemon, processes_with
from tests.engine.trials import plan_of, run, write_project

SECONDS = "397.25"
SLEEPY = f'ARG BASE_IMAGE\nFROM ${{BASE_IMAGE}}\nCMD ["sleep", "{SECONDS}"]\n'


def kill_when_it_runs(engine: EmbeddedEngine, variant: str, died: list[float]) -> None:
    """Wait for the trial's container, then kill the daemon."""
    deadline = time.monotonic() + 60
    marked: dict[str, str | list[str] | bool] = {"label": f"{labels.VARIANT}={variant}"}
    while not engine.client.containers.list(filters=marked) and time.monotonic() < deadline:
        time.sleep(0.05)
    died.append(time.monotonic())
    kill_daemon(engine)


def test_an_engine_that_dies_in_mid_check(
    private: EmbeddedEngine, busybox: bytes, tmp_path: Path
) -> None:
    private.start()
    tiny = build_tiny(private, busybox, tmp_path)
    write_project(tmp_path, SLEEPY)
    plan = plan_of(private, tmp_path, tiny, timeout_s=120.0)
    observer = EmbeddedEngine(private.paths.folder)
    assert observer.attach()
    died: list[float] = []
    killer = threading.Thread(target=kill_when_it_runs, args=(observer, plan.variant_id, died))
    killer.start()
    with pytest.raises(EngineLostError, match="stopped answering"):
        run(private, plan, tmp_path)
    killer.join()
    observer.client.close()
    assert time.monotonic() - died[0] < 10
    assert processes_with(SECONDS) == [], "what the engine left is ended with the trial"
    assert orphan_cleanup.processes_of(private.paths.folder) == []
