"""The bridge of an embedded engine on a machine where another engine has docker0.

A dockerd without a bridge (`--bridge none`) removes docker0 if there is one, also that of another
engine (moby, pull request 26989), and all containers of that engine lose their network. So
next to a docker0 the private daemon gets an empty bridge of its own instead, under another name.
"""

from __future__ import annotations

import contextlib
import fcntl
import hashlib
import os
import socket
import struct
from pathlib import Path

DOCKERS = "docker0"
"""The default bridge of every Docker engine."""

NONE = "none"

_INTERFACES = Path("/sys/class/net")
_ADD, _REMOVE, _SET_FLAGS = 0x89A0, 0x89A1, 0x8914
"""SIOCBRADDBR, SIOCBRDELBR and SIOCSIFFLAGS of linux/sockios.h."""
_REQUEST = "16sh14x"
"""Name and flags of a struct ifreq."""


def bridge_of(folder: Path) -> str:
    """The name of the bridge of the engine in this directory: at most 15 letters, as names of
    network interfaces are."""
    return f"dockbench-{hashlib.sha256(os.fsencode(folder)).hexdigest()[:5]}"


def ready_bridge(folder: Path) -> str:
    """What the daemon is told to use: `none`, or where docker0 must stay a bridge made for it."""
    if not exists(DOCKERS):
        return NONE
    name = bridge_of(folder)
    if not exists(name):
        add(name)
    return name


def exists(name: str) -> bool:
    """Whether there is a network interface of this name."""
    return (_INTERFACES / name).exists()


def add(name: str) -> None:
    """Make a bridge; raises `OSError`."""
    _ask(_ADD, name.encode())


def remove(name: str) -> None:
    """Remove a bridge if it is there and may be removed: it has to be down."""
    if exists(name):
        with contextlib.suppress(OSError):
            _ask(_SET_FLAGS, struct.pack(_REQUEST, name.encode(), 0))
            _ask(_REMOVE, name.encode())


def _ask(request: int, argument: bytes) -> None:
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as control:
        fcntl.ioctl(control, request, argument.ljust(32, b"\0"))
