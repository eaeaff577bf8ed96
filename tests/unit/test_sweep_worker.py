"""What a launcher's worker is told, and how it takes Ctrl-C."""

from __future__ import annotations

import json
import os
import signal
from importlib.machinery import ModuleSpec
from pathlib import Path

import pytest

from runner.model.ownership import Owner
from runner.sweep import worker
from runner.sweep.worker import (
    enter_directory,
    interrupted_once,
    ray_job,
    workers_of_this_command,
)

HOOK = "runner.sweep.worker.enter_directory"


def test_workers_of_ray_have_an_empty_directory_and_know_their_command(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.delenv(worker.RAY_JOB, raising=False)
    monkeypatch.setattr(worker, "find_spec", lambda name: ModuleSpec(name, None))
    before = dict(os.environ)
    with workers_of_this_command():
        told = json.loads(os.environ[worker.RAY_JOB])["runtime_env"]
        assert list(Path(told["working_dir"]).iterdir()) == []
        assert told["worker_process_setup_hook"] == HOOK
        assert told["env_vars"] == {
            worker.COMMAND: str(Owner.current()),
            worker.DIRECTORY: str(tmp_path),
            worker.SAFE_PATH: "1",
            "RAY_kill_child_processes_on_worker_exit": "0",
        }
        for name, value in told["env_vars"].items():
            assert os.environ[name] == value, "other launchers' workers inherit them"
    assert dict(os.environ) == before
    assert not Path(told["working_dir"]).exists()


def test_without_ray_nothing_is_made_for_it(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv(worker.RAY_JOB, raising=False)
    monkeypatch.setattr(worker, "find_spec", lambda _: None)
    with workers_of_this_command():
        assert worker.RAY_JOB not in os.environ
        assert os.environ[worker.SAFE_PATH] == "1"


def test_the_job_around_a_command_goes_before_it(tmp_path: Path) -> None:
    outer = {
        "metadata": {"job_name": "paper"},
        "runtime_env": {"working_dir": "gcs://theirs.zip", "env_vars": {"A": "outer"}},
    }
    job = json.loads(ray_job(json.dumps(outer), {"A": "ours", "B": "ours"}, tmp_path))
    assert job == {
        "metadata": {"job_name": "paper"},
        "runtime_env": {
            "working_dir": "gcs://theirs.zip",
            "worker_process_setup_hook": HOOK,
            "env_vars": {"A": "outer", "B": "ours"},
        },
    }


def test_a_worker_stands_where_its_command_does_or_where_it_is(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    begun, command = tmp_path / "ray", tmp_path / "command"
    for place in (begun, command):
        place.mkdir()
    monkeypatch.chdir(begun)
    monkeypatch.setenv(worker.DIRECTORY, str(tmp_path / "on another machine"))
    enter_directory()
    assert Path.cwd() == begun
    monkeypatch.setenv(worker.DIRECTORY, str(command))
    enter_directory()
    assert Path.cwd() == command


def test_ctrl_c_that_comes_again_does_not_cut_cleaning_up_short() -> None:
    cleaned = []

    @interrupted_once()
    def job() -> None:
        try:
            os.kill(os.getpid(), signal.SIGINT)
            raise AssertionError("went on after Ctrl-C")
        finally:
            os.kill(os.getpid(), signal.SIGINT)
            cleaned.append("all of it")

    before = signal.getsignal(signal.SIGINT)
    with pytest.raises(KeyboardInterrupt):
        job()
    assert cleaned == ["all of it"]
    assert signal.getsignal(signal.SIGINT) is before
