"""What can be said where no engine runs yet: which one it would be, and what is in its reach.

Nothing is started for this and nothing is written.
"""

from __future__ import annotations

import os
import ssl
import urllib.error
import urllib.request
from pathlib import Path

from runner.engine import child
from runner.engine.child import find_program
from runner.engine.connect import cannot_embed
from runner.engine.docker.embedded_paths import default_paths
from runner.engine.findings import Finding, Status
from runner.model.errors import cause_of
from runner.model.text import one_line

REGISTRY = "https://registry-1.docker.io/v2/"
"""Docker's own registry, from which bases are pulled unless their names say another."""
MOUNTS = Path("/proc/self/mountinfo")
_NO_OVERLAY = ("overlay", "aufs", "nfs", "nfs4", "fuse", "zfs", "ecryptfs", "vboxsf", "9p")
"""File systems on which dockerd cannot use overlay2."""


def unstarted() -> list[Finding]:
    """The embedded engine as it would be; nothing where there can be none."""
    if cannot_embed():
        return []
    return [version(), storage(default_paths().data), builders()]


def version() -> Finding:
    """Which dockerd would run."""
    dockerd = find_program("dockerd")
    if dockerd is not None:
        asked = child.run([dockerd, "--version"], timeout_s=30)
        return Finding(Status.ok, "version", f"{one_line(asked.stdout)} ({dockerd})")
    if find_program("apt-get") is None:
        return Finding(Status.problem, "version", "dockerd is not installed", "install Docker")
    what = "dockerd is not installed: the package docker.io would be"
    return Finding(Status.ok, "version", what)


def storage(data: Path) -> Finding:
    """What the engine's data would lie on; `data` need not exist yet."""
    place = next(folder for folder in (data, *data.absolute().parents) if folder.is_dir())
    kind = file_system(os.path.realpath(place), MOUNTS.read_text(encoding="utf-8"))
    if kind in _NO_OVERLAY:
        return Finding(
            Status.warning,
            "storage",
            f"{place} is on {kind}: no overlay2 there, every layer would be a full copy",
            "set XDG_CACHE_HOME to a directory on ext4 or xfs",
        )
    what = f"overlay2 on {kind} at {place}, layers would be read in place"
    return Finding(Status.ok, "storage", what)


def file_system(path: str, mountinfo: str) -> str:
    """The type of the file system that holds an absolute path without links.

    `mountinfo` is /proc/self/mountinfo: of mount points that hold the path the longest counts, and
    of equal ones the last (proc_pid_mountinfo(5)).
    """
    best, kind = -1, "an unknown file system"
    for line in mountinfo.splitlines():
        before, _, after = line.partition(" - ")
        point = before.split(" ")[4].encode().decode("unicode_escape")
        holds = path == point or path.startswith(point.rstrip("/") + "/")
        if holds and len(point) >= best:
            best, kind = len(point), after.split(" ", 1)[0]
    return kind


def builders() -> Finding:
    """The builders cannot be tried without an engine."""
    return Finding(
        Status.warning,
        "builders",
        "not tried: no engine runs",
        "`dockbench engine start`, then `dockbench doctor` again",
    )


def registry(url: str = REGISTRY, timeout_s: float = 8.0) -> Finding:
    """Whether a registry answers this machine, through its proxies and with its certificates."""
    try:
        urllib.request.urlopen(url, timeout=timeout_s, context=ssl.create_default_context()).close()
    except urllib.error.HTTPError as error:
        if error.code not in (401, 403):
            return _out_of_reach(f"{url} answers with status {error.code}")
    except (OSError, ValueError) as error:
        reason = getattr(error, "reason", error)
        why = cause_of(reason) if isinstance(reason, Exception) else one_line(str(reason))
        return _out_of_reach(why or type(error).__name__)
    return Finding(Status.ok, "registry", f"{url} answers this machine")


def _out_of_reach(why: str) -> Finding:
    step = "bases are built from distribution packages instead (stand-ins)"
    return Finding(Status.warning, "registry", f"not in reach of this machine: {why}", step)
