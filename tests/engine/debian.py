"""Programs for tests out of Debian's packages, installed nowhere: fetched once for this machine."""

from __future__ import annotations

import subprocess
import tempfile
from pathlib import Path

from filelock import FileLock

from runner.model.paths import CachePaths


def unpacked(*packages: str) -> Path:
    """A folder with the files of these packages, kept in the user's cache."""
    kept = CachePaths.default().root / "tests" / "_".join(packages)
    kept.parent.mkdir(parents=True, exist_ok=True)
    with FileLock(f"{kept}.lock"):
        if not kept.exists():
            _fetch(packages, kept)
    return kept


def _fetch(packages: tuple[str, ...], kept: Path) -> None:
    """There is all of it or nothing."""
    with tempfile.TemporaryDirectory(dir=kept.parent) as folder:
        unpack = "mkdir files; for package in *.deb; do dpkg-deb -x $package files; done"
        for command in (["apt-get", "download", *packages], ["sh", "-ec", unpack]):
            subprocess.run(command, cwd=folder, check=True, capture_output=True)
        (Path(folder) / "files").rename(kept)
