"""What `dockbench compare` is worth on the sample projects: the plain or own Dockerfile against the
recommended one, in bytes and in the time of a rebuild after a source edit.

    .venv/bin/python -m benchmarks.samples [--budget 5m] [--only NAME] [--out DIR] [SAMPLE...]

Prints a Markdown table. A sample that was measured before is not measured again: the same command
goes on. Exits with 1 where a recommended image is larger than a quarter of what it replaces, its
rebuild takes longer than a third, or its check failed.
"""

from __future__ import annotations

import argparse
import json
import subprocess
import sys
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

ROOT = Path(__file__).parents[1]
SAMPLES = (
    "fastapi_uv",
    "django_static",
    "poetry_native",
    "node_npm",
    "node_pnpm",
    "go_service",
    "two_dockerfiles",
)
MOST_BYTES, MOST_TIME = 1 / 4, 1 / 3
"""The shares of what it replaces that a recommended image and its rebuild may have."""


@dataclass(frozen=True)
class Outcome:
    """What one sample came to."""

    sample: str
    before: dict[str, Any]
    """The row of summary.csv of the source."""
    after: dict[str, Any]
    """That of the recommended alternative."""

    @property
    def size_share(self) -> float:
        """Bytes of the recommended image, as a share of the source's."""
        return float(self.after["unpacked_bytes"] / self.before["unpacked_bytes"])

    @property
    def time_share(self) -> float:
        """Seconds of its rebuild after a source edit, as a share of the source's."""
        return float(self.after["source_edit_s"] / self.before["source_edit_s"])

    @property
    def reached(self) -> bool:
        """Whether both are as small as they should be."""
        return self.size_share <= MOST_BYTES and self.time_share <= MOST_TIME


def main() -> int:
    """Compare each sample and print the table."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("samples", nargs="*", default=SAMPLES)
    parser.add_argument("--budget", default="5m")
    parser.add_argument("--only", action="append", default=[], help="as of dockbench compare")
    parser.add_argument("--out", type=Path, default=Path("results"))
    options = parser.parse_args()
    found = []
    for sample in options.samples:
        print(f"{sample} …", file=sys.stderr, flush=True)
        found.append(compared(sample, options.out / f"compare-{sample}", options))
    print("\n".join(table(found)))
    return int(not all(outcome is not None and outcome.reached for outcome in found))


def compared(sample: str, results: Path, options: argparse.Namespace) -> Outcome | None:
    """One comparison with a source edit; None where nothing passed."""
    command = [sys.executable, "-m", "runner", "compare", str(ROOT / "experiments" / sample)]
    command += ["--out", str(results), "--budget", options.budget, "--json", "-"]
    command += [f"--only={name}" for name in options.only]
    command += ["--set", "scenarios=[cold,source_edit]"]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    if not done.stdout.strip():
        print(done.stderr, file=sys.stderr)
        return None
    document = json.loads(done.stdout)
    rows = {row["name"]: row for row in document["rows"] if row["status"] == "ok"}
    chosen = rows.get(document.get("recommended", {}).get("name", ""))
    return Outcome(sample, source_of(rows, chosen), chosen) if chosen else None


def source_of(rows: Mapping[str, Mapping[str, Any]], chosen: Mapping[str, Any]) -> dict[str, Any]:
    """The row of the Dockerfile that an alternative is an edit of; of what is beyond edits the
    largest that others are edits of, and itself where there is none."""
    edited = [name for name in rows if any(x.startswith(f"{name}+") for x in rows)]
    own = [name for name in edited if f"{chosen['name']}+".startswith(f"{name}+")]
    found = [rows[name] for name in own or edited] or [chosen]
    return dict(max(found, key=lambda row: row["unpacked_bytes"]))


def table(found: Sequence[Outcome | None]) -> Iterator[str]:
    """The lines of the table."""
    yield (
        "| sample | source | recommended | size | share | rebuild after a source edit | share |"
        " check |"
    )
    yield "| --- | --- | --- | ---: | ---: | ---: | ---: | --- |"
    for outcome in found:
        if outcome is None:
            yield "| – | – | nothing passed | – | – | – | – | failed |"
            continue
        before, after = outcome.before, outcome.after
        cells = (
            outcome.sample,
            before["name"],
            after["name"].removeprefix(before["name"]),
            f"{before['unpacked_bytes'] / 1e6:.1f} → {after['unpacked_bytes'] / 1e6:.1f} MB",
            f"{outcome.size_share:.0%}",
            f"{before['source_edit_s']:.1f} → {after['source_edit_s']:.1f} s",
            f"{outcome.time_share:.0%}",
            "passed",
        )
        yield f"| {' | '.join(cells)} |"


if __name__ == "__main__":
    sys.exit(main())
