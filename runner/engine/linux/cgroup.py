"""What the kernel counts of a container whose processes are visible here (cgroups(7))."""

from __future__ import annotations

import re
from pathlib import Path

_ROOT = Path("/sys/fs/cgroup")
_KILLED = re.compile(r"^oom_kill (\d+)$", re.MULTILINE)


def killed_for_memory(pid: int) -> int:
    """How many processes the kernel ended in the process's cgroup for its memory limit; 0 where
    that cannot be seen."""
    try:
        groups = Path(f"/proc/{pid}/cgroup").read_text()
    except OSError:
        return 0
    for line in groups.splitlines():
        _, controllers, path = line.split(":", 2)
        if controllers == "":
            counted = _ROOT / path.lstrip("/") / "memory.events"
        elif "memory" in controllers.split(","):
            counted = _ROOT / "memory" / path.lstrip("/") / "memory.oom_control"
        else:
            continue
        if counted.is_file() and (found := _KILLED.search(counted.read_text())):
            return int(found[1])
    return 0
