"""Very many records: time that grows no faster than they do, and memory that has a bound.

`python -m benchmarks.many_records` has the figures for ten thousand.
"""

from __future__ import annotations

import csv
import os
import subprocess
import sys
from pathlib import Path

from benchmarks.many_records import write

FEW, MANY = 300, 2_400
BYTES = 400 << 20
"""For `MANY`: a process that has loaded everything and reported nothing takes half of it."""
REPORT = """
import re, resource, sys
from pathlib import Path
from runner.cli.main import main
code = main(["report", sys.argv[1]])
used = resource.getrusage(resource.RUSAGE_SELF)
# Not `ru_maxrss`: that begins with what the process had before it became this one.
peak_kb = re.search(r"VmHWM:\\s+(\\d+)", Path("/proc/self/status").read_text())[1]
Path(sys.argv[2]).write_text(f"{code} {used.ru_utime + used.ru_stime} {int(peak_kb) * 1024}")
"""


def reported(root: Path, count: int) -> tuple[float, int]:
    """Seconds of a processor and peak memory of a report on so many records."""
    write(root / str(count), count)
    told = root / f"{count}.txt"
    command = [sys.executable, "-c", REPORT, str(root / str(count)), str(told)]
    subprocess.run(command, check=True, capture_output=True, env={**os.environ, "CI": "1"})
    code, seconds, peak_bytes = told.read_text().split()
    assert int(code) in (0, 1)
    with (root / str(count) / "tables" / "summary.csv").open(newline="") as table:
        assert sum(1 for _ in csv.reader(table)) == count + 1
    return float(seconds), int(peak_bytes)


def test_time_grows_no_faster_than_the_records_and_memory_has_a_bound(tmp_path: Path) -> None:
    few_s, _ = reported(tmp_path, FEW)
    many_s, peak_bytes = reported(tmp_path, MANY)

    assert many_s < few_s * MANY / FEW
    assert peak_bytes < BYTES
