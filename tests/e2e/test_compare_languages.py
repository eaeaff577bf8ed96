"""`dockbench compare` on the small sample projects that are not Python.

One improvement of the plain Dockerfile is measured, no more: each build of Go compiles its library
anew, for half a minute of two processors.
"""

from __future__ import annotations

from pathlib import Path

import pytest

from runner.model.record import Record
from runner.project.tree import digest_tree
from tests.e2e.commands import UNWATCHED, CommandLine

EXPERIMENTS = Path(__file__).parents[2] / "experiments"
COLD = "scenarios=[cold]"
IMPROVED = "together_multi"


@pytest.mark.parametrize(
    ("sample", "plain", "at_most"),
    [("node_npm", "plain node", 0.9), ("go_service", "plain go", 0.25)],
)
def test_a_project_without_a_dockerfile_comes_to_a_smaller_image_that_passed(
    sample: str, plain: str, at_most: float, tmp_path: Path
) -> None:
    project = EXPERIMENTS / sample
    before = digest_tree(project).digest
    here = CommandLine(tmp_path, usual=("--only", IMPROVED, "--set", UNWATCHED, "--set", COLD))
    done = here.run("compare", str(project), *here.usual)
    results = here.results(f"compare-{sample}")
    records = {record.name: record for record in results.records}
    assert next(iter(records)) == plain, "the plain one comes first"
    page = (results.paths.recommended / "recommendation.md").read_text()
    chosen = page.partition("**")[2].partition(":")[0].replace("\\", "")
    assert chosen == f"{plain}+{IMPROVED}", (done, [r.failure for r in results.records])
    assert records[chosen].check is not None, "its check was run"
    assert unpacked_bytes(records[chosen]) <= at_most * unpacked_bytes(records[plain])
    assert f"; {plain} has " in done.told
    assert "health GET /health: in its sources" in done.err
    assert not (results.paths.recommended / "Dockerfile.diff").exists(), "there is none to patch"
    assert digest_tree(project).digest == before


def unpacked_bytes(record: Record) -> int:
    """The size of an image that passed."""
    assert record.status.value == "ok"
    assert record.sizes is not None
    return record.sizes.unpacked_bytes
