"""The pure parts of a trial: comparing answers, proving a starting state, naming the origin."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from runner.model.engine import BuildFailure, BuildResult, BuildStep
from runner.model.errors import EngineError
from runner.model.paths import CachePaths
from runner.model.progress import Silent
from runner.model.record import Status
from runner.model.redact import redacted
from runner.trial.engine_lock import turn
from runner.trial.expected import Fate, violation_of_all
from runner.trial.failures import build_ended, ended
from runner.trial.json_compare import canonical, digest, first_difference
from runner.trial.provenance import cpu_model, git_commit, now, provenance
from runner.trial.scenario import CHAIN, from_cold
from tests.unit.records import ENGINE

VALUES = st.recursive(
    st.none() | st.booleans() | st.integers(-9, 9) | st.sampled_from([0.5, 1.0]) | st.text("ab"),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text("ab"), inner, max_size=3),
)


@given(VALUES, VALUES)
def test_values_differ_exactly_when_their_canonical_spelling_does(one: object, two: object) -> None:
    assert (first_difference(one, two) is None) == (canonical(one) == canonical(two))
    assert (digest(one) == digest(two)) == (canonical(one) == canonical(two))


@given(VALUES)
def test_a_value_is_itself_after_a_round_trip(value: object) -> None:
    assert first_difference(value, json.loads(canonical(value))) is None


@pytest.mark.parametrize(
    ("expected", "got", "says"),
    [
        ({"a": [1, 2]}, {"a": [1, 3]}, "$.a[1]: expected 2, got 3"),
        ({"a": [1, 2]}, {"a": [1]}, "$.a: expected 2 items, got 1"),
        ({"a": 1}, {"a": 1, "b": None}, "$.b: expected nothing, got null"),
        ({"a b": 1}, {}, '$["a b"]: expected 1, got nothing'),
        (1, True, "$: expected 1, got true"),
        (1, 1.0, "$: expected 1, got 1.0"),
        ([], {}, "$: expected [], got {}"),
        ("é", "e", '$: expected "é", got "e"'),
        ("x" * 200, 1, f'$: expected "{"x" * 79}…, got 1'),
    ],
)
def test_the_first_difference_is_named(expected: object, got: object, says: str) -> None:
    assert first_difference(expected, got) == says


def steps(*names: str, cached: bool = True) -> list[BuildStep]:
    return [BuildStep(name, 0.0, 1.0, cached) for name in names]


def test_the_chain_begins_cold() -> None:
    names = [scenario.name for scenario in CHAIN]
    assert names == ["cold", "noop", "source_edit", "deps_edit", "mounts_warm"]
    assert [scenario.name for scenario in from_cold(CHAIN[2:3])] == ["cold", "source_edit"]
    assert from_cold(CHAIN) == CHAIN


@pytest.mark.parametrize(
    "name",
    [
        "[2/5] RUN pip install flask",
        "[build 3/9] COPY . .",
        "[stage-1 2/4] COPY --from=build /venv /venv",
        "[ 2/11] RUN make",
        "[build  2/11] RUN make",
        "[11/11] COPY . .",
    ],
)
def test_a_cached_instruction_is_no_cold_build(name: str) -> None:
    found = [*steps("[1/5] RUN true", cached=False), *steps(name)]
    problem = violation_of_all(Fate.runs, found)
    assert problem == f"1 of the steps came from the cache, first: {name}"


def test_a_copy_of_what_a_step_of_the_same_build_has_copied_may_be_cached() -> None:
    copied = steps("[backend 1/4] COPY backend/package.json backend/lock.json ./", cached=False)
    again = steps("[final 1/4] COPY --from=test /app/package.json /app/lock.json ./")
    assert violation_of_all(Fate.runs, [*copied, *again]) is None
    other = steps("[final 1/4] COPY --from=test /app/package.json ./")
    assert violation_of_all(Fate.runs, [*copied, *other])
    assert violation_of_all(Fate.runs, [*steps(copied[0].name), *again]), "the first has to run"


def test_what_is_no_instruction_may_be_cached() -> None:
    names = (
        "[1/5] FROM python:3.11",
        "[build 1/3] FROM python@sha256:0a1b",
        "[internal] load build definition from Dockerfile",
        "copy /context /",
        "[ 3/11] WORKDIR /app",
        "exporting to image",
    )
    assert violation_of_all(Fate.runs, steps(*names)) is None
    assert violation_of_all(Fate.runs, steps("[2/5] RUN true", cached=False)) is None
    assert violation_of_all(Fate.cached, steps(*names, cached=False)) is None


def build(message: str, timed_out: bool = False, log: tuple[str, ...] = ()) -> BuildResult:
    failure = BuildFailure("[2/5] RUN make", message, 2, timed_out)
    return BuildResult("", 1.0, log=log, failure=failure)


def test_how_a_build_ended() -> None:
    end = build_ended(build("exit code: 2", log=tuple(f"line {n}" for n in range(100))))
    assert end.status is Status.build_failed
    assert end.failure.exit_code == 2
    assert end.failure.log_tail == tuple(f"line {n}" for n in range(60, 100))
    assert build_ended(build("stopped", timed_out=True)).status is Status.build_timeout


def test_credentials_are_taken_out_of_what_is_kept() -> None:
    url = "https://me:s3cret@index.example/simple"
    end = ended(Status.build_failed, f"RUN pip -i {url}", f"cannot reach {url}", [url])
    assert "s3cret" not in str(end.failure)
    assert redacted(url) == "https://***@index.example/simple"
    assert redacted("https://index.example/a@b") == "https://index.example/a@b"
    assert redacted("git+ssh://git@host/x") == "git+ssh://***@host/x"
    assert redacted("mail me@example.org, see https://example.org") == (
        "mail me@example.org, see https://example.org"
    )


def test_where_numbers_come_from() -> None:
    found = provenance(ENGINE, "buildkit", 42)
    assert (found.engine, found.builder, found.seed) == (ENGINE, "buildkit", 42)
    assert found.cpu
    assert "CLOCK_MONOTONIC" in found.clock or "mach" in found.clock
    assert found.kernel.endswith(os.uname().release)
    assert found.python == ".".join(map(str, sys.version_info[:3]))


def test_times_sort_as_texts() -> None:
    before = now()
    time.sleep(0.002)
    after = now()
    assert before < after
    assert after.endswith("Z")
    assert len(after) == len("2026-05-04T12:00:00.000Z")


def test_the_processor_is_named(tmp_path: Path) -> None:
    x86, arm, odd = (tmp_path / name for name in ("x86", "arm", "odd"))
    x86.write_text("processor\t: 0\nmodel name\t: Some CPU @ 2.50GHz\n\nprocessor\t: 1\n")
    arm.write_text("processor\t: 0\nBogoMIPS\t: 50\n\nModel\t\t: Some Board\n")
    odd.write_text("processor\t: 0\n")
    assert cpu_model(x86) == "Some CPU @ 2.50GHz"
    assert cpu_model(arm) == "Some Board"
    assert cpu_model(odd)
    assert cpu_model(tmp_path / "none")


def git(folder: Path, *arguments: str) -> str:
    identity = ["-c", "user.name=Ada", "-c", "user.email=ada@example.org"]
    command = ["git", "-C", str(folder), *identity, *arguments]
    done = subprocess.run(command, check=True, capture_output=True, text=True)
    return done.stdout.strip()


def test_the_commit_that_measured(tmp_path: Path) -> None:
    for name in ("clean", "edited", "results", "none"):
        (tmp_path / name / "runner").mkdir(parents=True)
        (tmp_path / name / "runner" / "a.py").write_text("a = 1\n")
    for name in ("clean", "edited", "results"):
        git(tmp_path / name, "init", "-q")
        git(tmp_path / name, "add", ".")
        git(tmp_path / name, "commit", "-q", "-m", "first")
    (tmp_path / "edited" / "runner" / "a.py").write_text("a = 2\n")
    (tmp_path / "results" / "results").mkdir()
    (tmp_path / "results" / "results" / "new.json").write_text("{}")
    assert git_commit(tmp_path / "clean") == git(tmp_path / "clean", "rev-parse", "HEAD")
    assert git_commit(tmp_path / "edited") == git(tmp_path / "edited", "rev-parse", "HEAD") + "+"
    assert not git_commit(tmp_path / "results").endswith("+"), "new results change no code"
    assert git_commit(tmp_path / "none") == ""


class Notes(Silent):
    """Remembers what the user is told."""

    def __init__(self) -> None:
        self.said: list[str] = []

    def note(self, text: str) -> None:
        """Keep it."""
        self.said.append(text)


HOLD = """
import sys, time
from pathlib import Path
from runner.model.paths import CachePaths
from runner.model.progress import Silent
from runner.trial.engine_lock import turn
with turn(CachePaths(Path(sys.argv[1])), sys.argv[3], Silent()):
    print("held", flush=True)
    time.sleep(float(sys.argv[2]))
"""


def holder(cache: Path, seconds: float, engine: str = "engine") -> subprocess.Popen[bytes]:
    """Another process that has its turn on the engine."""
    process = subprocess.Popen(
        [sys.executable, "-c", HOLD, str(cache), str(seconds), engine], stdout=subprocess.PIPE
    )
    assert process.stdout is not None
    assert process.stdout.readline() == b"held\n"
    process.stdout.close()
    return process


def test_runs_on_one_engine_take_turns(tmp_path: Path) -> None:
    process = holder(tmp_path, 0.3)
    notes = Notes()
    with turn(CachePaths(tmp_path), "another engine", notes):
        assert notes.said == []
    with turn(CachePaths(tmp_path), "engine", notes):
        assert process.wait(5) == 0
    (said,) = notes.said
    assert said.startswith(f"another trial is measured on this engine (process {process.pid},")
    assert said.endswith("waiting for its turn, at most 3600 s (run.wait_s)")


def test_a_holder_that_hangs_is_named_and_waiting_for_it_ends(tmp_path: Path) -> None:
    process = holder(tmp_path, 600)
    os.kill(process.pid, signal.SIGSTOP)
    begun = time.monotonic()
    with (
        pytest.raises(
            EngineError,
            match=rf"process {process.pid}, which measures there since \d\d:\d\d:\d\d UTC"
            rf" \(for \d+ s\), and is stopped; end or continue that run"
            rf" \(kill -CONT {process.pid}\), or wait longer \(run\.wait_s=",
        ),
        turn(CachePaths(tmp_path), "engine", Notes(), wait_s=0.5),
    ):
        pytest.fail("it is not free")
    assert time.monotonic() - begun < 10
    process.kill()
    process.wait()
    with turn(CachePaths(tmp_path), "engine", Notes(), wait_s=0.5):
        pass


@contextmanager
def waiting(cache: Path, log: Path, names: str) -> Iterator[list[subprocess.Popen[bytes]]]:
    """Processes that wait for the engine, in this order, and log when they have it; ended after."""
    processes = []
    try:
        for count, name in enumerate(names, 1):
            command = [sys.executable, "-c", WAIT, str(cache), str(log), name]
            processes.append(subprocess.Popen(command))
            queue = CachePaths(cache).engine_lock("engine").with_suffix(".queue")
            _until(lambda: queue.is_dir() and len(tickets(queue)) == count)  # noqa: B023 - at once
        yield processes
    finally:
        for process in processes:
            process.kill()
            process.wait()


WAIT = """
import sys, time
from pathlib import Path
from runner.model.paths import CachePaths
from runner.model.progress import Silent
from runner.trial.engine_lock import turn
cache, log, name = sys.argv[1:]
while True:
    with turn(CachePaths(Path(cache)), "engine", Silent()):
        with open(log, "a") as file:
            file.write(name)
        time.sleep(0.05)
"""
"""Measures again and again, as a comparison does."""


def tickets(queue: Path) -> list[Path]:
    """Those of processes that wait."""
    return list(queue.glob("[0-9]*"))


def _until(happens: Callable[[], bool]) -> None:
    deadline = time.monotonic() + 60
    while not happens():
        assert time.monotonic() < deadline
        time.sleep(0.01)


def logged(log: Path, least: int) -> str:
    """Who had the engine, once that many had it."""
    _until(lambda: log.exists() and len(log.read_text()) >= least)
    return log.read_text()


def test_who_waits_has_the_engine_in_order_of_arrival(tmp_path: Path) -> None:
    """Runs that measure one trial after another go behind those that wait meanwhile."""
    first = holder(tmp_path, 600)
    with waiting(tmp_path, tmp_path / "log", "abcd"):
        first.kill()
        first.wait()
        assert logged(tmp_path / "log", 12)[:12] == "abcd" * 3


def test_who_is_killed_or_stopped_while_it_waits_holds_nobody_up(tmp_path: Path) -> None:
    first = holder(tmp_path, 600)
    with waiting(tmp_path, tmp_path / "log", "abcd") as (a, _, c, _):
        a.kill()
        a.wait()
        os.kill(c.pid, signal.SIGSTOP)
        first.kill()
        first.wait()
        assert logged(tmp_path / "log", 6)[:6] == "bd" * 3
        os.kill(c.pid, signal.SIGCONT)
        _until(lambda: "c" in (tmp_path / "log").read_text())
    with turn(CachePaths(tmp_path), "engine", Notes(), wait_s=5):
        pass
    assert list(tmp_path.rglob("*.queue/*")) == []


def test_a_killed_run_gives_its_turn_back(tmp_path: Path) -> None:
    process = holder(tmp_path, 600)
    process.kill()
    process.wait()
    notes = Notes()
    with turn(CachePaths(tmp_path), "engine", notes):
        assert notes.said == []
