"""The embedded engine: a private dockerd for machines on which no Docker engine answers.

All that it has lies in one directory of the user's cache. It listens on a Unix socket only, makes
no firewall rule and leaves other engines' networks alone, outlives the command that started it, and
is used again by the next.
"""

from __future__ import annotations

import contextlib
import json
import math
import shutil
import time
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import docker
import filelock

from runner.engine import child
from runner.engine.defaults import PROBE_TIMEOUT_S
from runner.engine.docker.client import open_client
from runner.engine.docker.daemon import (
    ANSWER_TIMEOUT_S,
    BUILD_CACHE_LIMIT,
    cannot_use,
    carried_settings,
    daemon_command,
    identity,
    last_words,
    unanswered,
)
from runner.engine.docker.embedded_paths import default_paths, paths_of
from runner.engine.docker.engine import DockerEngine
from runner.engine.docker.errors import TRANSPORT_ERRORS, translated
from runner.engine.docker.sockets import UNIX
from runner.engine.install import ensure_dockerd
from runner.engine.linux import bridge, orphan_cleanup
from runner.model.engine import EngineInfo
from runner.model.errors import EngineError
from runner.model.progress import Progress, Silent

START_TIMEOUT_S = 60.0
STOP_TIMEOUT_S = 20.0
"""How long a daemon may take to stop its containers and itself before it is killed."""

_LOCK_TIMEOUT_S = 180.0
_EMPTY_TIMEOUT_S = 600.0
"""How long it may take to empty a build cache: it is silent meanwhile."""


class EmbeddedEngine(DockerEngine):
    """A private dockerd; `start` it before use, `stop` it when it is not needed any more.

    No bridge of it leads anywhere, so builds use the host's network.
    """

    is_private = True
    build_network = "host"

    def __init__(self, folder: Path | None = None) -> None:
        self.paths = default_paths() if folder is None else paths_of(folder)
        self._client: docker.DockerClient | None = None
        self._daemon: child.Child | None = None

    @property
    def client(self) -> docker.DockerClient:
        """The SDK's client; raises `EngineError` if the engine was not started."""
        if self._client is None:
            raise EngineError("the embedded engine is not running: `dockbench engine start`")
        return self._client

    @property
    def address(self) -> str:
        """Its socket as a URL."""
        return f"{UNIX}{self.paths.socket}"

    def info(self) -> EngineInfo:
        """What the engine says of itself; raises `EngineError` when it does not answer.

        Its id is that of its data: dockerd's own is the same for every daemon of a machine, and
        stays when the data is removed.
        """
        said = super().info()
        return replace(said, id=identity(self.paths.identity) or said.id)

    def running_pid(self) -> int | None:
        """The daemon's pid, or None if it does not run."""
        return orphan_cleanup.daemon_of(self.paths.pid)

    def processes(self) -> tuple[int | None, ...]:
        """Pids of the daemon and of its containerd; None for what does not run."""
        pid_file = self.paths.folder / "exec" / "containerd" / "containerd.pid"
        containerd = orphan_cleanup.read_pid(pid_file)
        alive = containerd is not None and orphan_cleanup.is_alive(containerd)
        return (self.running_pid(), containerd if alive else None)

    def attach(self, patience_s: float = PROBE_TIMEOUT_S) -> bool:
        """Use the daemon if it runs and answers; never starts one."""
        if self.running_pid() is None:
            return False
        try:
            self._client = open_client(self.address, probe_timeout_s=math.ceil(patience_s))
        except TRANSPORT_ERRORS:
            return False
        return True

    def start(self, progress: Progress | None = None) -> None:
        """Use the running daemon or start one; raises `EngineError` with its last words.

        A daemon that is alive is waited for, and never cleared away: another command may be using
        it, and be slowed down by the same thing.
        """
        progress = progress or Silent()
        if self.attach() or self._answers_late(progress):
            self._await_containerd(progress)
            return
        dockerd = ensure_dockerd(progress)
        with self._held():
            if self.attach() or self._answers_late(progress):
                return
            progress.begin("starting the embedded engine", 3.0)
            try:
                self._clear_remains()
                self._launch(dockerd)
                self._await_answer()
            finally:
                progress.end()

    def _answers_late(self, progress: Progress) -> bool:
        """Wait for a daemon that runs; False if none does (any more).

        Raises `EngineError` for one that still does not answer.
        """
        pid = self.running_pid()
        if pid is None:
            return False
        progress.begin(f"waiting for the embedded engine (pid {pid}) to answer", None)
        deadline = time.monotonic() + ANSWER_TIMEOUT_S
        try:
            while (left_s := deadline - time.monotonic()) > 0:
                if self.attach(min(left_s, PROBE_TIMEOUT_S)):
                    return True
                if self.running_pid() is None:
                    return False
                time.sleep(min(0.2, max(left_s, 0)))
        finally:
            progress.end()
        raise EngineError(f"the embedded engine is not usable: {unanswered(pid)}")

    def _await_containerd(self, progress: Progress) -> None:
        """Wait for the daemon to start its containerd again if that has died: builds may work
        without, containers do not. Raises `EngineError` if it does not."""
        if self._has_containerd():
            return
        progress.begin("waiting for the embedded engine to start its containerd again", 10.0)
        deadline = time.monotonic() + ANSWER_TIMEOUT_S
        try:
            while not self._has_containerd():
                if time.monotonic() > deadline:
                    raise EngineError(
                        "the embedded engine has lost its containerd and does not start it again:"
                        " `dockbench engine stop`, then run again"
                    )
                time.sleep(0.2)
        finally:
            progress.end()

    def _has_containerd(self) -> bool:
        """Whether the daemon reaches its containerd: it asks it for its version."""
        try:
            commit = self.client.info().get("ContainerdCommit") or {}
        except TRANSPORT_ERRORS:
            return False
        return commit.get("ID") != "N/A"

    def stop(self) -> bool:
        """Stop the daemon and clear what it leaves; False if there was nothing to stop."""
        if not self.paths.folder.is_dir():
            return False
        with self._held():
            pid = self.running_pid()
            if pid is not None:
                orphan_cleanup.end_processes([pid], STOP_TIMEOUT_S)
            left = self._clear_remains()
        if self._client is not None:
            self._client.close()
            self._client = None
        return pid is not None or left

    def empty_build_cache(self) -> int:
        """Remove all that no build uses at the moment; the bytes that this freed. Raises
        `EngineError`."""
        with self.patient(_EMPTY_TIMEOUT_S), translated(self.address):
            return int(self.client.api.prune_builds(all=True).get("SpaceReclaimed") or 0)

    def clear_if_dead(self) -> None:
        """End what a daemon left that died: its containers and builds go on without it.

        A daemon that runs, be it one that another command has just started, is left alone.
        """
        with contextlib.suppress(OSError, filelock.Timeout), self._locked():
            if self.running_pid() is None:
                self._clear_remains()

    @contextlib.contextmanager
    def _held(self) -> Iterator[None]:
        """Alone with the engine's files; what is wrong with them is an `EngineError`."""
        try:
            with self._locked():
                yield
        except filelock.Timeout as error:
            raise EngineError(
                "another command has been starting or stopping the embedded engine for"
                f" {_LOCK_TIMEOUT_S:.0f} s: wait for it, or end it"
            ) from error
        except OSError as error:
            raise EngineError(cannot_use(self.paths.folder, error)) from error

    def _locked(self) -> filelock.BaseFileLock:
        self.paths.folder.mkdir(parents=True, exist_ok=True)
        return filelock.FileLock(self.paths.lock, timeout=_LOCK_TIMEOUT_S)

    def _clear_remains(self) -> bool:
        """End leftover processes, mounts and files of a daemon that is gone."""
        folders = {self.paths.folder, self.paths.short}
        stragglers = [pid for folder in folders for pid in orphan_cleanup.processes_of(folder)]
        orphan_cleanup.kill_processes(stragglers)
        for folder in (self.paths.data, self.paths.folder / "exec"):
            orphan_cleanup.unmount_below(folder)
        self.paths.pid.unlink(missing_ok=True)
        self.paths.socket.unlink(missing_ok=True)
        (self.paths.folder / "exec" / "containerd" / "containerd.pid").unlink(missing_ok=True)
        bridge.remove(bridge.bridge_of(self.paths.folder))
        if self.paths.short != self.paths.folder:
            self.paths.short.unlink(missing_ok=True)
        return bool(stragglers)

    def _launch(self, dockerd: Path) -> None:
        if self.paths.short != self.paths.folder:
            self.paths.short.symlink_to(self.paths.folder)
        settings = {**carried_settings(), **BUILD_CACHE_LIMIT}
        self.paths.config.write_text(json.dumps(settings))
        if self.paths.log.exists():
            self.paths.log.replace(self.paths.log.with_suffix(".log.1"))
        with self.paths.log.open("wb") as log:
            network = bridge.ready_bridge(self.paths.folder)
            command = daemon_command(dockerd, self.paths, network)
            shutil.rmtree(self.paths.temporary, ignore_errors=True)
            self.paths.temporary.mkdir(parents=True)
            aside = {"TMPDIR": str(self.paths.temporary)}
            self._daemon = child.start(command, stdout=log, extra=aside, own_session=True)

    def _await_answer(self) -> None:
        deadline = time.monotonic() + START_TIMEOUT_S
        while time.monotonic() < deadline:
            if self._daemon is not None and self._daemon.poll() is not None:
                break
            if self.paths.socket.exists() and self.attach():
                return
            time.sleep(0.1)
        words = " | ".join(last_words(self.paths.log)) or "it said nothing"
        raise EngineError(
            f"dockerd did not come up: {words} (whole log: {self.paths.log}); if its data is"
            " damaged, `dockbench clean --all` removes it and the next run begins anew"
        )
