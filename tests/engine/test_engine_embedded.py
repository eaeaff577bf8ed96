"""The embedded engine's life: start, reuse, stop, kill -9, loss in the middle of a build."""

from __future__ import annotations

import json
import os
import re
import shutil
import signal
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from runner.cli.main import main
from runner.engine import doctor
from runner.engine.builders import builder_for
from runner.engine.clean import remove_embedded
from runner.engine.containers import run_container
from runner.engine.docker import embedded
from runner.engine.docker.daemon import identity
from runner.engine.docker.embedded import EmbeddedEngine
from runner.engine.docker.existing import find_existing
from runner.engine.linux import bridge, orphan_cleanup
from runner.model.engine import BuilderName, BuildRequest, BuildStep
from runner.model.errors import EngineError, EngineFullError, EngineLostError
from runner.model.paths import CachePaths
from runner.model.progress import Silent
from tests.engine.conftest import build_tiny
from tests.engine.contexts import write_context
from tests.engine.processes import kill_daemon, processes_with, wait_until_gone


def test_start_reuse_stop(private: EmbeddedEngine) -> None:
    private.start()
    pid = private.running_pid()
    assert pid is not None
    assert private.info().kind == "embedded"
    assert private.build_network == "host"
    again = EmbeddedEngine(private.paths.folder)
    again.start()
    assert again.running_pid() == pid
    again.client.close()
    assert not any("tcp" in argument for argument in orphan_cleanup.command_line(pid))
    assert private.stop()
    assert private.running_pid() is None
    assert not orphan_cleanup.is_alive(pid)
    assert orphan_cleanup.mounts_below(private.paths.folder) == []
    assert orphan_cleanup.processes_of(private.paths.folder) == []
    assert not private.paths.socket.exists()
    assert not private.stop()
    with pytest.raises(EngineError, match="dockbench engine start"):
        _ = private.client


@pytest.fixture
def docker0() -> Iterator[str]:
    """The bridge of somebody else's engine."""
    made = not bridge.exists(bridge.DOCKERS)
    if made:
        bridge.add(bridge.DOCKERS)
    yield bridge.DOCKERS
    if made:
        bridge.remove(bridge.DOCKERS)


def test_the_network_of_another_engine_is_left_alone(private: EmbeddedEngine, docker0: str) -> None:
    own = bridge.bridge_of(private.paths.folder)
    private.start()
    assert bridge.exists(docker0)
    assert bridge.exists(own)
    os.kill(private.running_pid() or 0, signal.SIGKILL)
    private.stop()
    assert bridge.exists(docker0)
    assert not bridge.exists(own)


def test_it_outlives_the_command_that_started_it(private: EmbeddedEngine) -> None:
    script = (
        "import sys\nfrom pathlib import Path\n"
        "from runner.engine.docker.embedded import EmbeddedEngine\n"
        "EmbeddedEngine(Path(sys.argv[1])).start()\n"
    )
    command = [sys.executable, "-c", script, str(private.paths.folder)]
    with subprocess.Popen(command, start_new_session=True) as starter:
        assert starter.wait(60) == 0
    assert private.attach()
    pid = private.running_pid()
    assert pid is not None
    assert os.getsid(pid) not in (starter.pid, os.getsid(0))


def test_concurrent_starts_give_one_daemon(private: EmbeddedEngine) -> None:
    engines = [EmbeddedEngine(private.paths.folder) for _ in range(4)]
    threads = [threading.Thread(target=engine.start) for engine in engines]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len({engine.running_pid() for engine in engines}) == 1
    assert all(engine.client.ping() for engine in engines)
    for engine in engines:
        engine.client.close()


@contextmanager
def stopped(pid: int, seconds: float = 0.0) -> Iterator[None]:
    """The process gets no time (SIGSTOP), for so many seconds or as long as the block lasts."""
    os.kill(pid, signal.SIGSTOP)
    timer = threading.Timer(seconds or 1e6, os.kill, [pid, signal.SIGCONT])
    timer.daemon = True
    timer.start()
    try:
        yield
    finally:
        timer.cancel()
        os.kill(pid, signal.SIGCONT)


class Heard(Silent):
    """Remembers what was begun."""

    def __init__(self) -> None:
        self.begun: list[str] = []

    def begin(self, what: str, estimate_s: float | None = None) -> None:  # noqa: ARG002
        """Remember it."""
        self.begun.append(what)


def test_a_daemon_that_is_only_slow_is_waited_for(private: EmbeddedEngine) -> None:
    private.start()
    pid = private.running_pid()
    assert pid is not None
    other, heard = EmbeddedEngine(private.paths.folder), Heard()
    with stopped(pid, 8.0):
        other.start(heard)
    assert other.running_pid() == pid
    assert heard.begun == [f"waiting for the embedded engine (pid {pid}) to answer"]
    other.client.close()


def test_an_engine_that_is_reached_by_a_link_is_the_one_that_runs(
    private: EmbeddedEngine, tmp_path: Path
) -> None:
    """A cache directory that is a link, or lies below one, is another name of the same engine."""
    private.start()
    (tmp_path / "link").symlink_to(private.paths.folder)
    linked = EmbeddedEngine(tmp_path / "link")
    assert linked.paths == private.paths
    assert linked.running_pid() == private.running_pid()
    assert linked.attach()


def test_a_daemon_that_stays_silent_is_named_and_left_alive(
    private: EmbeddedEngine, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    private.start()
    pid = private.running_pid()
    assert pid is not None
    monkeypatch.setattr(embedded, "ANSWER_TIMEOUT_S", 3.0)
    monkeypatch.setattr(embedded, "default_paths", lambda: private.paths)
    private.paths.pid.unlink()
    with stopped(pid):
        said = f"pid {pid} runs but has not answered for 30 s: .*`dockbench engine stop`"
        with pytest.raises(EngineError, match=said):
            EmbeddedEngine(private.paths.folder).start()
        assert main(["engine", "status"]) == 0
        assert f"pid {pid} runs but has not answered for 5 s" in capsys.readouterr().out
        assert main(["engine", "status", "--json", "-"]) == 0
        told = json.loads(capsys.readouterr().out)
        assert (told["running"], told["answers"], told["pid"]) == (True, False, pid)
        _, (finding, *_) = doctor.look_for_engine()
        assert f"pid {pid} runs" in finding.what
        assert finding.next_step
    assert private.attach()
    assert private.running_pid() == pid
    assert private.stop()
    assert not orphan_cleanup.is_alive(pid)


def test_damaged_data_and_the_way_out(private: EmbeddedEngine) -> None:
    private.start()
    private.stop()
    for name in ("image/overlay2/layerdb", "containerd/daemon", "buildkit/cache.db", "volumes"):
        place = private.paths.data / name
        shutil.rmtree(place) if place.is_dir() else place.unlink(missing_ok=True)
        place.parent.mkdir(parents=True, exist_ok=True)
        place.write_bytes(b"damaged")
    with pytest.raises(EngineError, match=r"dockerd did not come up: .*`dockbench clean --all`"):
        private.start()


def test_something_else_where_the_socket_belongs(private: EmbeddedEngine) -> None:
    private.paths.socket.mkdir(parents=True)
    said = f"cannot use {private.paths.socket} .*[Dd]irectory.*: remove what is in the way"
    with pytest.raises(EngineError, match=said):
        private.start()
    _, (silent,) = find_existing({"DOCKER_HOST": f"unix://{private.paths.socket}"})
    assert silent.endswith("it is a directory and not a socket")
    private.paths.socket.rmdir()


def test_kill_9_and_start_again(private: EmbeddedEngine, busybox: bytes, tmp_path: Path) -> None:
    private.start()
    tiny = build_tiny(private, busybox, tmp_path)
    seconds = "4711.125"
    running = run_container(private, tiny, ["sleep", seconds])
    assert running.exit_code() is None
    kill_daemon(private)
    assert private.paths.socket.exists()
    fresh = EmbeddedEngine(private.paths.folder)
    assert not fresh.attach()
    fresh.start()
    assert fresh.client.images.get(tiny)
    assert wait_until_gone(seconds) == []
    fresh.client.close()


def test_stop_after_kill_9_clears_everything(
    private: EmbeddedEngine, busybox: bytes, tmp_path: Path
) -> None:
    private.start()
    tiny = build_tiny(private, busybox, tmp_path)
    seconds = "4712.125"
    run_container(private, tiny, ["sleep", seconds])
    kill_daemon(private)
    assert private.stop()
    assert wait_until_gone(seconds) == []
    assert orphan_cleanup.mounts_below(private.paths.folder) == []
    assert orphan_cleanup.processes_of(private.paths.folder) == []


def test_a_pid_of_another_program_is_left_alone(private: EmbeddedEngine) -> None:
    with subprocess.Popen(["sleep", "600"]) as other:
        private.paths.folder.mkdir(parents=True)
        private.paths.pid.write_text(str(other.pid))
        assert private.running_pid() is None
        private.stop()
        private.paths.pid.write_text(str(other.pid))
        private.start()
        assert private.running_pid() != other.pid
        assert other.poll() is None
        other.kill()


@pytest.mark.parametrize("name", list(BuilderName), ids=lambda name: name.value)
def test_an_engine_that_dies_in_mid_build_is_reported_at_once(
    private: EmbeddedEngine, busybox: bytes, tmp_path: Path, name: BuilderName
) -> None:
    private.start()
    tiny = build_tiny(private, busybox, tmp_path)
    seconds = f"48{len(name.value)}.125"
    context = write_context(tmp_path / "context.tar", f"FROM {tiny}\nRUN sleep {seconds}\n")
    died: list[float] = []

    def kill_when_it_sleeps(step: BuildStep) -> None:
        if seconds in step.name and not died:
            deadline = time.monotonic() + 10
            while not processes_with(seconds) and time.monotonic() < deadline:
                time.sleep(0.05)
            died.append(time.monotonic())
            kill_daemon(private)

    with pytest.raises(EngineLostError, match="in the middle of a build"):
        builder_for(name, private).build(BuildRequest(context), kill_when_it_sleeps)
    assert time.monotonic() - died[0] < 5
    private.stop()
    assert wait_until_gone(seconds) == []


def test_a_full_disk_is_no_failure_of_the_build_and_stays_mounted(
    private: EmbeddedEngine, busybox: bytes, tmp_path: Path
) -> None:
    private.paths.folder.mkdir(parents=True)
    mount = ["mount", "-t", "tmpfs", "-o", "size=96m", "tmpfs", str(private.paths.folder)]
    subprocess.run(mount, check=True)
    try:
        private.start()
        tiny = build_tiny(private, busybox, tmp_path)
        fill = "RUN dd if=/dev/zero of=/big bs=1M count=200"
        context = write_context(tmp_path / "context.tar", f"FROM {tiny}\n{fill}\n")
        with pytest.raises(EngineFullError, match=r"no space left on the engine's disk .*dd if="):
            builder_for(BuilderName.buildkit, private).build(BuildRequest(context))
        assert private.client.ping()
        private.stop()
        assert orphan_cleanup.mounts_below(private.paths.folder) == [private.paths.folder]
    finally:
        private.stop()
        subprocess.run(["umount", str(private.paths.folder)], check=True)


def test_what_the_daemon_writes_aside_stays_with_the_engine(private: EmbeddedEngine) -> None:
    """containerd writes its stacks to the temporary directory when it is given up."""
    (private.paths.temporary / "old").mkdir(parents=True)
    private.start()
    pid = int(private.paths.pid.read_text())
    settings = Path(f"/proc/{pid}/environ").read_bytes().split(b"\0")
    assert f"TMPDIR={private.paths.temporary}".encode() in settings
    assert not (private.paths.temporary / "old").exists()


def test_a_long_path_gets_a_short_socket(tmp_path: Path) -> None:
    engine = EmbeddedEngine(tmp_path / ("long-" * 12) / "engine")
    link = engine.paths.short
    assert link.parent == Path("/run")
    try:
        engine.start()
        assert engine.client.ping()
        assert engine.paths.data.is_dir()
    finally:
        engine.stop()
    assert not link.is_symlink()


def test_a_daemon_that_does_not_come_up_is_quoted(private: EmbeddedEngine) -> None:
    private.paths.folder.mkdir(parents=True)
    private.paths.data.write_text("a file where the data folder belongs")
    with pytest.raises(EngineError) as failed:
        private.start()
    text = str(failed.value)
    assert "dockerd did not come up" in text
    assert str(private.paths.data) in text
    assert "\n" not in text


def test_removing_the_cache_folder_stops_the_engine_and_spares_its_neighbours() -> None:
    paths = CachePaths(Path(tempfile.mkdtemp(prefix="dockbench-")) / "dockbench")
    neighbour = paths.root.parent / "precious"
    neighbour.write_text("stay")
    engine = EmbeddedEngine(paths.engine)
    engine.start()
    pid = engine.running_pid()
    assert pid is not None
    try:
        assert remove_embedded(paths)
        assert not paths.root.exists()
        assert not orphan_cleanup.is_alive(pid)
        assert neighbour.read_text() == "stay"
        assert not remove_embedded(paths)
    finally:
        engine.stop()
        shutil.rmtree(paths.root.parent)


def test_a_daemon_of_somebody_else_is_an_existing_engine(private: EmbeddedEngine) -> None:
    private.start()
    found, silent = find_existing({"DOCKER_HOST": private.address})
    assert found is not None
    assert silent == []
    assert found.info().kind == "existing"
    assert found.build_network == "default"
    assert found.client.info()["ID"] == private.client.info()["ID"]
    found.client.close()


def test_an_engine_whose_data_was_removed_is_another_engine(tmp_path: Path) -> None:
    file = tmp_path / "data" / "dockbench-identity"
    first = identity(file)
    assert re.fullmatch(r"[0-9a-f]{12}", first)
    assert identity(file) == first
    shutil.rmtree(tmp_path / "data")
    assert identity(file) != first
