"""The two experiments that hang in their second step, and how to tell that they got there."""

from __future__ import annotations

import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

from runner.engine.clean import our_containers
from runner.engine.docker.engine import DockerEngine
from runner.model import labels
from runner.model.ownership import Owner
from runner.model.record import Status
from tests.e2e.commands import Running

BUILD, CHECK = "hanging_build", "hanging_check"
SHORT = {BUILD: "run.build_timeout_s=2", CHECK: "project.check.timeout_s=2"}
"""For the run after: what hangs need not hang for long."""
ENDED = {BUILD: Status.build_timeout, CHECK: Status.check_timeout}
"""How the second step ends in that run."""

_BUILT = "requirements/missing.txt"
"""Stands in the command line of the pip that is busy in the hanging build."""
_UNSEEN_S = 4.0
"""Where the build is in a virtual machine, its pip cannot be seen: it has begun after this time."""


def wait_until_it_hangs(
    running: Running, experiment: str, engine: Callable[[], DockerEngine]
) -> None:
    """Wait until the second step is in the middle of its build or check."""
    running.wait_for("the second step", lambda: "\nhangs\n" in f"\n{running.said}")
    if experiment == CHECK:
        pid = running.process.pid
        running.wait_for("its container", lambda: running_checks(engine(), pid))
        return
    begun = time.monotonic()
    running.wait_for("its pip", lambda: builds(engine()) or time.monotonic() - begun > _UNSEEN_S)


def running_checks(engine: DockerEngine, pid: int) -> list[str]:
    """Ids of the containers that the hanging check of this process started."""
    return [
        str(container["Id"])
        for container in containers_of(engine, pid)
        if "page.app hang" in container.get("Command", "") and container.get("State") == "running"
    ]


def containers_of(engine: DockerEngine, pid: int) -> list[dict[str, Any]]:
    """The containers, running or not, that this process started."""
    return [
        container
        for container in our_containers(engine)
        if (owner := Owner.parse(container["Labels"].get(labels.PROCESS, ""))) and owner.pid == pid
    ]


def builds(engine: DockerEngine) -> list[int]:
    """Pids of this machine that are busy with the hanging build on this engine."""
    root = str(engine.client.info()["DockerRootDir"])
    return [int(path.name) for path in Path("/proc").iterdir() if _is_build(path, root)]


def _is_build(process: Path, root: str) -> bool:
    """Whether it is the pip, in a container whose root lies below the engine's folder."""
    try:
        command = (process / "cmdline").read_bytes().decode(errors="replace")
        return _BUILT in command and root in (process / "mountinfo").read_text()
    except OSError:
        return False
