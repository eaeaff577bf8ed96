"""Locks of the cache: who waits for one is told for whom, and not without end."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from runner.engine import lock_holder
from runner.engine.lock_holder import HeldError, Holder, held
from runner.engine.standins import standin
from runner.engine.standins.standin import StandIn
from runner.model.errors import BaseError, ProjectError
from runner.model.paths import CachePaths
from runner.model.progress import Silent
from runner.model.project import Project
from runner.project import materialise

HOLD = """
import sys, time
from pathlib import Path
from runner.engine.lock_holder import held
with held(Path(sys.argv[1]), "x"):
    print("held", flush=True)
    time.sleep(600)
"""


@dataclass
class Other:
    """Another process that holds a lock."""

    process: subprocess.Popen[bytes]

    @property
    def pid(self) -> int:
        return self.process.pid

    def stop(self) -> None:
        """As Ctrl-Z does."""
        os.kill(self.pid, signal.SIGSTOP)
        until_s = time.monotonic() + 10
        while not lock_holder.is_stopped(self.pid):
            assert time.monotonic() < until_s
            time.sleep(0.01)


@pytest.fixture
def hold() -> Iterator[Callable[[Path], Other]]:
    """Have another process hold a lock; it is ended after the test."""
    others: list[Other] = []

    def of(lock: Path) -> Other:
        lock.parent.mkdir(parents=True, exist_ok=True)
        command = [sys.executable, "-c", HOLD, str(lock)]
        process = subprocess.Popen(command, stdout=subprocess.PIPE)
        others.append(Other(process))
        assert process.stdout is not None
        assert process.stdout.readline() == b"held\n"
        process.stdout.close()
        return others[-1]

    yield of
    for other in others:
        other.process.kill()
        other.process.wait()


def test_a_holder_is_named_and_waiting_for_it_ends(
    tmp_path: Path, hold: Callable[[Path], Other]
) -> None:
    lock, said = tmp_path / "a.lock", list[str]()
    other = hold(lock)
    other.stop()
    begun_s = time.monotonic()
    with (
        pytest.raises(
            HeldError,
            match=rf"was not free within 0 s: it is held by process {other.pid}, which works there"
            rf" since \d\d:\d\d:\d\d UTC \(for \d+ s\), and is stopped; end or continue that run"
            rf" \(kill -CONT {other.pid}\)",
        ),
        held(lock, "works there", said.append, wait_s=0.3),
    ):
        pytest.fail("it is not free")
    assert time.monotonic() - begun_s < 5
    (waits,) = said
    assert waits.startswith(f"waiting for process {other.pid}, which works there since ")


def test_who_was_killed_holds_nobody_up(tmp_path: Path, hold: Callable[[Path], Other]) -> None:
    lock = tmp_path / "a.lock"
    other = hold(lock)
    other.process.kill()
    other.process.wait()
    with held(lock, "x", pytest.fail, wait_s=0.3):
        holder = Holder.of(lock)
        assert holder is not None
        assert holder.pid == os.getpid()
    assert Holder.of(lock) is None


def test_stand_ins_are_not_waited_for_without_end(
    tmp_path: Path, hold: Callable[[Path], Other], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(standin, "_PATIENCE_S", 0.3)
    cache = CachePaths(tmp_path)
    other = hold(cache.bases / "lock")
    other.stop()
    with (
        pytest.raises(BaseError, match=rf"held by process {other.pid}, which makes stand-ins"),
        StandIn(cache)._locked(Silent()),
    ):
        pytest.fail("it is not free")


def test_a_copy_of_a_project_is_not_waited_for_without_end(
    tmp_path: Path, hold: Callable[[Path], Other], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(materialise, "_PATIENCE_S", 0.3)
    (tmp_path / "source").mkdir()
    project = Project(name="x", about="x", folder=str(tmp_path), package="x")
    key = materialise.inputs_digest(project, tmp_path / "source")[:16]
    other = hold(tmp_path / "work" / f"x-{key}.lock")
    with pytest.raises(ProjectError, match=rf"held by process {other.pid}, which copies the proj"):
        materialise.materialise(project, tmp_path / "source", tmp_path / "work")
