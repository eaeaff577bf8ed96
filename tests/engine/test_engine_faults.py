"""An engine with a fault of its own makes no record; one that was silent, no time to believe."""

from __future__ import annotations

import os
import signal
import threading
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from runner.engine.builders import builder_for
from runner.engine.docker.embedded import EmbeddedEngine
from runner.engine.docker.heartbeat import Heartbeat
from runner.engine.fault import is_engines_own
from runner.engine.linux import orphan_cleanup
from runner.model.engine import BuilderName, BuildRequest
from runner.model.errors import EngineLostError
from runner.model.paths import ResultPaths
from runner.model.record import Status
from runner.store.records import RecordStore
from tests.engine.conftest import build_tiny
from tests.engine.contexts import write_context
from tests.engine.processes import processes_with
from tests.engine.trials import SERVE, plan_of, run, write_project

HEAD = "ARG BASE_IMAGE\nFROM ${BASE_IMAGE}\n"


def containerd_of(engine: EmbeddedEngine) -> int:
    """The pid of the engine's containerd."""
    pid = orphan_cleanup.read_pid(engine.paths.folder / "exec" / "containerd" / "containerd.pid")
    assert pid is not None
    return pid


def when(happens: Callable[[], object], then: Callable[[], object]) -> threading.Thread:
    """Do something in the background as soon as something else is the case."""

    def watch() -> None:
        deadline = time.monotonic() + 60
        while not happens() and time.monotonic() < deadline:
            time.sleep(0.02)
        then()

    thread = threading.Thread(target=watch, daemon=True)
    thread.start()
    return thread


@pytest.mark.parametrize("name", list(BuilderName), ids=lambda name: name.value)
def test_a_containerd_that_dies_in_a_build_is_no_fault_of_the_variant(
    private: EmbeddedEngine, busybox: bytes, tmp_path: Path, name: BuilderName
) -> None:
    """BuildKit needs none to build, so what is lost is the check."""
    private.start()
    tiny = build_tiny(private, busybox, tmp_path)
    seconds = f"1.{len(name.value)}37"
    write_project(tmp_path, f"{HEAD}RUN sleep {seconds}\n{SERVE}")
    pid = containerd_of(private)
    plan = plan_of(private, tmp_path, tiny)
    killing = when(lambda: processes_with(seconds), lambda: os.kill(pid, signal.SIGKILL))
    with pytest.raises(EngineLostError, match="a fault of its own"):
        run(private, plan, tmp_path, builder=name.value)
    killing.join()
    assert RecordStore(ResultPaths(tmp_path / "results")).read_all() == []
    again = EmbeddedEngine(private.paths.folder)
    again.start()
    assert containerd_of(again) != pid
    write_project(tmp_path)
    record = run(again, plan_of(again, tmp_path, tiny), tmp_path)
    assert record.status is Status.ok, record.failure
    again.client.close()


def silences(pid: int, marker: str, seconds: float, times: int) -> threading.Thread:
    """Stop the daemon for so long, so many times, each when another process runs."""
    seen: set[int] = set()

    def stop() -> None:
        for _ in range(times):
            deadline = time.monotonic() + 30
            while not (new := set(processes_with(marker)) - seen) and time.monotonic() < deadline:
                time.sleep(0.02)
            seen.update(new)
            os.kill(pid, signal.SIGSTOP)
            time.sleep(seconds)
            os.kill(pid, signal.SIGCONT)

    thread = threading.Thread(target=stop, daemon=True)
    thread.start()
    return thread


@pytest.mark.parametrize(("times", "is_told"), [(1, False), (2, True)])
def test_a_build_during_which_the_engine_was_silent_is_measured_again(
    private: EmbeddedEngine, busybox: bytes, tmp_path: Path, times: int, is_told: bool
) -> None:
    private.start()
    tiny = build_tiny(private, busybox, tmp_path)
    pid = private.running_pid()
    assert pid is not None
    seconds = f"1.4{times}75"
    context = write_context(tmp_path / "c.tar", f"FROM {tiny}\nRUN sleep {seconds}\n")
    builder = builder_for(BuilderName.buildkit, private)
    thread = silences(pid, seconds, 6.0, times)
    result = builder.build(BuildRequest(context, no_cache=True))
    thread.join()
    assert result.failure is None
    assert (result.silent_s > 3.0) == is_told
    assert (result.duration_s > 5.0) == is_told
    untagged = private.client.images.list(filters={"dangling": True})
    assert [image.id for image in untagged] == [result.image_id]


def test_an_engine_that_answers_is_not_silent(private: EmbeddedEngine) -> None:
    private.start()
    with Heartbeat(private.address) as beat:
        time.sleep(1.5)
    assert beat.silent_s == 0.0


def test_of_an_address_that_is_no_socket_nothing_is_known() -> None:
    with Heartbeat("tcp://127.0.0.1:1") as beat:
        time.sleep(0.6)
    assert beat.silent_s == 0.0


@pytest.mark.parametrize(
    ("said", "own"),
    [
        (
            'connection error: desc = "transport: Error while dialing dial unix /x/containerd.sock:'
            ' connect: connection refused": unavailable',
            True,
        ),
        ("error creating overlay mount to /x/merged: input/output error", True),
        ("ttrpc: closed: unknown", True),
        (
            "failed to solve: rpc error: code = Unavailable desc = error reading from server: EOF",
            True,
        ),
        ("open /var/lib/docker/overlay2/x/link: structure needs cleaning", True),
        ("exporting to image: layer does not exist", True),
        ('unable to find image "sha256:7b666cff48d8"', True),
        ("Unable to find image 'nosuch:1' locally", False),
        ("dockerfile parse error line 1: unknown instruction: CONTAINERD.SOCK", False),
        (
            'OCI runtime create failed: runc: exec: "input/output error": executable file not'
            " found in $PATH: unknown",
            False,
        ),
        ("executor failed running [/bin/sh -c cat x: input/output error]: exit code: 1", False),
        ("pull access denied for nosuch/img, repository does not exist", False),
        ("no space left on device", False),
    ],
)
def test_words_of_the_engines_own_parts(said: str, own: bool) -> None:
    assert is_engines_own(said) == own
