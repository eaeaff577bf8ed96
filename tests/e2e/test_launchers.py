"""Launchers and sweepers of Hydra's that come with an extra: each in an environment of its own.

The environment has the packages of this one, and what the extra names, installed by pip.
"""

from __future__ import annotations

import json
import os
import re
import shutil
import signal
import socket
import subprocess
import sys
import sysconfig
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from importlib.metadata import requires
from pathlib import Path

import pytest
import yaml
from filelock import FileLock

from runner.engine.docker.engine import DockerEngine
from runner.model.record import Status
from tests.e2e.commands import PATIENCE_S, CommandLine, Done, Results, Running
from tests.e2e.hanging import containers_of, running_checks

LOOPBACK = "127.0.0.1"
NO_AUTHENTICATION = {"RAY_AUTH_MODE": "disabled"}
RAY = {**os.environ, **NO_AUTHENTICATION}
SITE = "import site; site.addsitedir({!r})\n"


@dataclass(frozen=True)
class Environment:
    """A virtual environment with one extra."""

    python: Path

    def command(self, folder: Path) -> CommandLine:
        """`dockbench` of the tests' own project there; notes of processes go to `jobs`."""
        callback = "hydra.callbacks.processes"
        notes = (
            f"+{callback}._target_=tests.e2e.processes.NoteProcesses",
            f"+{callback}.directory={folder / 'jobs'}",
        )
        return CommandLine(folder, NO_AUTHENTICATION, usual=notes, before=(str(self.python),))

    def bench(self, folder: Path, *overrides: str, expect: int = 0) -> Done:
        """Run it to its end."""
        return self.command(folder).bench(*overrides, expect=expect)


def requirements(extra: str) -> list[str]:
    """What an extra of ours installs."""
    wanted = re.compile(rf"(.*?) *; *extra == ['\"]{extra}['\"]$")
    return [found[1] for text in requires("dockbench") or () if (found := wanted.match(text))]


@contextmanager
def environment_of(extra: str, shared: Path) -> Iterator[Environment]:
    """An environment with this extra; made once for all tests of a session."""
    place = shared / f"environment-{extra}"
    with FileLock(shared / f"environment-{extra}.lock"):
        if not (place / "done").exists():
            subprocess.run([sys.executable, "-m", "venv", str(place)], check=True)
            python = place / "bin" / "python"
            where = "import sysconfig; print(sysconfig.get_path('purelib'))"
            site = subprocess.run([python, "-c", where], capture_output=True, text=True, check=True)
            parent = SITE.format(sysconfig.get_path("purelib"))
            (Path(site.stdout.strip()) / "parent.pth").write_text(parent)
            wanted = requirements(extra)
            assert wanted
            subprocess.run([python, "-m", "pip", "install", "-q", *wanted], check=True)
            (place / "done").touch()
    yield Environment(place / "bin" / "python")


@pytest.fixture
def with_extra(
    tmp_path_factory: pytest.TempPathFactory,
) -> Callable[[str], Environment]:
    """Extra → environment."""
    shared = tmp_path_factory.getbasetemp().parent

    def made(extra: str) -> Environment:
        with environment_of(extra, shared) as found:
            return found

    return made


TRAPS = (
    "asyncio", "cloudpickle", "docker", "hydra", "joblib", "json", "logging", "loky", "msgpack",
    "numpy", "omegaconf", "pip", "psutil", "ray", "re", "runner", "setproctitle", "sitecustomize",
    "submitit", "tests", "usercustomize", "yaml",
)  # fmt: skip


def lay_traps(folder: Path) -> None:
    """Modules in the current directory, under names that a launcher's process might import."""
    for name in TRAPS:
        (folder / f"{name}.py").write_text(f"open({str(folder / 'sprung')!r}, 'w').close()\n")
    (folder / "hydra_plugins").mkdir()
    (folder / "hydra_plugins" / "trap.py").write_text((folder / "re.py").read_text())


def jobs(folder: Path) -> list[dict[str, object]]:
    """What each job noted, in the process that it ran in."""
    return [json.loads(path.read_text()) for path in sorted((folder / "jobs").glob("*.json"))]


@pytest.mark.parametrize(
    ("launcher", "extra"),
    [("joblib", "joblib"), ("submitit_local", "submitit"), ("ray", "ray")],
)
def test_jobs_run_in_the_launcher_s_processes_and_records_and_metrics_come_home(
    with_extra: Callable[[str], Environment],
    usual: tuple[str, ...],
    tmp_path: Path,
    launcher: str,
    extra: str,
) -> None:
    asked = (*usual, "-m", f"hydra/launcher={launcher}", "cache=keep,purge", "run.trials=2")
    environment = with_extra(extra)
    lay_traps(tmp_path)
    done = environment.bench(tmp_path, *asked, "hydra.verbose=[runner.sweep.sweep]")
    noted = jobs(tmp_path)
    assert len(noted) == 4
    main = re.findall(r"this is process (\d+)", done.err)
    assert main
    assert not {int(pid) for pid in main} & {note["pid"] for note in noted}
    records = CommandLine(tmp_path).results("variants")
    assert len(records.records) == 4
    assert sorted((row["cache"], row["trials"]) for row in records.rows) == [
        ("keep", "2"),
        ("purge", "2"),
    ]
    for note in noted:
        returned = note["returned"]
        assert isinstance(returned, dict)
        assert returned["unpacked_bytes"] > 1_000_000
        assert f"'unpacked_bytes': {returned['unpacked_bytes']}" in done.err, "metrics came home"
    assert not (tmp_path / "sprung").exists(), "no process takes code from the current directory"
    again = environment.bench(tmp_path, *asked)
    assert "4 of 4 measured on this engine before" in again.err


@contextmanager
def two_nodes(environment: Environment, hidden: Path) -> Iterator[str]:
    """A Ray cluster on this machine, by its address: jobs run on its second node, to which this
    directory is another one, as on a machine of its own."""
    ray = str(environment.python.with_name("ray"))
    quiet = ("--block", "--disable-usage-stats", f"--node-ip-address={LOOPBACK}")
    sessions = Path(tempfile.mkdtemp(prefix="ray-"))
    address = f"{LOOPBACK}:{free_port()}"
    head = [ray, "start", "--head", f"--port={address.rpartition(':')[2]}", "--num-cpus=0",
            f"--temp-dir={sessions}", "--include-dashboard=false", *quiet]  # fmt: skip
    node = [ray, "start", f"--address={address}", "--num-cpus=1", *quiet]
    other = 'mount -t tmpfs other "$0" && exec "$@"'
    started = [subprocess.Popen(head, env=RAY, start_new_session=True)]
    try:
        wait_until_listening(address)
        apart = ["unshare", "--mount", "sh", "-c", other, str(hidden), *node]
        started.append(subprocess.Popen(apart, env=RAY, start_new_session=True))
        yield address
    finally:
        for process in reversed(started):
            process.terminate()
            with suppress(subprocess.TimeoutExpired):
                process.wait(30)
            with suppress(ProcessLookupError):
                os.killpg(process.pid, signal.SIGKILL)
            process.wait()
        shutil.rmtree(sessions, ignore_errors=True)


def free_port() -> int:
    """A port that nothing listens on."""
    with socket.socket() as found:
        found.bind((LOOPBACK, 0))
        return int(found.getsockname()[1])


def wait_until_listening(address: str) -> None:
    """Wait for a TCP server, or fail."""
    host, _, port = address.partition(":")
    deadline = time.monotonic() + PATIENCE_S
    while True:
        try:
            socket.create_connection((host, int(port)), 1).close()
        except OSError:
            assert time.monotonic() < deadline
            time.sleep(0.2)
        else:
            return


@pytest.mark.skipif(
    os.geteuid() != 0 or shutil.which("unshare") is None, reason="a mount namespace needs root"
)
def test_what_another_node_of_a_cluster_measures_comes_home(
    with_extra: Callable[[str], Environment], usual: tuple[str, ...], tmp_path: Path
) -> None:
    environment, results = with_extra("ray"), CommandLine(tmp_path).results("variants")
    results.paths.root.mkdir(parents=True)
    lay_traps(tmp_path)
    with two_nodes(environment, results.paths.root) as address:
        init = "+hydra.launcher.ray.init"
        existing = (f"{init}.address={address}", f"{init}.object_store_memory=null")
        asked = ("-m", "hydra/launcher=ray", *existing, "cache=keep,purge")
        environment.bench(tmp_path, *usual, *asked)
    here = str(Path("/proc/self/ns/mnt").readlink())
    assert [note["mounts"] == here for note in jobs(tmp_path)] == [False, False]
    results.assert_whole(2)
    assert {record.status for record in results.records} == {Status.ok}
    assert sorted(row["cache"] for row in results.rows) == ["keep", "purge"]
    assert len(list((results.paths.root / "dockerfiles").glob("*/Dockerfile"))) == 2
    assert not (tmp_path / "sprung").exists()


def test_optuna_is_steered_by_two_objectives(
    with_extra: Callable[[str], Environment], usual: tuple[str, ...], tmp_path: Path
) -> None:
    with_extra("optuna").bench(
        tmp_path,
        *usual,
        "-m",
        "hydra/sweeper=optuna",
        "hydra.sweeper.n_trials=4",
        "hydra.sweeper.sampler.seed=1",
        "hydra.sweeper.direction=[minimize,minimize]",
        "run.objective=[compressed_bytes,cold_s]",
        "stages=choice(single,multi)",
    )
    noted = jobs(tmp_path)
    assert len(noted) == 4
    results = CommandLine(tmp_path).results("variants")
    found = yaml.safe_load((results.paths.root / "hydra" / "optimization_results.yaml").read_text())
    measured = {
        (float(record.sizes.compressed_bytes), record.scenarios[0].duration_s)
        for record in results.records
        if record.sizes
    }
    assert {tuple(one["values"]) for one in found["solutions"]} <= measured
    assert {tuple(note["returned"]) for note in noted} <= measured  # type: ignore[arg-type]
    assert len(results.records) == len(measured) <= 2, "what has its record is not measured again"
    assert len(results.rows) == len(measured)


def test_one_objective_is_the_size_where_none_is_named(
    with_extra: Callable[[str], Environment], usual: tuple[str, ...], tmp_path: Path
) -> None:
    optuna = ("-m", "hydra/sweeper=optuna", "hydra.sweeper.n_trials=1", "cache=choice(keep)")
    with_extra("optuna").bench(tmp_path, *usual, *optuna)
    (note,) = jobs(tmp_path)
    (record,) = CommandLine(tmp_path).results("variants").records
    assert record.sizes is not None
    assert note["returned"] == float(record.sizes.unpacked_bytes)


RAY_ONCE = "ray +hydra.launcher.ray.remote.max_retries=0"
SERVICES = "project.command=[python,-m,page.app],[python,-m,page.app,hang]"
GOOD = "project.command=[python,-m,page.app]"


@dataclass(frozen=True)
class Hanging:
    """A sweep of two variants under a launcher: one is measured, the check of the other hangs."""

    running: Running
    results: Results
    worker: int
    """The process of its job."""


@pytest.fixture
def hanging(
    with_extra: Callable[[str], Environment],
    usual: tuple[str, ...],
    tmp_path: Path,
    engine: DockerEngine,
    request: pytest.FixtureRequest,
) -> Iterator[Hanging]:
    """The launcher, and what it is told, are the test's parameter."""
    launcher, *told = str(request.param).split()
    command = with_extra(launcher.partition("_")[0]).command(tmp_path)
    command.bench(*usual, "-m", GOOD)
    for path in (tmp_path / "jobs").iterdir():
        path.unlink()
    running = command.start_bench(*usual, "-m", f"hydra/launcher={launcher}", *told, SERVICES)
    note = tmp_path / "jobs" / "0.begun"
    running.wait_for("its job", note.exists)
    running.wait_for("its worker", note.read_text)
    worker = int(note.read_text())
    assert worker != running.process.pid
    running.wait_for("its container", lambda: running_checks(engine, worker))
    yield Hanging(running, command.results("variants"), worker)
    if running.process.poll() is None:
        os.killpg(running.process.pid, signal.SIGKILL)


def assert_gone(engine: DockerEngine, worker: int) -> None:
    """No container of this process is there, at the latest after a while."""
    deadline = time.monotonic() + 60
    while containers_of(engine, worker) and time.monotonic() < deadline:
        time.sleep(0.2)
    assert containers_of(engine, worker) == []


def assert_nothing_is_left(hanging: Hanging, engine: DockerEngine) -> None:
    """What is finished is kept, and no container of the worker runs on."""
    assert_gone(engine, hanging.worker)
    (record,) = hanging.results.records
    assert record.status is Status.ok
    assert len(hanging.results.rows) == 1


@pytest.mark.parametrize("hanging", ["joblib", "submitit_local", "ray"], indirect=True)
def test_ctrl_c_ends_the_workers_and_keeps_what_is_finished(
    hanging: Hanging, engine: DockerEngine
) -> None:
    done = hanging.running.signal(signal.SIGINT)
    assert done.exit_code == 130
    assert "dockbench: interrupted: what is finished is kept" in done.err
    assert_nothing_is_left(hanging, engine)


@pytest.mark.parametrize("hanging", ["joblib", "submitit_local", RAY_ONCE], indirect=True)
def test_a_worker_that_dies_is_reported_in_one_line(hanging: Hanging, engine: DockerEngine) -> None:
    os.kill(hanging.worker, signal.SIGKILL)
    done = hanging.running.wait()
    assert done.exit_code == 2
    (line,) = [line for line in done.err.splitlines() if line.startswith("dockbench: ")]
    assert re.match(r"dockbench: hydra/launcher=\w+ failed \(.*what is finished is kept", line)
    assert_nothing_is_left(hanging, engine)


@pytest.mark.parametrize("hanging", ["ray"], indirect=True)
def test_ray_runs_the_job_of_a_worker_that_died_again(
    hanging: Hanging, engine: DockerEngine
) -> None:
    """In another worker, while the container of the first is removed; each trial has its record."""
    began, folder = hanging.worker, hanging.results.paths.root.parent.parent
    os.kill(began, signal.SIGKILL)
    hanging.running.wait_for(
        "its second worker",
        lambda: (folder / "jobs" / "0.begun").read_text() not in ("", str(began)),
    )
    assert_gone(engine, began)
    again = int((folder / "jobs" / "0.begun").read_text())
    hanging.running.wait_for("its container", lambda: running_checks(engine, again))
    for container in running_checks(engine, again):
        engine.client.containers.get(container).kill()
    done = hanging.running.wait()
    assert done.exit_code == 1
    assert containers_of(engine, again) == []
    statuses = [record.status for record in hanging.results.records]
    assert statuses == [Status.ok, Status.check_failed]
    assert len(hanging.results.rows) == 2
