"""What the container of a check may use and do: plain data, for the engine and for the record."""

from __future__ import annotations

from dataclasses import dataclass

CAPABILITIES = (
    "CHOWN",
    "DAC_OVERRIDE",
    "FOWNER",
    "KILL",
    "NET_BIND_SERVICE",
    "SETGID",
    "SETUID",
    "SYS_CHROOT",
)
"""What programs that begin as root need to become a service: to give files away, to take another
user's identity, to shut themselves in a directory (haproxy, sshd), to listen on a port below 1024,
to end their children. Debian's services were tried with exactly these (docs/security.md)."""

OFFERED = (*CAPABILITIES, "AUDIT_WRITE", "FSETID", "SETFCAP", "SETPCAP")
"""What a project may ask for with check.capabilities: what Docker gives every container, less raw
sockets and device nodes."""

MEMORY_BYTES = 2 << 30


@dataclass(frozen=True)
class Confinement:
    """The limits of one container."""

    memory_bytes: int = MEMORY_BYTES
    """Memory without swap; beyond it the kernel ends a process."""
    processes: int = 512
    capabilities: tuple[str, ...] = CAPABILITIES
    """All that root has in it; all others are dropped."""
    no_new_privileges: bool = True
    """Whether programs with the set-user-ID bit or file capabilities gain nothing by them."""
    disk_bytes: int | None = 4 << 30
    """What it may write beside its image: kept by a quota of the engine's storage, or by ending the
    container soon after. None where neither can be had."""
    file_bytes: int = 4 << 30
    """How large a single file may become, on any storage."""
    shared_memory_bytes: int = 64 << 20
    """The size of the only writable tmpfs, /dev/shm."""
    log_bytes: int = 10 << 20
    """How much of what it prints is kept."""
