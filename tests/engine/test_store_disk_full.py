"""A disk that is full: whole records stay, the next is not written at all, and one line says so."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

FILL = """
import sys
from pathlib import Path
from runner.model.errors import StoreError
from runner.model.paths import ResultPaths
from runner.store.records import RecordStore
from tests.unit.records import record
store = RecordStore(ResultPaths(Path(sys.argv[1])))
for written in range(1000):
    try:
        store.write(record("slim", trial=written))
    except StoreError as error:
        assert len(store.read_all()) == written > 2, written
        assert [path.suffix for path in store.folder.iterdir()] == [".json"] * written
        sys.exit(str(error))
"""


def test_a_full_disk(tmp_path: Path) -> None:
    mount = f"mount -t tmpfs -o size=64k none {tmp_path} && exec {sys.executable} -c '{FILL}' "
    user = [] if os.geteuid() == 0 else ["--map-root-user"]
    done = subprocess.run(
        ["unshare", "--mount", *user, "sh", "-c", mount + str(tmp_path)],
        cwd=Path(__file__).parents[2],
        capture_output=True,
        text=True,
        timeout=120,
    )
    assert done.returncode == 1, done.stderr
    assert len(done.stderr.splitlines()) == 1, done.stderr
    assert done.stderr.startswith("no space left to write ")
    assert list(tmp_path.iterdir()) == [], "the small disk was this process's own"
