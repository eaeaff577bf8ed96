"""A worker of a launcher: a process that runs jobs for a command, and ends with it.

Some launchers start processes that Ctrl-C in the command's terminal does not reach, or that go on
when the command was killed. So the command leaves its name in the environment, and a worker that
finds it gone interrupts its job as Ctrl-C would: what is being built or checked is cleaned up.

No worker takes a module from the current directory. Pythons obey a variable; Ray puts the directory
of the command on the path of its workers all the same, unless a job has a working directory of its
own: it is given an empty one, and its workers go back to that of the command once they have begun.
"""

from __future__ import annotations

import json
import os
import signal
import threading
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from importlib.util import find_spec
from pathlib import Path
from types import FrameType
from typing import Any

from runner.engine.scratch import scratch_directory
from runner.model.ownership import Owner

COMMAND = "DOCKBENCH_COMMAND"
DIRECTORY = "DOCKBENCH_DIRECTORY"
SAFE_PATH = "PYTHONSAFEPATH"
RAY_JOB = "RAY_JOB_CONFIG_JSON_ENV_VAR"
"""What `ray.init` takes a job's environment from, under whatever sweeper."""
RAY_OVERRIDE = "RAY_OVERRIDE_JOB_RUNTIME_ENV"
"""What the user's own `hydra.launcher.ray.init.runtime_env` says goes before it."""
RAY_KEEPS_CHILDREN = {"RAY_kill_child_processes_on_worker_exit": "0"}
"""Else Ray kills what a worker has started when the worker ends: the watchdog too, which removes
what the worker leaves on the engine and then ends by itself."""
POLL_S = 0.5


@contextmanager
def workers_of_this_command() -> Iterator[None]:
    """Have processes that a launcher starts know this command, and take no module from the current
    directory."""
    told = {COMMAND: str(Owner.current()), DIRECTORY: str(Path.cwd()), SAFE_PATH: "1"}
    if find_spec("ray") is None:
        with _variables(told):
            yield
        return
    told |= RAY_KEEPS_CHILDREN
    with scratch_directory() as empty:
        job = ray_job(os.environ.get(RAY_JOB), told, empty)
        with _variables({**told, RAY_JOB: job, RAY_OVERRIDE: "1"}):
            yield


def ray_job(outer: str | None, variables: Mapping[str, str], empty: Path) -> str:
    """The configuration of a Ray job; what the job around this command says (`ray job submit`) goes
    before it."""
    ours: dict[str, Any] = {
        "working_dir": str(empty),
        "worker_process_setup_hook": f"{__name__}.{enter_directory.__name__}",
    }
    whole = json.loads(outer) if outer else {}
    theirs = whole.get("runtime_env") or {}
    named = {**variables, **(theirs.get("env_vars") or {})}
    return json.dumps({**whole, "runtime_env": {**ours, **theirs, "env_vars": named}})


def enter_directory() -> None:
    """Stand where the command does, so that relative paths mean the same; on another machine, which
    may not have that directory, stay."""
    with suppress(OSError):
        os.chdir(os.environ.get(DIRECTORY, "."))


@contextmanager
def _variables(values: Mapping[str, str]) -> Iterator[None]:
    before = {name: os.environ.get(name) for name in values}
    os.environ.update(values)
    try:
        yield
    finally:
        for name, value in before.items():
            if value is None:
                del os.environ[name]
            else:
                os.environ[name] = value


@contextmanager
def interrupted_once() -> Iterator[None]:
    """In the block, Ctrl-C interrupts once; more of them change nothing.

    A launcher that hears of it as well passes it on to its workers, and the second one must not cut
    the cleaning up short.
    """
    came: list[int] = []

    def interrupt(number: int, _: FrameType | None) -> None:
        came.append(number)
        if len(came) == 1:
            raise KeyboardInterrupt

    if threading.current_thread() is not threading.main_thread():
        yield
        return
    before = signal.signal(signal.SIGINT, interrupt)
    try:
        yield
    finally:
        signal.signal(signal.SIGINT, before)


def end_with_command() -> None:
    """Interrupt this process when its command is gone; one on another machine is not looked for."""
    command = Owner.parse(os.environ.get(COMMAND, ""))
    if command is not None:
        threading.Thread(target=_watch, args=(command,), daemon=True).start()


def _watch(command: Owner) -> None:
    while not command.is_gone(local=False):
        time.sleep(POLL_S)
    os.kill(os.getpid(), signal.SIGINT)  # a real signal also ends what waits for an answer
