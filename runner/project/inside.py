"""Files of a project that somebody else wrote: never one that lies outside of it.

A link is followed only where it stays below the project's root, and only regular files are opened:
a pipe would wait for ever, a device never ends.
"""

from __future__ import annotations

import os
import stat
from pathlib import Path

from runner.model.errors import ProjectError


def inside(root: Path, path: str | Path) -> Path:
    """Where a path of the project leads to; raises `ProjectError` if that is outside of `root`.

    The file itself need not be there.
    """
    try:
        real, top = Path(os.path.realpath(root / path)), Path(os.path.realpath(root))
    except (OSError, ValueError, RecursionError) as error:
        raise ProjectError(f"{str(path)!a} cannot be followed: {error}") from error
    if not real.is_relative_to(top):
        raise ProjectError(
            f"{path} leads out of the project, to {real}: replace it by a file in {root}"
        )
    return real


def read_inside(root: Path, path: str | Path, most_bytes: int) -> bytes | None:
    """The content of a project's file; None for one that is longer, or no regular file.

    Raises `ProjectError` for one that lies outside, and `OSError` for what cannot be read.
    """
    return read_regular(inside(root, path), most_bytes)


def read_regular(path: Path, most_bytes: int) -> bytes | None:
    """The content of a file that the user named; None as `read_inside`."""
    descriptor = os.open(path, os.O_RDONLY | os.O_NONBLOCK | os.O_NOCTTY | os.O_CLOEXEC)
    with open(descriptor, "rb") as file:  # noqa: PTH123 - a descriptor has no path
        if not stat.S_ISREG(os.fstat(descriptor).st_mode):
            return None
        content = file.read(most_bytes + 1)
    return content if len(content) <= most_bytes else None
