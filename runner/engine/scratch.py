"""Temporary directories and files that a killed run leaves are recognised by their names.

A name holds the mark of the process that made it: whatever the moment of the kill, the next run
knows whose it is, and removes it only if that process is gone.
"""

from __future__ import annotations

import os
import re
import shutil
import stat
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from secrets import token_hex

from runner.model.ownership import Owner
from runner.model.paths import CachePaths

_PREFIX = "dockbench-"
_OURS = re.compile(rf"{_PREFIX}\d+-\d+-\d+-\w+")


@contextmanager
def scratch_directory() -> Iterator[Path]:
    """A directory among the system's temporary ones, removed at the end or by a later run."""
    prefix = f"{_PREFIX}{Owner.current().mark}-"
    with tempfile.TemporaryDirectory(prefix=prefix) as name:
        yield Path(name)


def sweep_scratch(folder: Path | None = None) -> list[Path]:
    """Remove the temporary directories of killed runs; returns them."""
    removed = []
    for path in sorted((folder or Path(tempfile.gettempdir())).glob(f"{_PREFIX}*")):
        owner = Owner.marked(path.name)
        if _OURS.fullmatch(path.name) and owner and owner.is_gone(local=True) and _is_own(path):
            shutil.rmtree(path, ignore_errors=True)
            removed.append(path)
    return removed


def own_work(cache: CachePaths) -> Path:
    """Where to copy the user's projects to, a directory of its own at each call: whatever a killed
    run left there, the next one removes."""
    return cache.work / f"run-{Owner.current().mark}-{token_hex(4)}.work"


def sweep_work(cache: CachePaths) -> None:
    """Remove the copies of the user's projects that killed runs left."""
    for folder in cache.work.glob("run-*.work"):
        owner = Owner.marked(folder.name)
        if owner and owner.is_gone(local=True) and not folder.is_symlink():
            shutil.rmtree(folder, ignore_errors=True)


def _is_own(path: Path) -> bool:
    """Whether it is a directory, and this user's: anybody may make one of such a name."""
    try:
        found = path.lstat()
    except OSError:
        return False
    return stat.S_ISDIR(found.st_mode) and found.st_uid == os.geteuid()
