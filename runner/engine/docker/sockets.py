"""What lies where an engine's socket should be; without the SDK, which takes long to import."""

from __future__ import annotations

import stat
from pathlib import Path

UNIX = "unix://"
DEFAULT_SOCKET = f"{UNIX}/var/run/docker.sock"
"""Where an engine listens if nothing else is configured."""

_KINDS = {stat.S_IFDIR: "a directory", stat.S_IFREG: "a file", stat.S_IFIFO: "a named pipe"}


def not_a_socket(address: str) -> str:
    """Why nothing can answer at a Unix socket's address, which the system calls a refused
    connection; empty where there is a socket, nothing at all, or another kind of address."""
    if not address.startswith(UNIX):
        return ""
    path = address.removeprefix(UNIX)
    try:
        kind = stat.S_IFMT(Path(path).stat().st_mode)
    except (OSError, ValueError):
        return ""
    if kind == stat.S_IFSOCK:
        return ""
    return f"it is {_KINDS.get(kind, 'something else')} and not a socket"
