"""The caching proxy as a process: started on demand, used by every run, stopped like the engine."""

from __future__ import annotations

import http.client
import json
import os
import socket
import time
from collections.abc import Callable
from contextlib import ExitStack
from dataclasses import asdict, dataclass
from pathlib import Path

import filelock

from runner.engine import child
from runner.engine.child import find_program
from runner.engine.install import ensure_packages
from runner.engine.linux.orphan_cleanup import command_line, end_processes, read_pid
from runner.engine.standins.machine import trusted_bundle
from runner.model.errors import EngineError
from runner.model.progress import Progress, Silent
from runner.network.nginx import HEALTH, Ports, Settings, configuration
from runner.network.upstreams import UnreachableError, Upstreams, find_upstreams, name_servers

PACKAGE = "nginx-light"
_PROGRAM = "nginx"
_START_TIMEOUT_S = 10.0
_STOP_TIMEOUT_S = 10.0
_LOCK_TIMEOUT_S = 180.0
_ATTEMPTS = 3
ANY = Ports(0, 0, 0)


class ProxyError(Exception):
    """The proxy cannot be had; the message is one line, the reason why builds go direct."""


@dataclass(frozen=True)
class Endpoints:
    """Where the proxy answers; empty for a server that it does not have."""

    index: str
    """The index of Python packages: `http://127.0.0.1:PORT/simple`."""
    npm: str = ""
    apt: str = ""
    """A forward proxy for plain HTTP."""


class CachingProxy:
    """One proxy per cache directory; `directory` holds its configuration, state and cache."""

    def __init__(self, directory: Path, find: Callable[[], Upstreams] = find_upstreams) -> None:
        self.directory = directory
        self._find = find

    @property
    def _pid_file(self) -> Path:
        return self.directory / "nginx.pid"

    @property
    def _configuration(self) -> Path:
        return self.directory / "nginx.conf"

    @property
    def _state(self) -> Path:
        return self.directory / "state.json"

    def running_pid(self) -> int | None:
        """The pid of the running proxy that was started from this directory, else None."""
        pid = read_pid(self._pid_file)
        if pid is None or str(self._configuration) not in " ".join(command_line(pid)):
            return None
        return pid

    def endpoints(self) -> Endpoints | None:
        """Where it answers now; None if it does not run or does not answer."""
        if self.running_pid() is None:
            return None
        try:
            state = json.loads(self._state.read_text())
            ports, upstreams = Ports(**state["ports"]), Upstreams(**state["upstreams"])
        except (OSError, ValueError, KeyError, TypeError):
            return None
        if not answers(ports.index):
            return None
        return endpoints_of(ports, upstreams, with_apt=bool(state.get("name_servers")))

    def start(self, progress: Progress | None = None) -> Endpoints:
        """Use the running proxy or start one.

        Raises `ProxyError` with the reason where there can be none: no nginx and none to be
        installed, an index that does not answer, no port.
        """
        progress = progress or Silent()
        if found := self.endpoints():
            return found
        program = _nginx(progress)
        try:
            upstreams = self._find()
        except UnreachableError as error:
            raise ProxyError(str(error)) from error
        with self._locked():
            if found := self.endpoints():
                return found
            self._end()
            return self._start(program, upstreams)

    def stop(self) -> bool:
        """Stop it; False if it did not run. What it has cached stays."""
        if not self._pid_file.exists():
            return False
        with self._locked():
            return self._end()

    def _locked(self) -> filelock.BaseFileLock:
        try:
            self.directory.mkdir(mode=0o700, parents=True, exist_ok=True)
        except OSError as error:
            raise ProxyError(f"cannot use {self.directory}: {error.strerror}") from error
        return filelock.FileLock(self.directory / "lock", timeout=_LOCK_TIMEOUT_S)

    def _end(self) -> bool:
        """The server and its workers; workers of a server that was killed listen on alone."""
        pid = read_pid(self._pid_file)
        found = [] if pid is None else _servers_of_group(pid)
        end_processes(found, _STOP_TIMEOUT_S)
        self._pid_file.unlink(missing_ok=True)
        return bool(found)

    def _start(self, program: Path, upstreams: Upstreams) -> Endpoints:
        """A free port may be taken before the server listens: then others are tried."""
        words = ""
        for attempt in range(_ATTEMPTS):
            settings = self._settings(upstreams, ANY if attempt else self._ports_before())
            self._write(settings)
            words = _launch(program, self._configuration, self.directory)
            if not words and _await_answer(settings.ports.index):
                found = bool(settings.name_servers)
                return endpoints_of(settings.ports, upstreams, with_apt=found)
            self._end()
        raise ProxyError(f"nginx did not come up: {words or 'it gave no answer'}")

    def _ports_before(self) -> Ports:
        try:
            return Ports(**json.loads(self._state.read_text())["ports"])
        except (OSError, ValueError, KeyError, TypeError):
            return ANY

    def _settings(self, upstreams: Upstreams, wanted: Ports) -> Settings:
        return Settings(
            directory=self.directory,
            ports=free_ports(wanted),
            upstreams=upstreams,
            certificates=trusted_bundle(),
            name_servers=name_servers(),
            user="root" if os.geteuid() == 0 else "",
        )

    def _write(self, settings: Settings) -> None:
        for name in ("tmp", "cache"):
            (self.directory / name).mkdir(mode=0o700, exist_ok=True)
        state = {
            "ports": asdict(settings.ports),
            "upstreams": asdict(settings.upstreams),
            "name_servers": settings.name_servers,
        }
        self._state.write_text(json.dumps(state))
        self._configuration.write_text(configuration(settings))


def _servers_of_group(leader: int) -> list[int]:
    """Processes of nginx in the group of this leader, which need not be there any more."""
    pids = [int(entry.name) for entry in Path("/proc").iterdir() if entry.name.isdigit()]
    return [pid for pid in pids if _group(pid) == leader and _is_nginx(pid)]


def _group(pid: int) -> int:
    """The process group; 0 for a process that is gone."""
    try:
        return os.getpgid(pid)
    except OSError:
        return 0


def _is_nginx(pid: int) -> bool:
    return "".join(command_line(pid)[:1]).startswith("nginx:")


def endpoints_of(ports: Ports, upstreams: Upstreams, *, with_apt: bool) -> Endpoints:
    """The addresses that installers are given."""
    path = upstreams.index.partition("://")[2].partition("/")[2]
    return Endpoints(
        index=f"http://127.0.0.1:{ports.index}/{path}",
        npm=f"http://127.0.0.1:{ports.npm}" if upstreams.npm else "",
        apt=f"http://127.0.0.1:{ports.apt}" if with_apt else "",
    )


def free_ports(wanted: Ports = ANY) -> Ports:
    """Three ports of loopback that nothing listens on now: those wanted, if they are free.

    The same ports again mean the same `ENV` lines, and so the same steps in the engine's cache.
    """
    with ExitStack() as stack:
        sockets = [stack.enter_context(socket.socket()) for _ in range(3)]
        for found, port in zip(sockets, (wanted.index, wanted.npm, wanted.apt), strict=True):
            found.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            try:
                found.bind(("127.0.0.1", port))
            except OSError:
                found.bind(("127.0.0.1", 0))
        index, npm, apt = (int(found.getsockname()[1]) for found in sockets)
    return Ports(index, npm, apt)


def answers(port: int) -> bool:
    """Whether a proxy of ours answers at this port of loopback."""
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=3)
    try:
        connection.request("GET", HEALTH)
        return connection.getresponse().status == http.client.NO_CONTENT
    except (OSError, http.client.HTTPException):
        return False
    finally:
        connection.close()


def _await_answer(port: int) -> bool:
    deadline = time.monotonic() + _START_TIMEOUT_S
    while time.monotonic() < deadline:
        if answers(port):
            return True
        time.sleep(0.05)
    return False


def _launch(program: Path, file: Path, directory: Path) -> str:
    """Start nginx in the background; its complaint on one line, empty if there is none."""
    command = [str(program), "-p", str(directory), "-e", f"{directory}/error.log", "-c", str(file)]
    try:
        done = child.run(command, timeout_s=_START_TIMEOUT_S, own_session=True)
    except child.Failed as error:
        return str(error)
    lines = [line for line in done.stderr.splitlines() if "[emerg]" in line]
    return " ".join((lines or done.stderr.splitlines())[:1]) if done.returncode else ""


def _nginx(progress: Progress) -> Path:
    if found := find_program(_PROGRAM):
        return found
    try:
        ensure_packages([PACKAGE], progress)
    except EngineError as error:
        raise ProxyError(str(error)) from error
    if found := find_program(_PROGRAM):
        return found
    raise ProxyError(f"{PACKAGE} is installed but has no nginx")
