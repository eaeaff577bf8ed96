"""Processes of this machine, found by an argument that nothing else has; killing a daemon."""

from __future__ import annotations

import os
import signal
import time
from pathlib import Path

from runner.engine.docker.embedded import EmbeddedEngine
from runner.engine.linux import orphan_cleanup


def processes_with(argument: str) -> list[int]:
    """Pids of the processes of this machine that have the argument."""
    found = []
    for entry in Path("/proc").iterdir():
        if entry.name.isdigit() and int(entry.name) != os.getpid():
            try:
                arguments = (entry / "cmdline").read_bytes().split(b"\0")
            except OSError:
                continue
            if argument.encode() in arguments:
                found.append(int(entry.name))
    return found


def wait_until_gone(argument: str, patience_s: float = 15.0) -> list[int]:
    """Those that are left when there are none, or patience is over."""
    deadline = time.monotonic() + patience_s
    while (left := processes_with(argument)) and time.monotonic() < deadline:
        time.sleep(0.1)
    return left


def kill_daemon(engine: EmbeddedEngine) -> None:
    """Kill -9, and wait until it is gone."""
    pid = engine.running_pid()
    assert pid is not None
    kill(pid)


def kill(pid: int) -> None:
    """Kill -9, and wait until it is gone: until then it looks as if it ran."""
    os.kill(pid, signal.SIGKILL)
    deadline = time.monotonic() + 10
    while orphan_cleanup.is_alive(pid) and time.monotonic() < deadline:
        time.sleep(0.02)
