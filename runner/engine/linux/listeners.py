"""Which TCP sockets listen in a network namespace, by the kernel's own tables (proc(5))."""

from __future__ import annotations

import ipaddress
import sys
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path

Address = ipaddress.IPv4Address | ipaddress.IPv6Address

_LISTENING = "0A"
_WORD_DIGITS = 8
_ENGINES_DNS = ipaddress.ip_address("127.0.0.11")
"""The engine's own name server, in networks that have one."""


@dataclass(frozen=True, order=True)
class Listener:
    """A TCP socket that listens."""

    port: int
    address: Address

    @property
    def is_loopback(self) -> bool:
        """Whether only the container itself reaches it."""
        mapped = getattr(self.address, "ipv4_mapped", None)
        return bool((mapped or self.address).is_loopback)

    @property
    def is_ipv6(self) -> bool:
        """Whether its address is one of IPv6 that stands for none of IPv4."""
        return self.address.version == 6 and getattr(self.address, "ipv4_mapped", None) is None

    def __str__(self) -> str:
        shown = f"[{self.address}]" if self.address.version == 6 else str(self.address)
        return f"{shown}:{self.port}"


def listeners_of(directory: Path) -> list[Listener]:
    """What listens by the `tcp` and `tcp6` of a /proc/PID/net, sorted; raises `OSError` if there is
    no `tcp`. A kernel without IPv6 has no `tcp6`."""
    found = set(parse((directory / "tcp").read_text()))
    if (directory / "tcp6").exists():
        found |= set(parse((directory / "tcp6").read_text()))
    return sorted_listeners(found)


def sorted_listeners(found: Iterable[Listener]) -> list[Listener]:
    """Each once, by port and address, less the engine's own name server."""
    theirs = {item for item in found if item.address != _ENGINES_DNS}
    return sorted(theirs, key=lambda item: (item.port, item.address.version, item.address.packed))


def parse(table: str) -> Iterator[Listener]:
    """The listening sockets of one table; lines that are none of its are skipped."""
    for line in table.splitlines():
        fields = line.split()
        if len(fields) < 4 or fields[3] != _LISTENING:
            continue
        address, _, port = fields[1].partition(":")
        try:
            yield Listener(int(port, 16), address_of(address))
        except ValueError:
            continue


def address_of(digits: str) -> Address:
    """The address behind hexadecimal digits: words of 32 bits in the machine's byte order.

    Raises `ValueError`.
    """
    words = [digits[at : at + _WORD_DIGITS] for at in range(0, len(digits), _WORD_DIGITS)]
    packed = b"".join(int(word, 16).to_bytes(4, sys.byteorder) for word in words)
    return ipaddress.ip_address(packed)
