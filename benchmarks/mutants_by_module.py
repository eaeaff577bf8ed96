"""How many of the mutants of each module the tests killed, as `make mutants` left its results.

One that no test reaches counts as survived, and one that is still to be tried not at all:

    .venv/bin/python -m benchmarks.mutants_by_module
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from mutmut.mutation.data import SourceFileMutationData
from mutmut.stats import Stat, collect_stat

RESULTS = Path("mutants")


def counted() -> Iterator[tuple[str, int, int]]:
    """Each module with how many of its mutants were tried, and how many of those were killed."""
    for path in sorted(RESULTS.rglob("*.py.meta")):
        source = path.relative_to(RESULTS).with_suffix("")
        module = SourceFileMutationData(path=source)
        module.load()
        tried, killed = judged(collect_stat(module))
        if tried:
            yield str(source), tried, killed


def judged(found: Stat) -> tuple[int, int]:
    """How many were tried and killed; one that runs on for ever or crashes is killed."""
    killed = found.killed + found.timeout + found.segfault
    return killed + found.survived + found.no_tests + found.suspicious, killed


def main() -> None:
    """Print a table."""
    rows = list(counted())
    rows.append(("all", sum(tried for _, tried, _ in rows), sum(killed for *_, killed in rows)))
    print("| module | mutants | killed | share |\n|---|---:|---:|---:|")
    for module, tried, killed in rows:
        print(f"| `{module}` | {tried} | {killed} | {killed / max(tried, 1):.1%} |")


if __name__ == "__main__":
    main()
