"""The real dive, run on an archive."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from pathlib import Path

DIVE = Path(sys.executable).with_name("dive")


def numbers_of(archive: Path) -> tuple[str, int, str]:
    """Efficiency in percent, wasted bytes and user wasted percent, as dive prints them."""
    done = subprocess.run(
        [str(DIVE), "--ci", "--source", "docker-archive", str(archive)],
        capture_output=True,
        text=True,
        env={**os.environ, "CI": "true"},
        check=False,
    )
    found = re.search(
        r"efficiency: (\S+) %\s+wastedBytes: (\d+) bytes.*\s+userWastedPercent: (\S+) %",
        done.stdout,
    )
    if found is None:
        raise AssertionError(f"dive said:\n{done.stdout}{done.stderr}")
    return found[1], int(found[2]), found[3]
