"""The two experiments that hang in their second step, and how to tell that they got there."""

from __future__ import annotations

import time
from collections.abc import Callable
from pathlib import Path

from runner.engine.clean import our_containers
from runner.engine.port import Engine
from tests.e2e.commands import Running

BUILD, CHECK = "hanging_build", "hanging_check"
SHORT = "project.check.timeout_s=2"
"""For the run after: what hangs in its check need not hang for long."""

_BUILT = "requirements/missing.txt"
"""Stands in the command line of the pip that is busy in the hanging build."""
_UNSEEN_S = 4.0
"""Where the build is in a virtual machine, its pip cannot be seen: it has begun after this time."""


def wait_until_it_hangs(running: Running, experiment: str, engine: Callable[[], Engine]) -> None:
    """Wait until the second step is in the middle of its build or check."""
    running.wait_for("the second step", lambda: "\nhangs\n" in f"\n{running.said}")
    if experiment == CHECK:
        running.wait_for("its container", lambda: running_checks(engine()))
        return
    begun = time.monotonic()
    running.wait_for("its pip", lambda: builds() or time.monotonic() - begun > _UNSEEN_S)


def running_checks(engine: Engine) -> list[str]:
    """Ids of the containers that the hanging check started."""
    return [
        str(container["Id"])
        for container in our_containers(engine)
        if "sleep" in container.get("Command", "") and container.get("State") == "running"
    ]


def builds() -> list[int]:
    """Pids of this machine that are busy with the hanging build."""
    return [int(path.name) for path in Path("/proc").iterdir() if _is_build(path)]


def _is_build(process: Path) -> bool:
    try:
        arguments = (process / "cmdline").read_bytes().split(b"\0")
    except OSError:
        return False
    return any(argument.endswith(_BUILT.encode()) for argument in arguments) and b"pip" in b"".join(
        arguments
    )
