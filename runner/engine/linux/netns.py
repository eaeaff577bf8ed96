"""What is done inside another network namespace, each time by a thread that enters it and ends."""

from __future__ import annotations

import ctypes
import fcntl
import os
import socket
import struct
import threading
from collections.abc import Callable
from pathlib import Path
from typing import TypeVar

from runner.engine.linux.listeners import Listener, listeners_of

Result = TypeVar("Result")

ADDRESS = "198.18.0.2"
"""The address that a container without a network is given, of the range for benchmarks (RFC 2544).
What listens on 127.0.0.1 alone is as far from it as from any user."""

PEER = "198.18.0.1"
"""Where connections to it seem to come from."""

_CLONE_NEWNET = 0x40000000
_SET_ADDRESS, _SET_NETMASK = 0x8916, 0x891C
"""SIOCSIFADDR and SIOCSIFNETMASK of linux/sockios.h."""
_REQUEST = "16sHH4s8x8x"
"""struct ifreq with a struct sockaddr_in."""


def namespace_of(pid: int) -> Path:
    """The network namespace of a process."""
    return Path(f"/proc/{pid}/ns/net")


def give_address(namespace: Path) -> None:
    """Have the namespace's loopback interface answer at `ADDRESS`, and at `PEER`, too.

    No interface is added that a service could take for a way out. Raises `OSError`.
    """

    def add_both() -> None:
        with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as control:
            for label, address in ((b"lo:1", ADDRESS), (b"lo:2", PEER)):
                for request, value in ((_SET_ADDRESS, address), (_SET_NETMASK, "255.255.255.255")):
                    packed = socket.inet_aton(value)
                    told = struct.pack(_REQUEST, label, socket.AF_INET, 0, packed)
                    fcntl.ioctl(control, request, told)

    _inside(namespace, add_both)


def connect_inside(
    namespace: Path, port: int, timeout_s: float, host: str = "127.0.0.1"
) -> socket.socket:
    """A connection to a port of the namespace, to its `ADDRESS` from `PEER`; the socket stays
    inside it. Raises `OSError` as `socket.create_connection` does."""
    source = (PEER, 0) if host == ADDRESS else None
    return _inside(namespace, lambda: socket.create_connection((host, port), timeout_s, source))


def listeners_inside(namespace: Path) -> list[Listener]:
    """The TCP sockets that listen in the namespace; raises `OSError`."""
    return _inside(namespace, lambda: listeners_of(Path("/proc/thread-self/net")))


def _inside(namespace: Path, work: Callable[[], Result]) -> Result:
    """The outcome of what a thread does inside the namespace: the rest of the process never leaves
    its own. Raises the work's `OSError`, and one where entering is not permitted."""
    outcome: list[Result] = []
    failed: list[OSError] = []

    def enter_and_work() -> None:
        try:
            _enter(namespace)
            outcome.append(work())
        except OSError as error:
            failed.append(error)

    thread = threading.Thread(target=enter_and_work, name="netns")
    thread.start()
    thread.join()
    if failed:
        raise failed[0]
    return outcome[0]


def _enter(namespace: Path) -> None:
    descriptor = os.open(namespace, os.O_RDONLY | os.O_CLOEXEC)
    try:
        libc = ctypes.CDLL(None, use_errno=True)
        if libc.setns(descriptor, _CLONE_NEWNET) != 0:
            number = ctypes.get_errno()
            raise OSError(number, os.strerror(number), str(namespace))
    finally:
        os.close(descriptor)
