"""What a private daemon leaves when it is killed: processes, mounts, files; found and removed.

Everything here is recognised by the daemon's own directory in a command line or a mount, never by a
program's name or a bare pid: a pid that now belongs to another program is left alone.
"""

from __future__ import annotations

import ctypes
import os
import re
import signal
import time
from collections.abc import Iterable, Iterator
from pathlib import Path

_MNT_DETACH = 2
_PROC = Path("/proc")
_KILL_PATIENCE_S = 10.0


def command_line(pid: int) -> list[str]:
    """The arguments of a living process; empty for one that is gone or a zombie."""
    try:
        raw = (_PROC / str(pid) / "cmdline").read_bytes()
    except OSError:
        return []
    return raw.decode(errors="surrogateescape").rstrip("\0").split("\0") if raw else []


def read_pid(pid_file: Path) -> int | None:
    """The number in a pid file, or None if there is none."""
    try:
        return int(pid_file.read_text().strip())
    except (OSError, ValueError):
        return None


def owner_of(pid_file: Path) -> int | None:
    """The pid of the living daemon that was started with this pid file, else None."""
    pid = read_pid(pid_file)
    return pid if pid is not None and str(pid_file) in command_line(pid) else None


def daemon_of(pid_file: Path) -> int | None:
    """The same, also where the pid file is gone or damaged: by the command line that names it."""
    if (owner := owner_of(pid_file)) is not None:
        return owner
    return next((pid for pid in _pids() if _is_daemon_of(pid, pid_file)), None)


def _is_daemon_of(pid: int, pid_file: Path) -> bool:
    program, *arguments = command_line(pid) or [""]
    return Path(program).name == "dockerd" and str(pid_file) in arguments


def processes_of(folder: Path) -> list[int]:
    """Processes that a daemon with this directory left: its containerd, shims, and containers.

    Helpers name a path below the directory in their command line; what runs in a container has a
    root file system whose overlay lies below it.
    """
    return [pid for pid in _pids() if _mentions(pid, folder) or _is_rooted_in(pid, folder)]


def end_processes(pids: Iterable[int], patience_s: float) -> None:
    """SIGTERM, and SIGKILL for those that are still there when the time is over."""
    left = list(pids)
    for number in (signal.SIGTERM, signal.SIGKILL):
        for pid in left:
            _signal(pid, number)
        left = _wait_gone(left, patience_s)
        if not left:
            return


def kill_processes(pids: Iterable[int]) -> None:
    """SIGKILL at once, for what belongs to a daemon that is gone anyway."""
    left = list(pids)
    for pid in left:
        _signal(pid, signal.SIGKILL)
    _wait_gone(left, _KILL_PATIENCE_S)


def is_alive(pid: int) -> bool:
    """Whether the process runs (a zombie does not)."""
    return bool(command_line(pid))


def mounts_below(folder: Path, mount_table: str | None = None) -> list[Path]:
    """Mount points at or below the directory, the innermost first."""
    table = (_PROC / "self" / "mountinfo").read_text() if mount_table is None else mount_table
    points = [Path(_unescape(line.split(" ")[4])) for line in table.splitlines() if line]
    inside = [point for point in points if point == folder or folder in point.parents]
    return list(reversed(inside))


def unmount_below(folder: Path) -> None:
    """Detach every mount below the directory, and the directory itself where it is mounted on
    itself.

    A file system that somebody mounted on the directory stays; so does a mount that resists.
    """
    points = [p for p in mounts_below(folder) if p != folder or _is_mounted_on_itself(folder)]
    if not points:
        return
    libc = ctypes.CDLL(None, use_errno=True)
    for point in points:
        libc.umount2(os.fsencode(point), _MNT_DETACH)


def _is_mounted_on_itself(folder: Path) -> bool:
    return folder.stat().st_dev == folder.parent.stat().st_dev


def _pids() -> Iterator[int]:
    own = os.getpid()
    for entry in _PROC.iterdir():
        if entry.name.isdigit() and int(entry.name) != own:
            yield int(entry.name)


def _mentions(pid: int, folder: Path) -> bool:
    arguments = command_line(pid)
    program = Path(arguments[0]).name if arguments else ""
    if not program.startswith(("containerd", "dockerd", "runc", "docker-proxy")):
        return False
    return any(argument.startswith(f"{folder}/") for argument in arguments[1:])


def _is_rooted_in(pid: int, folder: Path) -> bool:
    try:
        table = (_PROC / str(pid) / "mountinfo").read_text()
    except OSError:
        return False
    root = next((line for line in table.splitlines() if line.split(" ")[4:5] == ["/"]), "")
    return bool(re.search(rf"(?:[:,=]|^){re.escape(str(folder))}/", root.rpartition(" ")[2]))


def _signal(pid: int, number: signal.Signals) -> None:
    try:
        os.kill(pid, number)
    except (ProcessLookupError, PermissionError):
        return


def _wait_gone(pids: list[int], patience_s: float) -> list[int]:
    deadline = time.monotonic() + patience_s
    left = pids
    while left and time.monotonic() < deadline:
        left = [pid for pid in left if is_alive(pid)]
        if left:
            time.sleep(0.05)
    return left


def _unescape(text: str) -> str:
    """Octal escapes of mountinfo: a space is \\040."""
    return re.sub(r"\\([0-7]{3})", lambda match: chr(int(match[1], 8)), text)
