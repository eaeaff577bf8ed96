"""A second process that outlives a killed run and removes what it left running on the engine.

A process that is killed (`kill -9`, or the kernel short of memory) cannot tidy up after itself. The
watchdog waits at the end of a pipe: a run that ends by itself writes a byte, and a pipe that is
closed without one means that the run was killed. Until then it is a bare interpreter that has
imported nothing; it has a session of its own, where no Ctrl-C reaches it.
"""

from __future__ import annotations

import contextlib
import sys
import time
from dataclasses import dataclass
from pathlib import Path

import runner
from runner.engine import child
from runner.engine.clean import sweep_orphans
from runner.engine.connect import connect_to
from runner.engine.port import Engine
from runner.engine.scratch import sweep_work
from runner.model.errors import KEPT, EngineError
from runner.model.ownership import Owner
from runner.model.paths import CachePaths

_SLEEP = "import os, sys\nif not os.read(0, 1):\n    os.execv(sys.argv[1], sys.argv[1:])\n"
_WAKE = (
    "import sys\nsys.path.append(sys.argv[1])\n"
    "from runner.sweep.watchdog import main\nmain(*sys.argv[2:])\n"
)
_PACKAGES = str(Path(runner.__file__).parent.parent)
"""Where this package lies: an isolated interpreter finds it there, be it installed or not."""

_PATIENCE_S = 10.0
"""How long a killed process may take to be gone, and a watchdog to end."""
_POLL_S = 0.02


@dataclass(frozen=True)
class Watchdog:
    """The sleeping process, as the run sees it."""

    process: child.Child

    @classmethod
    def of(cls, engine: Engine, cache: CachePaths, silent: bool = False) -> Watchdog:
        """Have this process watched from now on; `silent` for a worker, whose end its command
        reports."""
        notes, told = str(cache.root.absolute()), ["silent"] if silent else []
        arguments = (_PACKAGES, engine.address, str(Owner.current()), notes, *told)
        awake = child.python("-c", _WAKE, *arguments)
        return cls(
            child.start(
                child.python("-S", "-c", _SLEEP, *awake),
                stdin=child.PIPE,
                stdout=child.DEVNULL,
                stderr=None,
                directory=None,
                own_session=True,
            )
        )

    def dismiss(self) -> None:
        """Nothing is left to be removed."""
        with contextlib.suppress(OSError, child.TimeoutExpired):
            self.process.communicate(".", timeout=_PATIENCE_S)


def main(address: str, run: str, cache: str, silent: str = "") -> None:
    """Remove what a run that was killed left running, and say so in one line."""
    owner = Owner.parse(run)
    deadline = time.monotonic() + _PATIENCE_S
    while owner is not None and not owner.is_gone(local=True) and time.monotonic() < deadline:
        time.sleep(_POLL_S)
    sweep_work(CachePaths(Path(cache)))
    try:
        engine = connect_to(address)
        sweep_orphans(engine, CachePaths(Path(cache)))
    except (EngineError, ValueError):
        said = "its engine does not answer"
    else:
        engine.close()
        said = "nothing of it runs on"
    if not silent:
        print(f"dockbench: killed: {said}; {KEPT}", file=sys.stderr)
