"""A second process that outlives a killed run and removes what it left running on the engine.

A process that is killed (`kill -9`, or the kernel short of memory) cannot tidy up after itself. The
guardian sleeps at the end of a pipe: a run that ends by itself sends it home, and a pipe that
breaks off without a word tells it that the run was killed. Until then it is a bare interpreter that
has imported nothing; it sits in a session of its own, where no Ctrl-C reaches it.
"""

from __future__ import annotations

import contextlib
import subprocess
import sys
import time
from dataclasses import dataclass

from runner.engine.clean import sweep_orphans
from runner.engine.describe import TRANSPORT_ERRORS
from runner.engine.existing import ExistingEngine, candidates, open_client
from runner.engine.ownership import Owner
from runner.engine.port import Engine
from runner.model.errors import KEPT, EngineLostError

_SLEEP = (
    "import os, sys\n"
    "if not os.read(0, 1):\n"
    "    os.execv(sys.executable, [sys.executable, '-P', '-m', *sys.argv[1:]])\n"
)
_PATIENCE_S = 10.0
"""How long a killed process may take to be gone, and a guardian to go home."""
_POLL_S = 0.02


@dataclass(frozen=True)
class Guardian:
    """The sleeping process, as the run sees it."""

    process: subprocess.Popen[bytes]

    @classmethod
    def of(cls, engine: Engine) -> Guardian:
        """Have this process watched from now on."""
        arguments = (__name__, engine.address, str(Owner.current()))
        return cls(
            subprocess.Popen(
                [sys.executable, "-I", "-S", "-c", _SLEEP, *arguments],
                stdin=subprocess.PIPE,
                stdout=subprocess.DEVNULL,
                start_new_session=True,
            )
        )

    def dismiss(self) -> None:
        """Nothing is left to be removed."""
        with contextlib.suppress(OSError, subprocess.TimeoutExpired):
            self.process.communicate(b".", timeout=_PATIENCE_S)


def main(address: str, run: str) -> None:
    """Remove what a run that was killed left running, and say so in one line."""
    owner = Owner.parse(run)
    deadline = time.monotonic() + _PATIENCE_S
    while owner is not None and not owner.is_gone(local=True) and time.monotonic() < deadline:
        time.sleep(_POLL_S)
    try:
        engine = _engine(address)
        sweep_orphans(engine)
    except (*TRANSPORT_ERRORS, EngineLostError, ValueError):
        said = "its engine does not answer"
    else:
        engine.client.close()
        said = "nothing of it runs on"
    print(f"dockbench: killed: {said}; {KEPT}", file=sys.stderr)


def _engine(address: str) -> Engine:
    """The engine of the run, by its address; raises one of TRANSPORT_ERRORS."""
    tls = {place.address: place.tls for place in candidates()}.get(address)
    return ExistingEngine(open_client(address, tls), address)


if __name__ == "__main__":
    main(*sys.argv[1:])
