"""An engine that is frozen in mid-trial: the trial ends in time, and leaves no record."""

from __future__ import annotations

import os
import signal
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path

import pytest

from runner.engine.docker import client
from runner.engine.docker.embedded import EmbeddedEngine
from runner.model import labels
from runner.model.errors import EngineLostError
from tests.engine.conftest import build_tiny
from tests.engine.processes import processes_with
from tests.engine.trials import plan_of, run, write_project

HEAD = "ARG BASE_IMAGE\nFROM ${BASE_IMAGE}\n"
SECONDS = "293.75"


def when(is_time: Callable[[], object], patience_s: float = 60.0) -> None:
    """Wait until something is the case."""
    deadline = time.monotonic() + patience_s
    while not is_time() and time.monotonic() < deadline:
        time.sleep(0.05)


@contextmanager
def frozen_when(engine: EmbeddedEngine, is_time: Callable[[], object]) -> Iterator[list[float]]:
    """The daemon is stopped (SIGSTOP) when it is time, and goes on at the end; when that was."""
    pid = engine.running_pid()
    assert pid is not None
    frozen: list[float] = []

    def freeze() -> None:
        when(is_time)
        os.kill(pid, signal.SIGSTOP)
        frozen.append(time.monotonic())

    thread = threading.Thread(target=freeze)
    thread.start()
    try:
        yield frozen
    finally:
        thread.join()
        os.kill(pid, signal.SIGCONT)


def test_in_a_build_its_time_limit_holds(
    private: EmbeddedEngine, busybox: bytes, tmp_path: Path
) -> None:
    private.start()
    tiny = build_tiny(private, busybox, tmp_path)
    write_project(tmp_path, f"{HEAD}RUN sleep {SECONDS}\n")
    plan = replace(plan_of(private, tmp_path, tiny), build_timeout_s=8.0)
    begun = time.monotonic()
    with (
        frozen_when(private, lambda: processes_with(SECONDS)) as frozen,
        pytest.raises(EngineLostError, match="does not answer"),
    ):
        run(private, plan, tmp_path)
    assert frozen
    assert time.monotonic() - begun < 8 + 40


def test_in_a_check_each_call_has_a_limit_of_its_own(
    private: EmbeddedEngine, busybox: bytes, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(client, "CALL_LIMIT_S", 6.0)
    private.start()
    tiny = build_tiny(private, busybox, tmp_path)
    write_project(tmp_path, f'{HEAD}CMD ["sleep", "{SECONDS}"]\n')
    plan = plan_of(private, tmp_path, tiny, timeout_s=600.0)
    marked: dict[str, str | list[str] | bool] = {"label": f"{labels.VARIANT}={plan.variant_id}"}
    observer = EmbeddedEngine(private.paths.folder)
    assert observer.attach()
    with (
        frozen_when(private, lambda: observer.client.containers.list(filters=marked)) as frozen,
        pytest.raises(EngineLostError, match="stopped answering"),
    ):
        run(private, plan, tmp_path)
    observer.client.close()
    assert time.monotonic() - frozen[0] < 45
