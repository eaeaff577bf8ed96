"""Named pipes that the user names for a result: written to as long as somebody reads."""

from __future__ import annotations

import errno
import os
import select
import time
from pathlib import Path

PATIENCE_S = 60.0
"""How long nobody may read."""
_POLL_S = 0.1
_OPENED = os.O_WRONLY | getattr(os, "O_NONBLOCK", 0)


def write_pipe(path: Path, data: bytes) -> None:
    """Write all of it; raises `TimeoutError` where nobody reads for `PATIENCE_S`, and `OSError`."""
    descriptor = _opened(path)
    try:
        left = memoryview(data)
        while left:
            if not select.select([], [descriptor], [], PATIENCE_S)[1]:
                raise _unread()
            left = left[os.write(descriptor, left[: select.PIPE_BUF]) :]
    finally:
        os.close(descriptor)


def _opened(path: Path) -> int:
    until_s = time.monotonic() + PATIENCE_S
    while True:
        try:
            return os.open(path, _OPENED)
        except OSError as error:
            if error.errno != errno.ENXIO:
                raise
            if time.monotonic() > until_s:
                raise _unread() from error
        time.sleep(_POLL_S)


def _unread() -> TimeoutError:
    return TimeoutError(errno.ETIMEDOUT, f"nobody read it for {PATIENCE_S:.0f} s")
