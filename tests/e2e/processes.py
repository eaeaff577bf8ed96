"""Which process each job ran in: a callback of Hydra's, as a user would write one."""

from __future__ import annotations

import json
import os
from pathlib import Path
from typing import Any

from hydra.experimental.callback import Callback


class NoteProcesses(Callback):
    """Leaves a file for each job: its process and its mounts, and what it returned."""

    def __init__(self, directory: str) -> None:
        self.directory = Path(directory)

    def on_multirun_start(self, config: Any, **_: Any) -> None:
        """The sweep begins."""
        self.directory.mkdir(parents=True, exist_ok=True)
        (self.directory / "multirun").write_text(str(config.hydra.mode))

    def on_job_start(self, config: Any, **_: Any) -> None:
        """The job begins, in the process that it runs in."""
        self.directory.mkdir(parents=True, exist_ok=True)
        (self.directory / f"{config.hydra.job.num}.begun").write_text(str(os.getpid()))

    def on_job_end(self, config: Any, job_return: Any, **_: Any) -> None:
        """The job has ended, in the process that it ran in."""
        self.directory.mkdir(parents=True, exist_ok=True)
        value = job_return._return_value  # the property raises that of a job that failed
        returned = (
            dict(value)
            if isinstance(value, dict)
            else repr(value)
            if isinstance(value, Exception)
            else value
        )
        told = {
            "pid": os.getpid(),
            "mounts": str(Path("/proc/self/ns/mnt").readlink()),
            "returned": returned,
            "overrides": list(job_return.overrides),
        }
        (self.directory / f"{config.hydra.job.num}.json").write_text(json.dumps(told, default=repr))
