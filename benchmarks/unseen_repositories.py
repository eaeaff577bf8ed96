"""`dockbench compare` on checked-out repositories, one after another, as their users would call it.

    .venv/bin/python -m benchmarks.unseen_repositories [--budget 10m] [--out DIR] REPOSITORY...

Each is compared with no help at all. Where a refusal names images that can stand for those that
cannot be had (`--base IMAGE=OTHER`), the command is given once more with them: that is the second
try. The last lines count the repositories that ended with a checked recommendation, and give the
medians of what it saves against the Dockerfile that it is an edit of, the project's own or the
plain one, in bytes and in the time of a rebuild after a source edit. Nothing in them is changed.
"""

from __future__ import annotations

import argparse
import json
import re
import subprocess
import sys
import tempfile
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from statistics import median
from typing import Any

from benchmarks.samples import source_of

_STEP = re.compile(r"--base (\S+=(?!IMAGE)[^\s;)]+)")
_PREFIX = "dockbench: "
COLUMNS = (
    *("repository", "try", "exit", "first answer", "minutes"),
    *("recommended", "size", "rebuild", "last words"),
)


@dataclass(frozen=True)
class Outcome:
    """How one comparison ended."""

    exit_code: int
    minutes: float
    first_s: float
    """Until the first measured alternative; 0 for none."""
    recommended: str
    before_bytes: int
    after_bytes: int
    before_edit_s: float
    after_edit_s: float
    """0 where no rebuild was timed."""
    last_words: str
    steps: tuple[str, ...]
    """`IMAGE=OTHER` that a refusal names."""


def main() -> int:
    """Print a row for each try and the count; 0 if at least 8 of 10 have a recommendation."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("repositories", nargs="+", type=Path)
    parser.add_argument("--budget", default="10m")
    parser.add_argument("--out", type=Path)
    options = parser.parse_args()
    out = options.out or Path(tempfile.mkdtemp(prefix="dockbench-unseen-"))
    counts = {1: 0, 2: 0}
    passed: list[Outcome] = []
    print(f"| {' | '.join(COLUMNS)} |")
    print("| --- | ---: | ---: | ---: | ---: | --- | --- | --- | --- |")
    for repository in options.repositories:
        steps: tuple[str, ...] = ()
        for attempt in (1, 2):
            outcome = compare(
                repository, out / f"{repository.name}-{attempt}", options.budget, steps
            )
            print(row(repository.name, attempt, outcome), flush=True)
            if outcome.recommended:
                counts[attempt] += 1
                passed.append(outcome)
            if outcome.recommended or not outcome.steps:
                break
            steps = outcome.steps
    total = len(options.repositories)
    print(
        f"\n{sum(counts.values())} of {total} ended with a checked recommendation,"
        f" {counts[1]} of them at the first try"
    )
    print(medians(passed))
    return int(sum(counts.values()) < 0.8 * total)


def compare(repository: Path, results: Path, budget: str, steps: Sequence[str]) -> Outcome:
    """One comparison, with a process of its own."""
    command = [sys.executable, "-m", "runner", "compare", str(repository), "--budget", budget]
    command += ["--out", str(results), "--json", "-", *(f"--base={step}" for step in steps)]
    begun, wall = time.monotonic(), time.time()
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    minutes = (time.monotonic() - begun) / 60
    records = [path.stat().st_mtime - wall for path in results.glob("records/*.json")]
    document = json.loads(done.stdout) if done.stdout.strip() else {}
    lines = done.stderr.splitlines()
    last = next((x for x in reversed(lines) if x.startswith(_PREFIX)), "").removeprefix(_PREFIX)
    before, after = rows(document)
    return Outcome(
        done.returncode,
        minutes,
        min(records, default=0.0),
        document.get("recommended", {}).get("name", ""),
        before.get("unpacked_bytes") or 0,
        after.get("unpacked_bytes") or 0,
        before.get("source_edit_s") or 0.0,
        after.get("source_edit_s") or 0.0,
        last,
        tuple(dict.fromkeys(_STEP.findall(last))),
    )


def rows(document: dict[str, Any]) -> tuple[Mapping[str, Any], Mapping[str, Any]]:
    """The rows of the source and of the recommended alternative that is held against it."""
    passed = {x["name"]: x for x in document.get("rows", ()) if x["status"] == "ok"}
    chosen = passed.get(document.get("recommended", {}).get("name", ""))
    return (source_of(passed, chosen), chosen) if chosen else ({}, {})


def medians(passed: Sequence[Outcome]) -> str:
    """What the recommendations save, where they were measured; one that is the project's own
    Dockerfile saves nothing and counts."""
    sizes = [x.after_bytes / x.before_bytes - 1 for x in passed if x.before_bytes]
    times = [x.after_edit_s / x.before_edit_s - 1 for x in passed if x.before_edit_s]
    parts = [
        f"{median(found):+.0%} {what} (of {len(found)})"
        for found, what in ((sizes, "bytes"), (times, "rebuild after a source edit"))
        if found
    ]
    return f"median of the recommended: {', '.join(parts)}" if parts else "no medians"


def row(name: str, attempt: int, outcome: Outcome) -> str:
    """A line of the table."""
    size = f"{outcome.before_bytes / 1e6:.1f} → {outcome.after_bytes / 1e6:.1f} MB"
    edit = f"{outcome.before_edit_s:.1f} → {outcome.after_edit_s:.1f} s"
    cells = [
        name,
        str(attempt),
        str(outcome.exit_code),
        f"{outcome.first_s:.0f} s" if outcome.first_s else "–",
        f"{outcome.minutes:.1f}",
        outcome.recommended or "–",
        size if outcome.after_bytes else "–",
        edit if outcome.after_edit_s else "–",
        outcome.last_words.replace("|", "\\|") or "–",
    ]
    return f"| {' | '.join(cells)} |"


if __name__ == "__main__":
    sys.exit(main())
