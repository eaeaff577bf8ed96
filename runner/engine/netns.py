"""Connects to a port inside another network namespace, as a thread of its own that enters it."""

from __future__ import annotations

import ctypes
import os
import socket
import threading
from pathlib import Path

_CLONE_NEWNET = 0x40000000


def namespace_of(pid: int) -> Path:
    """The network namespace of a process."""
    return Path(f"/proc/{pid}/ns/net")


def connect_inside(
    namespace: Path, port: int, timeout_s: float, host: str = "127.0.0.1"
) -> socket.socket:
    """A connection to a port of the namespace's own loopback; the socket stays inside it.

    Only a thread enters the namespace, and it ends here: the rest of the process never leaves its
    own. Raises `OSError` as `socket.create_connection` does, and where entering is not permitted.
    """
    outcome: list[socket.socket | OSError] = []

    def enter_and_connect() -> None:
        try:
            _enter(namespace)
            outcome.append(socket.create_connection((host, port), timeout_s))
        except OSError as error:
            outcome.append(error)

    thread = threading.Thread(target=enter_and_connect, name=f"netns-{port}")
    thread.start()
    thread.join()
    result = outcome[0]
    if isinstance(result, OSError):
        raise result
    return result


def _enter(namespace: Path) -> None:
    descriptor = os.open(namespace, os.O_RDONLY | os.O_CLOEXEC)
    try:
        libc = ctypes.CDLL(None, use_errno=True)
        if libc.setns(descriptor, _CLONE_NEWNET) != 0:
            number = ctypes.get_errno()
            raise OSError(number, os.strerror(number), str(namespace))
    finally:
        os.close(descriptor)
