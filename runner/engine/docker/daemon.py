"""How a private dockerd is told what to do, and what it says of itself."""

from __future__ import annotations

import contextlib
import errno
import json
import uuid
from collections import deque
from pathlib import Path

from runner.engine.docker.embedded_paths import EnginePaths
from runner.engine.docker.sockets import UNIX
from runner.engine.linux import bridge

ANSWER_TIMEOUT_S = 30.0
"""How long a daemon that is alive may be silent before that is said."""

BUILD_CACHE_LIMIT = {"builder": {"gc": {"enabled": True, "defaultKeepStorage": "20GB"}}}
"""Every cold build leaves its layers in BuildKit's cache: beyond this the oldest are dropped."""

SYSTEM_CONFIG = Path("/etc/docker/daemon.json")
_CARRIED_SETTINGS = ("registry-mirrors", "insecure-registries", "dns", "proxies")
"""What of the system's own daemon settings says how this machine reaches registries."""


def unanswered(pid: int, seconds: float = ANSWER_TIMEOUT_S) -> str:
    """What there is to say of a daemon that is alive and silent, and to do about it."""
    return (
        f"pid {pid} runs but has not answered for {seconds:.0f} s: wait until the machine is less"
        " busy, or end it with `dockbench engine stop`"
    )


def cannot_use(folder: Path, error: OSError) -> str:
    """Why the engine cannot keep its files where they belong."""
    where = error.filename or folder
    if error.errno in (errno.ENOSPC, errno.EDQUOT):
        return f"no space left for the embedded engine at {where}: free some and run again"
    return (
        f"the embedded engine cannot use {where} ({error.strerror or error}): remove what is in the"
        " way, or name another directory with XDG_CACHE_HOME"
    )


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
        "--host", f"{UNIX}{paths.socket}",
        "--bridge", network,
        "--iptables=false",
        "--ip6tables=false",
        "--ip-masq=false",
        "--ip-forward=false",
        "--userland-proxy=false",
        "--containerd-namespace", "dockbench",
        "--containerd-plugins-namespace", "dockbench-plugins",
    ]  # fmt: skip


def last_words(log: Path) -> list[str]:
    """The last error lines of the daemon's log, or its last lines if it names no error."""
    try:
        with log.open(errors="replace") as file:
            tail = [line.strip() for line in deque(file, maxlen=40) if line.strip()]
    except OSError:
        return []
    errors = [line for line in tail if "level=" not in line or "level=fatal" in line]
    return (errors or tail)[-3:]


def carried_settings() -> dict[str, object]:
    """How the system's daemon reaches registries; nothing if it has no readable settings."""
    try:
        settings = json.loads(SYSTEM_CONFIG.read_text())
    except (OSError, ValueError):
        return {}
    if not isinstance(settings, dict):
        return {}
    return {key: settings[key] for key in _CARRIED_SETTINGS if key in settings}
