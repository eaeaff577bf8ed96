"""How long it takes to find out what a large repository is.

    .venv/bin/python -m benchmarks.detection [--files 50000] [--at-most 2.0]

Makes a repository of that many files in a temporary directory (a Django service at its root,
sources in a thousand packages, a tenth of the files of no kind that is read), and finds its
Dockerfiles and what it is, as `dockbench compare` does before anything is built. Prints the medians
of five runs, of the clock and of this process; exits with 1 if the latter, which other work on the
machine does not lengthen, is above `--at-most` seconds.
"""

from __future__ import annotations

import argparse
import sys
import tempfile
import time
from pathlib import Path
from statistics import median

from runner.compare.own_dockerfiles import own_dockerfiles
from runner.compare.project_discovery import understand

RUNS = 5
_SOURCE = '"""A module."""\n\nVALUE = {number}\n\n\ndef value() -> int:\n    return VALUE\n'


def make(root: Path, files: int) -> None:
    """A repository of so many files."""
    (root / "requirements.txt").write_text("django\ngunicorn\n")
    (root / "manage.py").write_text("")
    (root / "shop").mkdir()
    (root / "shop" / "wsgi.py").write_text("application = get_wsgi_application()\n")
    for number in range(files - 3):
        folder = root / f"package{number % 1000:03}"
        folder.mkdir(exist_ok=True)
        ending = "dat" if number % 10 == 0 else "py"
        (folder / f"m{number}.{ending}").write_text(_SOURCE.format(number=number))


def main() -> int:
    """Make it, look at it, print the median."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--files", type=int, default=50_000)
    parser.add_argument("--at-most", type=float, default=2.0)
    options = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="dockbench-detection-") as name:
        root = Path(name)
        make(root, options.files)
        times, own_times = [], []
        for _ in range(RUNS):
            begun, own_begun = time.perf_counter(), time.process_time()
            understood = understand(root, own_dockerfiles(root, []))
            times.append(time.perf_counter() - begun)
            own_times.append(time.process_time() - own_begun)
        seen = len(understood.listing.paths)
    print(
        f"{options.files} files, {seen} of them seen: {median(times):.2f} s,"
        f" {median(own_times):.2f} s of this process (medians of {RUNS})"
    )
    return int(median(own_times) > options.at_most)


if __name__ == "__main__":
    sys.exit(main())
