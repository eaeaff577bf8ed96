"""The embedded engine: a private dockerd for machines on which no Docker engine answers.

All that it has lies in one folder of the user's cache. It listens on a Unix socket only, makes no
firewall rule and leaves other engines' networks alone, outlives the command that started it, and is
used again by the next.
"""

from __future__ import annotations

import contextlib
import json
import time
import uuid
from collections import deque
from dataclasses import replace
from pathlib import Path

import docker
import filelock

from runner.engine import bridge, child, remains
from runner.engine.describe import TRANSPORT_ERRORS, describe, layer_folders
from runner.engine.embedded_paths import EnginePaths, default_paths
from runner.engine.existing import open_client
from runner.engine.install import ensure_dockerd
from runner.engine.port import Engine
from runner.model.engine import EngineInfo
from runner.model.errors import EngineError
from runner.model.progress import Progress, Silent

START_TIMEOUT_S = 60.0
STOP_TIMEOUT_S = 20.0
"""How long a daemon may take to stop its containers and itself before it is killed."""

_LOCK_TIMEOUT_S = 180.0
BUILD_CACHE_LIMIT = {"builder": {"gc": {"enabled": True, "defaultKeepStorage": "20GB"}}}
"""Every cold build leaves its layers in BuildKit's cache: beyond this the oldest are dropped."""

_SYSTEM_CONFIG = Path("/etc/docker/daemon.json")
_CARRIED_SETTINGS = ("registry-mirrors", "insecure-registries", "dns", "proxies")
"""What of the system's own daemon settings says how this machine reaches registries."""


class EmbeddedEngine:
    """A private dockerd; `start` it before use, `stop` it when it is not needed any more."""

    def __init__(self, folder: Path | None = None) -> None:
        self.paths = default_paths() if folder is None else EnginePaths(folder.absolute())
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
        return f"unix://{self.paths.socket}"

    @property
    def build_network(self) -> str:
        """The host's: no bridge of the embedded engine leads anywhere."""
        return "host"

    def info(self) -> EngineInfo:
        """What the engine says of itself; raises `EngineError` when it does not answer.

        Its id is that of its data: dockerd's own is the same for every daemon of a machine, and
        stays when the data is removed.
        """
        said = describe(self.client, "embedded", self.address)
        return replace(said, id=identity(self.paths.identity) or said.id)

    def layer_folders(self, image: str) -> list[Path] | None:
        """The overlay2 folder of each layer from the base up, or None if they are not readable."""
        return layer_folders(self.client, self.address, image)

    def running_pid(self) -> int | None:
        """The daemon's pid, or None if it does not run."""
        return remains.owner_of(self.paths.pid)

    def attach(self) -> bool:
        """Use the daemon if it runs and answers; never starts one."""
        if self.running_pid() is None:
            return False
        try:
            self._client = open_client(self.address)
        except TRANSPORT_ERRORS:
            return False
        return True

    def start(self, progress: Progress | None = None) -> None:
        """Use the running daemon or start one; raises `EngineError` with its last words."""
        progress = progress or Silent()
        if self.attach():
            return
        dockerd = ensure_dockerd(progress)
        with self._locked():
            if self.attach():
                return
            progress.begin("starting the embedded engine", 3.0)
            try:
                self._clear_remains()
                self._launch(dockerd)
                self._await_answer()
            finally:
                progress.end()

    def stop(self) -> bool:
        """Stop the daemon and clear what it leaves; False if there was nothing to stop."""
        if not self.paths.folder.is_dir():
            return False
        with self._locked():
            pid = self.running_pid()
            if pid is not None:
                remains.end_processes([pid], STOP_TIMEOUT_S)
            left = self._clear_remains()
        if self._client is not None:
            self._client.close()
            self._client = None
        return pid is not None or left

    def clear_if_dead(self) -> None:
        """End what a daemon left that died: its containers and builds go on without it.

        A daemon that runs, be it one that another command has just started, is left alone.
        """
        with contextlib.suppress(OSError, filelock.Timeout), self._locked():
            if self.running_pid() is None:
                self._clear_remains()

    def _locked(self) -> filelock.BaseFileLock:
        self.paths.folder.mkdir(parents=True, exist_ok=True)
        return filelock.FileLock(self.paths.lock, timeout=_LOCK_TIMEOUT_S)

    def _clear_remains(self) -> bool:
        """End leftover processes, mounts and files of a daemon that is gone."""
        folders = {self.paths.folder, self.paths.short}
        stragglers = [pid for folder in folders for pid in remains.processes_of(folder)]
        remains.kill_processes(stragglers)
        for folder in (self.paths.data, self.paths.folder / "exec"):
            remains.unmount_below(folder)
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
        settings = {**_carried_settings(_SYSTEM_CONFIG), **BUILD_CACHE_LIMIT}
        self.paths.config.write_text(json.dumps(settings))
        if self.paths.log.exists():
            self.paths.log.replace(self.paths.log.with_suffix(".log.1"))
        with self.paths.log.open("wb") as log:
            network = bridge.ready_bridge(self.paths.folder)
            command = daemon_command(dockerd, self.paths, network)
            self._daemon = child.start(command, stdout=log, own_session=True)

    def _await_answer(self) -> None:
        deadline = time.monotonic() + START_TIMEOUT_S
        while time.monotonic() < deadline:
            if self._daemon is not None and self._daemon.poll() is not None:
                break
            if self.paths.socket.exists() and self.attach():
                return
            time.sleep(0.1)
        words = " | ".join(last_words(self.paths.log)) or "it said nothing"
        raise EngineError(f"dockerd did not come up: {words} (whole log: {self.paths.log})")


def identity(file: Path) -> str:
    """The 12 hexadecimal digits in an identity file, written if there is none; empty if it cannot
    be written (an engine of another user's)."""
    try:
        file.parent.mkdir(mode=0o710, parents=True, exist_ok=True)
        with contextlib.suppress(FileExistsError), file.open("x") as new:
            new.write(uuid.uuid4().hex[:12])
        return file.read_text().strip()
    except OSError:
        return ""


def daemon_command(dockerd: Path, paths: EnginePaths, network: str = bridge.NONE) -> list[str]:
    """The private daemon's command line with its bridge; its containerd namespaces are its own as
    well."""
    return [
        str(dockerd),
        "--config-file", str(paths.config),
        "--data-root", str(paths.data),
        "--exec-root", str(paths.exec_root),
        "--pidfile", str(paths.pid),
        "--host", f"unix://{paths.socket}",
        "--bridge", network,
        "--iptables=false",
        "--ip6tables=false",
        "--ip-masq=false",
        "--ip-forward=false",
        "--userland-proxy=false",
        "--containerd-namespace", "dockbench",
        "--containerd-plugins-namespace", "dockbench-plugins",
    ]  # fmt: skip


def last_words(log: Path, lines: int = 3) -> list[str]:
    """The last error lines of the daemon's log, or its last lines if it names no error."""
    try:
        with log.open(errors="replace") as file:
            tail = [line.strip() for line in deque(file, maxlen=40) if line.strip()]
    except OSError:
        return []
    errors = [line for line in tail if "level=" not in line or "level=fatal" in line]
    return (errors or tail)[-lines:]


def _carried_settings(system_config: Path) -> dict[str, object]:
    """How the system's daemon reaches registries; nothing if it has no readable settings."""
    try:
        settings = json.loads(system_config.read_text())
    except (OSError, ValueError):
        return {}
    if not isinstance(settings, dict):
        return {}
    return {key: settings[key] for key in _CARRIED_SETTINGS if key in settings}


def _proof(engine: EmbeddedEngine) -> Engine:
    return engine
